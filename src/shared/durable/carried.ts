// Changes of a group (one customer, say) whose call failed while its neighbours' went through: carried over to a time of
// their own. What arrives for the group meanwhile joins them, so that one call tells it all, and none overtakes another.
import { keepNewest, notOlder } from "./change.ts";
import type { Change } from "./change.ts";
import { MAX_ROW_CHARS, packed } from "./store.ts";
import type { Sql } from "./store.ts";

export const CARRIED_TABLES = `
CREATE TABLE carried (
  call_group TEXT PRIMARY KEY, body TEXT NOT NULL, retry_ms INTEGER NOT NULL, attempts INTEGER NOT NULL,
  first_failed_ms INTEGER NOT NULL, reason TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX carried_retry ON carried (retry_ms)`;

/** What waits for one group. */
export interface CarriedGroup<V> {
  group: string;
  changes: Change<V>[];
  retryMs: number;
  /** Failed attempts so far, the first one included. */
  attempts: number;
  firstFailedMs: number;
  reason: string;
}

type Row = {
  call_group: string;
  body: string;
  retry_ms: number;
  attempts: number;
  first_failed_ms: number;
  reason: string;
};

const read = <V>(row: Row): CarriedGroup<V> => ({
  group: row.call_group,
  changes: (JSON.parse(row.body) as [string, V, number, number][]).map(([key, value, atMs, seq]) => {
    return { key, value, atMs, seq };
  }),
  retryMs: row.retry_ms,
  attempts: row.attempts,
  firstFailedMs: row.first_failed_ms,
  reason: row.reason,
});

/** See the head of this file. */
export class Carried<V> {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Writes a group, in place of what was carried of it. False if it is too large for a row: nothing was written. */
  put({ group, changes, retryMs, attempts, firstFailedMs, reason }: CarriedGroup<V>): boolean {
    const body = JSON.stringify(changes.map(({ key, value, atMs, seq }) => [key, value, atMs, seq]));
    if (body.length > MAX_ROW_CHARS) return false;
    this.#sql.exec(
      "INSERT OR REPLACE INTO carried VALUES (?, ?, ?, ?, ?, ?)",
      group,
      body,
      retryMs,
      attempts,
      firstFailedMs,
      reason,
    );
    return true;
  }

  /** Takes decided changes out of their group; a newer one of the same key stays. */
  settle(group: string, decided: readonly Change<V>[]): void {
    const [carried] = this.of([group]);
    if (carried === undefined) return;
    const done = new Map(decided.map((change) => [change.key, change]));
    const changes = carried.changes.filter((change) => {
      const by = done.get(change.key);
      return by === undefined || !notOlder(by, change);
    });
    if (changes.length === 0) this.remove(group);
    else if (changes.length < carried.changes.length) this.put({ ...carried, changes });
  }

  /** What arrived for a group that waits joins it. False if it became too large: it is as it was. */
  join(carried: CarriedGroup<V>, arrived: readonly Change<V>[]): boolean {
    const newest = new Map<string, Change<V>>();
    keepNewest(newest, carried.changes);
    keepNewest(newest, arrived);
    return this.put({ ...carried, changes: [...newest.values()] });
  }

  remove(group: string): void {
    this.#sql.exec("DELETE FROM carried WHERE call_group = ?", group);
  }

  /** Those of these groups that are carried. */
  of(groups: Iterable<string>): CarriedGroup<V>[] {
    if (this.nextMs() === null) return [];
    return packed([...groups].map((group) => JSON.stringify(group))).flatMap((piece) =>
      this.#sql
        .exec<Row>(
          "SELECT c.* FROM json_each(?) AS g CROSS JOIN carried AS c ON c.call_group = g.value",
          `[${piece.join(",")}]`,
        )
        .toArray()
        .map((row) => read<V>(row)),
    );
  }

  /** Groups whose time has come, the longest due first. */
  due(nowMs: number, limit: number): CarriedGroup<V>[] {
    return this.#sql
      .exec<Row>("SELECT * FROM carried WHERE retry_ms <= ? ORDER BY retry_ms LIMIT ?", nowMs, limit)
      .toArray()
      .map((row) => read<V>(row));
  }

  /** Groups that have failed since before a time. */
  failingSince(beforeMs: number, limit: number): CarriedGroup<V>[] {
    return this.#sql
      .exec<Row>("SELECT * FROM carried WHERE first_failed_ms <= ? LIMIT ?", beforeMs, limit)
      .toArray()
      .map((row) => read<V>(row));
  }

  /** When the next group is due; null when none is carried. */
  nextMs(): number | null {
    return this.#sql.exec<{ at: number | null }>("SELECT min(retry_ms) AS at FROM carried").toArray()[0]?.at ?? null;
  }

  /** How many groups are carried. */
  size(): number {
    return this.#sql.exec<{ n: number }>("SELECT count(*) AS n FROM carried").toArray()[0]?.n ?? 0;
  }
}
