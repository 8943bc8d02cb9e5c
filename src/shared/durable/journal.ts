// The journal: what was acknowledged and is not yet decided. A put is one row, however many changes it holds, which makes it
// cheap; rows leave only from the front, up to a number, so what arrives while others are sent stays by itself.
import { keepNewest } from "./change.ts";
import type { Change, NewChange } from "./change.ts";
import { MAX_ROW_CHARS } from "./store.ts";
import type { Sql } from "./store.ts";

/** Changes in a row at most, so that a window of whole rows is never much larger than asked for. */
export const ROW_CHANGES = 10_000;
/** Leaves room for the number that a change carries when it comes back, and for brackets. */
const MAX_CHANGE_CHARS = MAX_ROW_CHARS - 100;
/** What a window may hold in memory besides its number of changes: 16 MB of an isolate's 128. */
const MAX_WINDOW_CHARS = 8_000_000;

/** `tally` counts the row's changes by kind; it stands before `body`, so that reading it does not touch the body's pages. */
export const JOURNAL_TABLE = `
CREATE TABLE journal (seq INTEGER PRIMARY KEY, changes INTEGER NOT NULL, tally TEXT NOT NULL, body TEXT NOT NULL)`;

/** The front of the journal: the newest change of each key. */
export interface JournalWindow<V> {
  newest: Map<string, Change<V>>;
  /** Its last row. */
  upTo: number;
  /** Changes read, with those that lost against a newer one in the window. */
  read: number;
  superseded: number;
}

/** `[key, value, atMs]`, and for a change that comes back the `seq` of its first arrival. */
type Entry<V> = [key: string, value: V, atMs: number, seq?: number];

/** Changes as the text of a part of a row, and how many there are of each kind. */
export interface Encoded {
  text: string;
  changes: number;
  tally: Record<string, number>;
}

/** See the head of this file. */
export class Journal<V> {
  readonly #sql: Sql;
  readonly #kindOf: (value: V) => string;

  readonly #rowChanges: number;

  constructor(sql: Sql, kindOf: (value: V) => string, rowChanges = ROW_CHANGES) {
    this.#sql = sql;
    this.#kindOf = kindOf;
    this.#rowChanges = rowChanges;
  }

  /**
   * Changes as they will lie in rows, in parts that each fit into one; one that comes back keeps the `seq` of its first
   * arrival. Throws RangeError for a change that no row holds.
   */
  encode(changes: readonly (NewChange<V> & { seq?: number })[]): Encoded[] {
    if (changes.length === 0) return [];
    if (changes.length > this.#rowChanges) {
      const parts: Encoded[] = [];
      for (let at = 0; at < changes.length; at += this.#rowChanges) {
        parts.push(...this.encode(changes.slice(at, at + this.#rowChanges)));
      }
      return parts;
    }
    const entries = changes.map(({ key, value, atMs, seq }): Entry<V> => {
      return seq === undefined ? [key, value, atMs] : [key, value, atMs, seq];
    });
    const text = JSON.stringify(entries).slice(1, -1);
    const maxChars = changes.length === 1 && changes[0]!.seq !== undefined ? MAX_ROW_CHARS : MAX_CHANGE_CHARS;
    if (text.length <= maxChars) return [{ text, changes: changes.length, tally: this.#tallyOf(changes) }];
    if (changes.length === 1) throw new RangeError("a change is too large for one row");
    const middle = Math.ceil(changes.length / 2);
    return [...this.encode(changes.slice(0, middle)), ...this.encode(changes.slice(middle))];
  }

  #tallyOf(changes: readonly NewChange<V>[]): Record<string, number> {
    const tally: Record<string, number> = {};
    for (const { value } of changes) {
      const kind = this.#kindOf(value);
      tally[kind] = (tally[kind] ?? 0) + 1;
    }
    return tally;
  }

  /**
   * Appends parts in as few rows as the platform's row size allows. `after` is the highest number used before.
   * Returns the highest now.
   */
  append(parts: readonly Encoded[], nowMs: number, after: number): number {
    let seq = after;
    let row: Encoded = { text: "", changes: 0, tally: {} };
    const write = () => {
      if (row.changes === 0) return;
      seq = Math.max(nowMs, seq + 1);
      const { text, changes, tally } = row;
      this.#sql.exec("INSERT INTO journal VALUES (?, ?, ?, ?)", seq, changes, JSON.stringify(tally), `[${text}]`);
    };
    for (const part of parts) {
      const fits =
        row.text.length + part.text.length < MAX_CHANGE_CHARS && row.changes + part.changes <= this.#rowChanges;
      if (!fits) write();
      row = fits && row.changes > 0 ? joined(row, part) : part;
    }
    write();
    return seq;
  }

  /** Reads whole rows from the front, up to row `upTo`, until `maxChanges` would be passed; at least one row. */
  window(maxChanges: number, upTo: number = Number.MAX_SAFE_INTEGER): JournalWindow<V> {
    const window: JournalWindow<V> = { newest: new Map(), upTo: 0, read: 0, superseded: 0 };
    let chars = 0;
    for (const { seq, changes, body } of this.#sql.exec<{ seq: number; changes: number; body: string }>(
      "SELECT seq, changes, body FROM journal WHERE seq <= ? ORDER BY seq",
      upTo,
    )) {
      chars += body.length;
      if (window.read > 0 && (window.read + changes > maxChanges || chars > MAX_WINDOW_CHARS)) break;
      const entries = (JSON.parse(body) as Entry<V>[]).map(([key, value, atMs, first]) => {
        return { key, value, atMs, seq: first ?? seq };
      });
      window.superseded += keepNewest(window.newest, entries);
      window.read += changes;
      window.upTo = seq;
    }
    return window;
  }

  /** Removes the rows up to a number: all their changes are sent, parked, carried over, stale or superseded. */
  drop(upTo: number): void {
    this.#sql.exec("DELETE FROM journal WHERE seq <= ?", upTo);
  }

  /** How many changes wait, by kind; each as it came, before the newest of a key wins. */
  tally(): Record<string, number> {
    const kinds: Record<string, number> = {};
    // Of a hundred thousand rows most say the same.
    for (const { tally, rows } of this.#sql.exec<{ tally: string; rows: number }>(
      "SELECT tally, count(*) AS rows FROM journal GROUP BY tally",
    )) {
      for (const [kind, n] of Object.entries(JSON.parse(tally) as Record<string, number>)) {
        kinds[kind] = (kinds[kind] ?? 0) + n * rows;
      }
    }
    return kinds;
  }

  /** How many changes wait. */
  size(): number {
    return this.#sql.exec<{ n: number | null }>("SELECT sum(changes) AS n FROM journal").toArray()[0]?.n ?? 0;
  }

  /** The first and last row's number; null when nothing waits. */
  ends(): { first: number; last: number } | null {
    const [row] = this.#sql
      .exec<{ first: number | null; last: number | null }>("SELECT min(seq) AS first, max(seq) AS last FROM journal")
      .toArray();
    return row === undefined || row.first === null || row.last === null ? null : { first: row.first, last: row.last };
  }
}

function joined(a: Encoded, b: Encoded): Encoded {
  const tally = { ...a.tally };
  for (const [kind, n] of Object.entries(b.tally)) tally[kind] = (tally[kind] ?? 0) + n;
  return { text: `${a.text},${b.text}`, changes: a.changes + b.changes, tally };
}
