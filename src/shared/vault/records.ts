// Secrets that are no named credential of an operator, such as the key of a tenant: sealed one by one under an identity of
// their own. They show in no list of credentials; a rotation re-wraps them with the rest.
import { eq, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { Db, Statement } from "../db/client.ts";
import { open, seal } from "./envelope.ts";
import { masterKeys } from "./master-keys.ts";
import { sealedRecord } from "./tables.ts";

type VaultEnv = Pick<Env, "VAULT_KEYS">;

/** What the vault binds the sealed text to: a record that is moved to another name does not open. */
export const recordIdentity = (name: string) => `record:${name}`;

/**
 * Seals a text and makes the statement that stores it under `name` (`<system>:<thing>:<id>`), in place of the one before.
 * In an object, since a statement awaited is a statement run.
 */
export async function sealRecord(
  env: VaultEnv,
  db: Db,
  name: string,
  text: string,
  nowMs: number,
): Promise<{ statement: Statement }> {
  const envelope = await seal(await masterKeys(env), recordIdentity(name), text);
  const written = { ...envelope, updatedAt: nowMs };
  const statement = db
    .insert(sealedRecord)
    .values({ name, ...written })
    .onConflictDoUpdate({ target: sealedRecord.name, set: written });
  return { statement };
}

/** Opens a record, or null if there is none. Throws VaultError if it was tampered with or its master key is gone. */
export async function openRecord(env: VaultEnv, db: Db, name: string): Promise<string | null> {
  const row = await db.select().from(sealedRecord).where(eq(sealedRecord.name, name)).get();
  return row === undefined ? null : openRow(env, row);
}

/** The sealed rows of the names that `names` selects, to be read in a batch; `openRow` opens them. */
export function recordRows(db: Db, names: SQL) {
  return db
    .select()
    .from(sealedRecord)
    .where(sql`${sealedRecord.name} in ${names}`);
}

/** Opens a sealed row. Throws VaultError. */
export async function openRow(env: VaultEnv, row: typeof sealedRecord.$inferSelect): Promise<string> {
  return open(await masterKeys(env), recordIdentity(row.name), row);
}

/** The statement that forgets a record. */
export function deleteRecord(db: Db, name: string): Statement {
  return db.delete(sealedRecord).where(eq(sealedRecord.name, name));
}
