// Bulk work within D1's limits: 100 bound parameters a query, 2 MB a value. Pure but for the SQL fragment.
import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";

/** Size of one JSON parameter; D1 takes 2 MB, half of it leaves room for UTF-8. */
const MAX_JSON_BYTES = 1_000_000;

/** Slices of at most `size` items. */
export function* inChunks<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}

/** JSON arrays that together hold all rows, none over `maxBytes` unless a single row is. */
export function* jsonChunks(rows: Iterable<unknown>, maxBytes: number = MAX_JSON_BYTES): Generator<string> {
  const encoder = new TextEncoder();
  let parts: string[] = [];
  let bytes = 2;
  for (const row of rows) {
    const text = JSON.stringify(row);
    const size = encoder.encode(text).byteLength + 1;
    if (parts.length > 0 && bytes + size > maxBytes) {
      yield `[${parts.join(",")}]`;
      parts = [];
      bytes = 2;
    }
    parts.push(text);
    bytes += size;
  }
  if (parts.length > 0) yield `[${parts.join(",")}]`;
}

/**
 * `json_each(?)` over a JSON array, for `insert … select` and `where … in (select value from …)`:
 * any number of values for one bound parameter.
 */
export function jsonEach(json: string): SQL {
  return sql`json_each(${json})`;
}
