// Parked attributes are shown by the hash of their customer; here they are found again by it. Pure.
import { customerIdHash } from "../customer-hash.ts";
import type { ParkedName, ParkedRecord } from "../doors.ts";
import { attributeOf, customerOf } from "./held.ts";

/** What the buffer tells of a parked change. */
interface ParkedRow {
  key: string;
  reason: string;
  detail: string;
  parkedMs: number;
}

/** Rows that are looked at together. */
const ROWS_AT_ONCE = 1_000;

/** A parked change as it may be shown. */
export async function parkedRecord({ key, reason, detail, parkedMs }: ParkedRow): Promise<ParkedRecord> {
  const hash = await customerIdHash(customerOf(key));
  return { customerIdHash: hash, attribute: attributeOf(key), reason, detail, parkedMs };
}

/** The keys of these names; `rowsAfter` reads in the order of keys. */
export async function keysOf(
  names: readonly ParkedName[],
  rowsAfter: (key: string, limit: number) => readonly ParkedRow[],
): Promise<string[]> {
  const wanted = new Set(names.map(({ customerIdHash: hash, attribute }) => `${hash} ${attribute}`));
  const keys: string[] = [];
  for (let after = ""; ;) {
    const rows = rowsAfter(after, ROWS_AT_ONCE);
    const hashes = await Promise.all(rows.map(({ key }) => customerIdHash(customerOf(key))));
    for (const [n, { key }] of rows.entries()) if (wanted.has(`${hashes[n]} ${attributeOf(key)}`)) keys.push(key);
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_AT_ONCE) return keys;
    after = last.key;
  }
}
