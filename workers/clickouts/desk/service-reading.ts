// How pages read what stands in their address: cursors of the lists, days in the reader's zone, things that may be gone.
import { DAY_MS } from "../../../src/shared/clock.ts";
import { notFound } from "../../../src/shared/errors.ts";
import { decodeCursor } from "../../../src/shared/http/page.ts";
import { instantOf } from "../../../src/shared/page/instant.ts";
import { clickCursor, idInPath, numberCursor, saleCursor } from "./schema.ts";

/** Where a page of clicks begins. Each throws `invalid_request` for what is no cursor of its list. */
export const readClickCursor = (cursor: string | null) => decodeCursor(cursor ?? undefined, clickCursor);

/** Where a page of stores or rules begins. */
export const readNumberCursor = (cursor: string | null) => decodeCursor(cursor ?? undefined, numberCursor);

/** Where a page of sales begins. */
export function readSaleCursor(cursor: string | null) {
  const position = decodeCursor(cursor ?? undefined, saleCursor);
  return position === undefined ? undefined : { occurredAtMs: position[0], id: position[1] };
}

/** The days `from` and `to` (both included) of a reader's zone; `toMs` is exclusive. */
export function readDays(query: URLSearchParams, zone: string): { fromMs?: number; toMs?: number } {
  const fromMs = instantOf(query.get("from") ?? "", zone);
  const toMs = instantOf(query.get("to") ?? "", zone);
  const afterMs = toMs === null ? null : instantOf(nextDay(query.get("to") ?? ""), zone);
  return { ...(fromMs === null ? {} : { fromMs }), ...(afterMs === null ? {} : { toMs: afterMs }) };
}

function nextDay(day: string): string {
  return new Date(Date.parse(`${day.slice(0, 10)}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
}

/** The thing, or `not_found`. */
export function required<T>(thing: T | null | undefined, what: string): T {
  if (thing === null || thing === undefined) throw notFound(what);
  return thing;
}

/** The store of a path, or `not_found`. */
export function readStoreId(text: string | undefined): number {
  const read = idInPath.safeParse(text);
  if (!read.success) throw notFound("This store");
  return read.data;
}
