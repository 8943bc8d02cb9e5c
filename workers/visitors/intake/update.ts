// What the whole system moves: one attribute of one visitor at one site, with its event time. Pure.
import { DAY_MS } from "../../../src/shared/clock.ts";

/** One attribute of one visitor, as an integration read it. */
export interface VisitorUpdate {
  mmSiteId: string;
  /** The site's own key of the visitor. Shown and logged only as its hash. */
  customerId: string;
  attribute: string;
  value: string;
  /** When it became true; of two values of one attribute the later one counts. */
  occurredAtMs: number;
  /** The DMP's delivery (campaign) id. */
  deliveryId: string | null;
}

/** Why an element of a push was not taken: words of the contract. */
export type RejectReason = "no_customer" | "no_url" | "no_site" | "no_attribute" | "bad_time" | "bad_url";

/** A fault of one element. `detail` is for the operator and repeats no value. */
export interface Fault {
  reason: RejectReason;
  detail: string;
}

/** Maxymiser names no limits; these keep one call under the 64 KB that its simulator takes (upstreams/maxymiser.md, 4). */
const MAX_CUSTOMER_CHARACTERS = 512;
const MAX_NAME_CHARACTERS = 255;
const MAX_VALUE_CHARACTERS = 4_096;
const MAX_DELIVERY_ID_CHARACTERS = 200;

/** Clocks of others run ahead; a time beyond this would shut out every later value of the attribute. */
const MAX_AHEAD_MS = DAY_MS;

const CONTROL = /\p{Cc}/u;
/** As credentials have it: no step of a path can be made of these. */
const SITE_ID = /^[A-Za-z0-9_+/=-]{1,64}$/;

/** Whether a text can be a site of Maxymiser. */
export function isSiteId(text: string): boolean {
  return SITE_ID.test(text);
}

/** An id from outside: a text, or an integer that JavaScript holds exactly. */
export function idText(value: unknown): string | null {
  if (typeof value === "string") return value === "" ? null : value;
  return typeof value === "number" && Number.isSafeInteger(value) ? String(value) : null;
}

/** Why a text cannot be a visitor's id, or null. `.` and `..` would be steps in the upstream's path, in any encoding. */
export function customerFault(customerId: string | null): Fault | null {
  const fault = (detail: string): Fault => ({ reason: "no_customer", detail });
  if (customerId === null) return fault("There is no customer id.");
  if (customerId.length > MAX_CUSTOMER_CHARACTERS)
    return fault(`The customer id is over ${MAX_CUSTOMER_CHARACTERS} characters.`);
  if (CONTROL.test(customerId) || !customerId.isWellFormed()) {
    return fault("The customer id holds control characters or half a character.");
  }
  return customerId === "." || customerId === ".." ? fault("The customer id cannot stand in a path.") : null;
}

/** Why these cannot be an attribute and its value, or null. */
export function attributeFault(name: string, value: string): Fault | null {
  const fault = (detail: string): Fault => ({ reason: "no_attribute", detail });
  if (name === "") return fault("There is no attribute name.");
  if (name.length > MAX_NAME_CHARACTERS) return fault(`An attribute name is over ${MAX_NAME_CHARACTERS} characters.`);
  if (CONTROL.test(name) || !name.isWellFormed()) return fault("An attribute name holds control characters.");
  return value.length > MAX_VALUE_CHARACTERS ? fault(`A value is over ${MAX_VALUE_CHARACTERS} characters.`) : null;
}

/** Why an instant cannot be an event time, or null. */
export function timeFault(occurredAtMs: number, nowMs: number): Fault | null {
  const fault = (detail: string): Fault => ({ reason: "bad_time", detail });
  if (!Number.isFinite(occurredAtMs) || occurredAtMs <= 0) return fault("There is no event time that can be read.");
  return occurredAtMs > nowMs + MAX_AHEAD_MS ? fault("The event time is more than a day ahead.") : null;
}

/** The delivery id as it is kept; whatever cannot be one is none. */
export function deliveryIdOf(value: unknown): string | null {
  return idText(value)?.slice(0, MAX_DELIVERY_ID_CHARACTERS).toWellFormed() ?? null;
}
