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
 * A run as it will lie in rows, in parts that each fit into one; `kind` is the word under which it is counted while it waits.
 * Throws RangeError for a change that no row holds.
 */
export function encodeRun<V>(run: Run<V>, kind: string, rowChanges = ROW_CHANGES): Encoded[] {
  const { value, atMs, keys } = run;
  const part = (some: readonly string[]): Encoded[] => {
    const text = JSON.stringify([value, atMs, some] satisfies [V, number, readonly string[]]);
    if (text.length <= MAX_CHANGE_CHARS) return [{ text, changes: some.length, tally: { [kind]: some.length } }];
    if (some.length === 1) throw tooLarge();
    const middle = Math.ceil(some.length / 2);
    return [...part(some.slice(0, middle)), ...part(some.slice(middle))];
  };
  if (keys.length <= rowChanges) return keys.length === 0 ? [] : part(keys);
  const parts: Encoded[] = [];
  for (let at = 0; at < keys.length; at += rowChanges) parts.push(...part(keys.slice(at, at + rowChanges)));
  return parts;
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
  if (changes.length === 0) return [];
  if (changes.length > rowChanges) {
    const parts: Encoded[] = [];
    for (let at = 0; at < changes.length; at += rowChanges) {
      parts.push(...encode(changes.slice(at, at + rowChanges), kindOf, rowChanges));
    }
    return parts;
  }
  const entries = changes.map(({ key, value, atMs, seq }): EntryText<V> => {
    return seq === undefined ? [key, value, atMs] : [key, value, atMs, seq];
  });
  const text = JSON.stringify(entries).slice(1, -1);
  const maxChars = changes.length === 1 && changes[0]!.seq !== undefined ? MAX_ROW_CHARS : MAX_CHANGE_CHARS;
  if (text.length <= maxChars) return [{ text, changes: changes.length, tally: tallyOf(changes, kindOf) }];
  if (changes.length === 1) throw tooLarge();
  const middle = Math.ceil(changes.length / 2);
  return [
    ...encode(changes.slice(0, middle), kindOf, rowChanges),
    ...encode(changes.slice(middle), kindOf, rowChanges),
  ];
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

function tooLarge(): RangeError {
  return new RangeError("a change is too large for one row");
}
