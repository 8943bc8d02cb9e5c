// How changes lie in rows of the journal: as texts that whoever takes them can make far from the disk, since an object has one
// thread. Changes of one event (one value, one time, many keys) are one run, which names value and time once. Pure.
import type { Change, Encoded, NewChange, Run } from "./change.ts";
import { MAX_ROW_CHARS } from "./store.ts";

/** Changes in a row at most, so that a window of whole rows is never much larger than asked for. */
export const ROW_CHANGES = 10_000;
/** Leaves room for the number that a change carries when it comes back, and for brackets. */
const MAX_CHANGE_CHARS = MAX_ROW_CHARS - 100;

/** A change by itself, and for one that comes back the `seq` of its first arrival. */
type EntryText<V> = [key: string, value: V, atMs: number, seq?: number];
type RunText<V> = [value: V, atMs: number, keys: string[]];

/**
 * Items as parts that each fit into a row: as few as may be, halved where the text is too long. Throws RangeError for an item
 * that no row holds.
 */
function inParts<T>(
  items: readonly T[],
  rowChanges: number,
  part: (some: readonly T[]) => Encoded,
  maxChars: (some: readonly T[]) => number = () => MAX_CHANGE_CHARS,
): Encoded[] {
  const fitting = (some: readonly T[]): Encoded[] => {
    const made = part(some);
    if (made.text.length <= maxChars(some)) return [made];
    if (some.length === 1) throw new RangeError("a change is too large for one row");
    const middle = Math.ceil(some.length / 2);
    return [...fitting(some.slice(0, middle)), ...fitting(some.slice(middle))];
  };
  if (items.length <= rowChanges) return items.length === 0 ? [] : fitting(items);
  const parts: Encoded[] = [];
  for (let at = 0; at < items.length; at += rowChanges) parts.push(...fitting(items.slice(at, at + rowChanges)));
  return parts;
}

/**
 * A run as it will lie in rows, in parts that each fit into one; `kind` is the word under which it is counted while it waits.
 * Throws RangeError for a change that no row holds.
 */
export function encodeRun<V>({ value, atMs, keys }: Run<V>, kind: string, rowChanges = ROW_CHANGES): Encoded[] {
  const part = (some: readonly string[]): Encoded => {
    const text = JSON.stringify([value, atMs, some] satisfies [V, number, readonly string[]]);
    return { text, changes: some.length, tally: { [kind]: some.length } };
  };
  return inParts(keys, rowChanges, part);
}

/**
 * Changes as they will lie in rows, each by itself, in parts that each fit into one; one that comes back keeps the `seq` of its
 * first arrival. Throws RangeError for a change that no row holds.
 */
export function encode<V>(
  changes: readonly (NewChange<V> & { seq?: number })[],
  kindOf: (value: V) => string,
  rowChanges = ROW_CHANGES,
): Encoded[] {
  const part = (some: typeof changes): Encoded => {
    const entries = some.map(({ key, value, atMs, seq }): EntryText<V> => {
      return seq === undefined ? [key, value, atMs] : [key, value, atMs, seq];
    });
    return { text: JSON.stringify(entries).slice(1, -1), changes: some.length, tally: tallyOf(some, kindOf) };
  };
  // What comes back fitted before it bore its number.
  const maxChars = (some: typeof changes) =>
    some.length === 1 && some[0]!.seq !== undefined ? MAX_ROW_CHARS : MAX_CHANGE_CHARS;
  return inParts(changes, rowChanges, part, maxChars);
}

function tallyOf<V>(changes: readonly NewChange<V>[], kindOf: (value: V) => string): Record<string, number> {
  const tally: Record<string, number> = {};
  for (const { value } of changes) {
    const kind = kindOf(value);
    tally[kind] = (tally[kind] ?? 0) + 1;
  }
  return tally;
}

/** Parts in as few rows as the platform's row size allows, in their order. */
export function rowsOf(parts: readonly Encoded[], rowChanges = ROW_CHANGES): Encoded[] {
  const rows: Encoded[] = [];
  for (const part of parts) {
    const row = rows.at(-1);
    const fits =
      row !== undefined &&
      row.text.length + part.text.length < MAX_CHANGE_CHARS &&
      row.changes + part.changes <= rowChanges;
    if (fits) rows[rows.length - 1] = joined(row, part);
    else rows.push(part);
  }
  return rows;
}

function joined(a: Encoded, b: Encoded): Encoded {
  const tally = { ...a.tally };
  for (const [kind, n] of Object.entries(b.tally)) tally[kind] = (tally[kind] ?? 0) + n;
  return { text: `${a.text},${b.text}`, changes: a.changes + b.changes, tally };
}

/** The changes of a row: of parts with commas between and brackets around. */
export function decode<V>(body: string, seq: number): Change<V>[] {
  return (JSON.parse(body) as (EntryText<V> | RunText<V>)[]).flatMap((one) => {
    if (!isRun(one)) return { key: one[0], value: one[1], atMs: one[2], seq: one[3] ?? seq };
    const [value, atMs, keys] = one;
    return keys.map((key) => ({ key, value, atMs, seq }));
  });
}

/** A change by itself has its time there. */
function isRun<V>(one: EntryText<V> | RunText<V>): one is RunText<V> {
  return Array.isArray(one[2]);
}
