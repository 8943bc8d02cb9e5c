// Migrations of a Durable Object's own SQLite. Each part of an object counts its own steps, and a step never changes.
import type { Store } from "./store.ts";

/**
 * Brings the tables of `part` up to date: runs the steps that this object has not seen yet, each in one transaction with
 * its number. Steps are append-only; during a deploy older code may meet newer tables, so a step must not break it.
 */
export function migrate(store: Store, part: string, steps: readonly string[]): void {
  const { sql } = store;
  sql.exec("CREATE TABLE IF NOT EXISTS schema_version (part TEXT PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID");
  const [row] = sql.exec<{ version: number }>("SELECT version FROM schema_version WHERE part = ?", part).toArray();
  for (let version = row?.version ?? 0; version < steps.length; version++) {
    store.transaction(() => {
      sql.exec(steps[version]!);
      sql.exec("INSERT OR REPLACE INTO schema_version VALUES (?, ?)", part, version + 1);
    });
  }
}
