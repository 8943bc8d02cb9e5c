// How pages read what stands in their address: days in the reader's zone, things that may be gone.
import { DAY_MS } from "../../../src/shared/clock.ts";
import { notFound } from "../../../src/shared/errors.ts";
import { instantOf } from "../../../src/shared/page/instant.ts";
import { idInPath } from "./schema.ts";

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
