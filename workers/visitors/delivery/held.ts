// How one attribute of one customer lies in the buffer: its key, and its value with the delivery that brought it. Pure.
import type { VisitorUpdate } from "../intake/update.ts";

/** The value, and the DMP's delivery id. A pair, since millions of these lie on disk as JSON. */
export type Held = [value: string, deliveryId: string | null];

/** Neither part can hold one: control characters are refused at the door. */
const BETWEEN = "\n";

/** The key of an attribute of a customer. */
export function keyOf(customerId: string, attribute: string): string {
  return customerId + BETWEEN + attribute;
}

/** The customer of a key. */
export function customerOf(key: string): string {
  return key.slice(0, key.indexOf(BETWEEN));
}

/** The attribute of a key. */
export function attributeOf(key: string): string {
  return key.slice(key.indexOf(BETWEEN) + 1);
}

/** An update as it travels to its shard: site and shard are the object's own. */
export type Handed = readonly [
  customerId: string,
  attribute: string,
  value: string,
  atMs: number,
  deliveryId: string | null,
];

/** An update on its way. */
export function handed({ customerId, attribute, value, occurredAtMs, deliveryId }: VisitorUpdate): Handed {
  return [customerId, attribute, value, occurredAtMs, deliveryId];
}
