// The buffers of a tenant that wait for a key, and where each would call: a table of the tenant's own disk.
import type { CallPlace } from "../objects.ts";

const TABLE = "CREATE TABLE IF NOT EXISTS waiting (segment_id TEXT PRIMARY KEY, environment_id TEXT, name TEXT)";

type Row = Record<"segment_id" | "environment_id" | "name", string>;

/** See the head of this file. */
export class Waiting {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(TABLE);
  }

  add({ segmentId, environmentId, name }: CallPlace): void {
    this.#sql.exec("INSERT OR REPLACE INTO waiting VALUES (?, ?, ?)", segmentId, environmentId, name);
  }

  remove(segmentId: string): void {
    this.#sql.exec("DELETE FROM waiting WHERE segment_id = ?", segmentId);
  }

  /** Some of them, none of which calls in `exceptEnvironment`. */
  some(limit: number, exceptEnvironment = ""): CallPlace[] {
    const query = "SELECT * FROM waiting WHERE environment_id <> ? LIMIT ?";
    const rows = this.#sql.exec<Row>(query, exceptEnvironment, limit);
    return [...rows].map((row) => ({ segmentId: row.segment_id, environmentId: row.environment_id, name: row.name }));
  }
}
