// API keys in D1: made, listed, revoked. The key itself is returned once by `createKey` and stored nowhere.
import { desc, eq, lt } from "drizzle-orm";
import type { Db } from "../db/client.ts";
import { together } from "../db/client.ts";
import { auditRow } from "../audit/row.ts";
import { isoTime } from "../clock.ts";
import { notFound } from "../errors.ts";
import { newId } from "../ids.ts";
import { forgetKey } from "./key-cache.ts";
import { hashOf, newKey } from "./secrets.ts";
import { apiKey } from "./tables.ts";

/** A key as it may be shown. */
export type KeyRow = Omit<typeof apiKey.$inferSelect, "hash">;

/** Who changes keys, when, in which request: for the audit row. */
export interface ChangedBy {
  actor: string;
  requestId: string;
  /** Milliseconds. */
  at: number;
}

/** Makes a key; `key` is its only appearance. */
export async function createKey(
  db: Db,
  wanted: { name: string; scopes: string[]; expiresAt: number | null },
  by: ChangedBy,
): Promise<KeyRow & { key: string }> {
  const { key, prefix } = newKey();
  const row = { id: newId("key", by.at), ...wanted, prefix, createdAt: by.at, lastUsedAt: null };
  const { name, scopes, expiresAt } = wanted;
  const after = { name, prefix, scopes, expiresAt: expiresAt === null ? null : isoTime(expiresAt) };
  await together(db, [
    db.insert(apiKey).values({ ...row, hash: await hashOf(key) }),
    auditRow(db, { ...by, action: "key.create", subject: `key:${row.id}`, after }),
  ]);
  return { ...row, key };
}

/** Keys, newest first, older than `beforeId`. */
export async function listKeys(db: Db, limit: number, beforeId?: string): Promise<KeyRow[]> {
  const { id, name, prefix, scopes, createdAt, expiresAt, lastUsedAt } = apiKey;
  return db
    .select({ id, name, prefix, scopes, createdAt, expiresAt, lastUsedAt })
    .from(apiKey)
    .where(beforeId === undefined ? undefined : lt(apiKey.id, beforeId))
    .orderBy(desc(apiKey.id))
    .limit(limit);
}

/** Revokes a key: at once here, within two minutes everywhere. Throws `not_found`. */
export async function revokeKey(env: Pick<Env, "DB" | "KV">, db: Db, id: string, by: ChangedBy): Promise<void> {
  const row = await db.select().from(apiKey).where(eq(apiKey.id, id)).get();
  if (row === undefined) throw notFound("This key");
  const before = { name: row.name, prefix: row.prefix, scopes: row.scopes };
  await together(db, [
    db.delete(apiKey).where(eq(apiKey.id, id)),
    auditRow(db, { ...by, action: "key.revoke", subject: `key:${id}`, before }),
  ]);
  await forgetKey(env, row.hash);
}
