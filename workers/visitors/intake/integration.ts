// What a source of updates is to the house: a way to read its body. Nothing here throws, and no name that a stranger sends
// reaches a prototype. Pure.
import type { RejectReason, VisitorUpdate } from "./update.ts";

/** An element that was not taken. `detail` repeats nothing of it. */
export interface Refused {
  reason: RejectReason;
  detail: string;
  mmSiteId: string | null;
}

/** What came out of one element of a body. Its updates, one at least, are taken together or not at all. */
export type Reading = { updates: readonly VisitorUpdate[] } | Refused;

/** A source. Adding one is a file, and a line in `intake.ts`. */
export interface Integration {
  /** Its word in `/receive_data/{integration}`. */
  name: string;
  /** The elements of a body, as sent; null where there are none. */
  elementsOf: (body: unknown) => readonly unknown[] | null;
  /** Reads one element, whatever it is. */
  read: (element: unknown, nowMs: number) => Reading;
}

/** A field of a JSON object; undefined for anything else. */
export function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

/** A refusal of an element that names no site. */
export function refusal(reason: RejectReason, detail: string): Refused {
  return { reason, detail, mmSiteId: null };
}
