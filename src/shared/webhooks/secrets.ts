// The secrets of webhooks: sealed records of the vault, two for each webhook while a rotation settles. Opened to sign, shown
// once by who made them.
import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { Db, Statement } from "../db/client.ts";
import { deleteRecord, openRecord, openRow, recordRows, sealRecord } from "../vault/records.ts";
import { newSecret } from "./signature.ts";

type VaultEnv = Pick<Env, "VAULT_KEYS">;

const PRESENT = "webhooks:secret:";
const PREVIOUS = "webhooks:previous:";

/** A new secret and the statement that seals it as the present one. */
export async function freshSecret(env: VaultEnv, db: Db, webhookId: string, nowMs: number) {
  const secret = newSecret();
  const { statement } = await sealRecord(env, db, PRESENT + webhookId, secret, nowMs);
  return { secret, statement };
}

/** The statement that keeps the present secret as the previous one. A copied row would not open: its name is sealed with it. */
export async function keepPresent(env: VaultEnv, db: Db, webhookId: string, nowMs: number): Promise<Statement[]> {
  const present = await openRecord(env, db, PRESENT + webhookId);
  return present === null ? [] : [(await sealRecord(env, db, PREVIOUS + webhookId, present, nowMs)).statement];
}

/** The statements that forget both secrets of a webhook. */
export function forgetSecrets(db: Db, webhookId: string): Statement[] {
  return [deleteRecord(db, PRESENT + webhookId), deleteRecord(db, PREVIOUS + webhookId)];
}

/** The rows of both secrets of the webhook that `webhookId` selects, to be read in a batch with it. */
export function secretRows(db: Db, webhookId: SQL) {
  return recordRows(
    db,
    sql`(select ${PRESENT} || id from (${webhookId}) union all select ${PREVIOUS} || id from (${webhookId}))`,
  );
}

/** The opened secrets, the present one first; the previous one only while it is still valid. Throws VaultError. */
export async function openSecrets(
  env: VaultEnv,
  rows: Awaited<ReturnType<typeof secretRows>>,
  withPrevious: boolean,
): Promise<string[]> {
  const kinds = withPrevious ? [PRESENT, PREVIOUS] : [PRESENT];
  const wanted = kinds.flatMap((kind) => rows.filter(({ name }) => name.startsWith(kind)));
  return await Promise.all(wanted.map((row) => openRow(env, row)));
}
