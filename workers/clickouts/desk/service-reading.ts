// How pages read what stands in their address: cursors of the lists, days in the reader's zone, things that may be gone.
import { DAY_MS } from "../../../src/shared/clock.ts";
import { notFound } from "../../../src/shared/errors.ts";
import { decodeCursor } from "../../../src/shared/http/page.ts";
import { instantOf } from "../../../src/shared/page/instant.ts";
import { clickCursor, numberCursor, saleCursor } from "./schema.ts";

const CURSORS = { click: clickCursor, number: numberCursor, sale: saleCursor };

interface Positions {
  click: string;
  number: number;
  sale: [number, string];
}

/** Where a page of a list begins; undefined at its start. Throws `invalid_request` for what is no cursor of that list. */
export function readCursor<K extends keyof Positions>(cursor: string | null, kind: K): Positions[K] | undefined {
  return decodeCursor<(typeof CURSORS)[K]>(cursor ?? undefined, CURSORS[kind]) as Positions[K] | undefined;
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
