// The journal: what was acknowledged and is not yet decided. A put is one row, however many changes it holds, which makes it
// cheap; rows leave only from the front, up to a number, so what arrives while others are sent stays by itself.
import { keepNewest } from "./change.ts";
import type { Change, Encoded, NewChange } from "./change.ts";
import { decode, encode, ROW_CHANGES, rowsOf } from "./encoding.ts";
import type { Sql } from "./store.ts";

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

  /** Changes as `append` takes them. Throws RangeError for a change that no row holds. */
  encode(changes: readonly (NewChange<V> & { seq?: number })[]): Encoded[] {
    return encode(changes, this.#kindOf, this.#rowChanges);
  }

  /** Parts in as few rows as the platform's row size allows, in their order. */
  rows(parts: readonly Encoded[]): Encoded[] {
    return rowsOf(parts, this.#rowChanges);
  }

  /** Appends rows. `after` is the highest number used before. Returns the highest now. */
  append(rows: readonly Encoded[], nowMs: number, after: number): number {
    let seq = after;
    for (const { text, changes, tally } of rows) {
      seq = Math.max(nowMs, seq + 1);
      this.#sql.exec("INSERT INTO journal VALUES (?, ?, ?, ?)", seq, changes, JSON.stringify(tally), `[${text}]`);
    }
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
      window.superseded += keepNewest(window.newest, decode<V>(body, seq));
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
