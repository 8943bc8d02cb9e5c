// A change and its place in time: of two changes of one key the newer event wins, and of equal ones the later arrival. Pure.

/** What a caller entrusts to the buffer: `key` shall be `value`, as of `atMs` (the event's own time). */
export interface NewChange<V> {
  key: string;
  value: V;
  atMs: number;
}

/** Changes that one event brings: each of `keys` shall be `value`, as of `atMs`. */
export interface Run<V> {
  value: V;
  atMs: number;
  keys: readonly string[];
}

/** Changes as the text of a part of a row, and how many there are of each kind (`encoding.ts`). */
export interface Encoded {
  text: string;
  changes: number;
  tally: Record<string, number>;
}

/** Where a change stands among those of its key. */
export interface Place {
  atMs: number;
  /** When it arrived, in milliseconds, pushed on where two would share one: unique for each row of the journal. */
  seq: number;
}

/** A change that is on disk. */
export type Change<V> = NewChange<V> & Place;

/** Whether `a` is the same as `b` or newer. */
export function notOlder(a: Place, b: Place): boolean {
  return a.atMs > b.atMs || (a.atMs === b.atMs && a.seq >= b.seq);
}

/** Keeps the newest change of each key, given in the order of their arrival. Returns how many lost. */
export function keepNewest<V>(newest: Map<string, Change<V>>, changes: Iterable<Change<V>>): number {
  let superseded = 0;
  for (const change of changes) {
    const known = newest.get(change.key);
    if (known !== undefined) superseded += 1;
    if (known === undefined || notOlder(change, known)) newest.set(change.key, change);
  }
  return superseded;
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** A 32-bit hash of a key (FNV-1a), which says on which page it is remembered. */
export function hashOf(key: string): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), FNV_PRIME);
  // FNV leaves the low bits of keys that differ only at their end alike: mix the high ones in.
  return (hash ^ (hash >>> 15)) >>> 0;
}
