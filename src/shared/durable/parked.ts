// Changes that the upstream refused, with its words. They wait for a person: a replay puts them back with their own event
// time, and a newer change of the key that is sent takes them away. At most one for a key. It keeps older ones of its key
// out, also while it is on its way back through the journal.
import { notOlder } from "./change.ts";
import type { Change, Place } from "./change.ts";
import { packed } from "./store.ts";
import type { Sql } from "./store.ts";

export const PARKED_TABLE = `
CREATE TABLE parked (
  key TEXT PRIMARY KEY, value TEXT NOT NULL, at_ms INTEGER NOT NULL, seq INTEGER NOT NULL,
  reason TEXT NOT NULL, detail TEXT NOT NULL, parked_ms INTEGER NOT NULL
) WITHOUT ROWID`;
export const PARKED_COMING_BACK = "ALTER TABLE parked ADD COLUMN coming_back INTEGER NOT NULL DEFAULT 0";

/** A change that was set aside. `reason` is a stable word; `detail` holds the upstream's words and no secret. */
export interface ParkedChange<V> extends Change<V> {
  reason: string;
  detail: string;
  parkedMs: number;
}

type Row = {
  key: string;
  value: string;
  at_ms: number;
  seq: number;
  reason: string;
  detail: string;
  parked_ms: number;
};

const COLUMNS = "p.key, p.value, p.at_ms, p.seq, p.reason, p.detail, p.parked_ms";

const read = <V>({ value, at_ms, parked_ms, ...row }: Row): ParkedChange<V> => {
  return { ...row, value: JSON.parse(value) as V, atMs: at_ms, parkedMs: parked_ms };
};

const listsOf = (keys: Iterable<string>) =>
  packed([...keys].map((key) => JSON.stringify(key))).map((piece) => `[${piece.join(",")}]`);

/** See the head of this file. */
export class Parked<V> {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Sets changes aside, each unless a newer one of its key is there. */
  put(changes: readonly Change<V>[], reason: string, detail: string, nowMs: number): void {
    for (const { key, value, atMs, seq } of changes) {
      this.#sql.exec(
        `INSERT INTO parked VALUES (?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT (key) DO UPDATE SET value = excluded.value,
         at_ms = excluded.at_ms, seq = excluded.seq, reason = excluded.reason, detail = excluded.detail,
         parked_ms = excluded.parked_ms, coming_back = 0 WHERE (excluded.at_ms, excluded.seq) >= (at_ms, seq)`,
        key,
        JSON.stringify(value),
        atMs,
        seq,
        reason,
        detail,
        nowMs,
      );
    }
  }

  /** The places of those of these keys that are parked; `comingBack`: the journal has it too, to be tried again. */
  placesOf(keys: Iterable<string>): Map<string, Place & { comingBack: boolean }> {
    const places = new Map<string, Place & { comingBack: boolean }>();
    if (this.isEmpty()) return places;
    for (const list of listsOf(keys)) {
      for (const row of this.#sql.exec<{ key: string; at_ms: number; seq: number; coming_back: number }>(
        "SELECT p.key, p.at_ms, p.seq, p.coming_back FROM json_each(?) AS k CROSS JOIN parked AS p ON p.key = k.value",
        list,
      )) {
        places.set(row.key, { atMs: row.at_ms, seq: row.seq, comingBack: row.coming_back === 1 });
      }
    }
    return places;
  }

  /** Takes away what these changes, now sent or void, replace. */
  supersede(settled: readonly Change<V>[]): void {
    const places = this.placesOf(settled.map(({ key }) => key));
    for (const change of settled) {
      const place = places.get(change.key);
      if (place === undefined || !notOlder(change, place)) continue;
      this.#sql.exec("DELETE FROM parked WHERE key = ?", change.key);
    }
  }

  /** Notes that a change goes back into the journal. It shows no more, but still keeps older ones of its key out. */
  giveBack(key: string): void {
    this.#sql.exec("UPDATE parked SET coming_back = 1 WHERE key = ?", key);
  }

  /** Forgets what was parked before a time. */
  forget(beforeMs: number): void {
    this.#sql.exec("DELETE FROM parked WHERE parked_ms < ? AND coming_back = 0", beforeMs);
  }

  /** In the order of keys, after the key `after`; of one reason if given. */
  list(after: string, limit: number, reason: string | null = null): ParkedChange<V>[] {
    const rows = this.#sql.exec<Row>(
      `SELECT ${COLUMNS} FROM parked AS p
       WHERE key > ?1 AND (?2 IS NULL OR reason = ?2) AND coming_back = 0 ORDER BY key LIMIT ?3`,
      after,
      reason,
      limit,
    );
    return rows.toArray().map((row) => read<V>(row));
  }

  /** Those of these keys that are parked. */
  some(keys: Iterable<string>): ParkedChange<V>[] {
    return listsOf(keys).flatMap((list) =>
      this.#sql
        .exec<Row>(
          `SELECT ${COLUMNS} FROM json_each(?) AS k CROSS JOIN parked AS p ON p.key = k.value WHERE p.coming_back = 0`,
          list,
        )
        .toArray()
        .map((row) => read<V>(row)),
    );
  }

  /** How many are parked, by reason. */
  counts(): Record<string, number> {
    const rows = this.#sql.exec<{ reason: string; n: number }>(
      "SELECT reason, count(*) AS n FROM parked WHERE coming_back = 0 GROUP BY reason",
    );
    return Object.fromEntries([...rows].map(({ reason, n }) => [reason, n]));
  }

  isEmpty(): boolean {
    return this.#sql.exec("SELECT 1 AS one FROM parked LIMIT 1").toArray().length === 0;
  }
}
