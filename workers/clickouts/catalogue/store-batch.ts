// What every change has in common: it counts the routing version up, fails as a whole when it came too late, and is audited.
// D1 only. A batch is a transaction, so a statement that fails takes the audit row with it.
import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import { auditRow } from "../../../src/shared/audit/row.ts";
import type { AuditEntry } from "../../../src/shared/audit/row.ts";
import type { Db, Statement } from "../../../src/shared/db/client.ts";
import { countUp } from "./store-table.ts";
import { routingVersion, store } from "../tables.ts";

/** Why a change did not happen. `stale`: what the change was decided upon is no longer so. */
export class ChangeLost extends Error {
  override name = "ChangeLost";
  readonly lostBy: "stale" | "domain" | "relation" | "store_id";

  constructor(cause: ChangeLost["lostBy"]) {
    super(`the change was not made: ${cause}`);
    this.lostBy = cause;
  }
}

/** A statement that fails its batch unless the condition holds: SQLite knows no assertion, but a column that is not null. */
export function mustHold(db: Db, condition: SQL): Statement {
  return db.insert(store).select(sql`select 0, null, 0, 0 where not (${condition})`);
}

function messages(error: unknown): string {
  let text = "";
  for (let e = error; e instanceof Error; e = e.cause) text += `${e.message}\n`;
  return text;
}

/** The reason why a batch was not made, or null for every other failure. */
export function lossOf(error: unknown): ChangeLost | null {
  const text = messages(error);
  if (text.includes("NOT NULL constraint failed: store.name")) return new ChangeLost("stale");
  if (text.includes("UNIQUE constraint failed: store_url.domain")) return new ChangeLost("domain");
  if (text.includes("UNIQUE constraint failed: network_store.")) return new ChangeLost("relation");
  return text.includes("UNIQUE constraint failed: store.id") ? new ChangeLost("store_id") : null;
}

/**
 * Makes a change: all statements, or none and a `ChangeLost`. Returns the routing version that it got; in the statements
 * that is `currentVersion`.
 */
export async function change(db: Db, statements: readonly Statement[], audit: AuditEntry): Promise<number> {
  const version = db.select({ version: routingVersion.version }).from(routingVersion);
  try {
    const results = await db.batch([countUp(db), ...statements, auditRow(db, audit), version]);
    return (results.at(-1) as { version: number }[])[0]!.version;
  } catch (error) {
    throw lossOf(error) ?? error;
  }
}
