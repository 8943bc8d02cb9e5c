// Credentials of upstreams in D1. Opened only for the call that needs them; no function here answers an API.
import { and, asc, eq, gt, isNull, lt, ne, or, sql } from "drizzle-orm";
import type { Db, Statement } from "../db/client.ts";
import { MINUTE_MS } from "../clock.ts";
import { VaultError, open, rewrap, seal } from "./envelope.ts";
import type { Envelope } from "./envelope.ts";
import { masterKeys } from "./master-keys.ts";
import { recordIdentity } from "./records.ts";
import { credential, sealedRecord } from "./tables.ts";

type VaultEnv = Pick<Env, "VAULT_KEYS">;

/** Opened fields. `revision` changes with each put and never repeats. */
export interface OpenedCredential {
  fields: Record<string, string>;
  revision: number;
}

/** What may be told of a credential. Times in milliseconds. */
export interface CredentialSummary {
  name: string;
  updatedAt: number;
  keyVersion: string;
  revision: number;
  lastUsedAt: number | null;
  lastError: string | null;
}

/** `lastUsedAt` need not be exact: at most one write in this time, unless the error changes. */
const USE_NOTED_EVERY_MS = 10 * MINUTE_MS;

const identity = (name: string) => `credential:${name}`;

/** Opens a credential, or null if there is none. Throws VaultError if it was tampered with or its master key is gone. */
export async function openCredential(env: VaultEnv, db: Db, name: string): Promise<OpenedCredential | null> {
  const row = await db
    .select()
    .from(credential)
    .where(and(eq(credential.name, name), isNull(credential.deletedAt)))
    .get();
  if (row === undefined) return null;
  const text = await open(await masterKeys(env), identity(name), row);
  return { fields: JSON.parse(text) as Record<string, string>, revision: row.revision };
}

/** Seals fields and makes the statement that stores them under a new revision. */
export async function sealCredential(
  env: VaultEnv,
  db: Db,
  name: string,
  fields: Record<string, string>,
  nowMs: number,
): Promise<{ statement: Statement; keyVersion: string }> {
  const envelope = await seal(await masterKeys(env), identity(name), JSON.stringify(fields));
  const written = { ...envelope, updatedAt: nowMs, deletedAt: null, lastUsedAt: null, lastError: null };
  const statement = db
    .insert(credential)
    .values({ name, ...written, revision: 1 })
    .onConflictDoUpdate({
      target: credential.name,
      set: { ...written, revision: sql`${credential.revision} + 1` },
    });
  return { statement, keyVersion: envelope.keyVersion };
}

/** The statement that forgets a credential. Only its name and revision stay. */
export function deleteCredential(db: Db, name: string, nowMs: number): Statement {
  return db
    .update(credential)
    .set({ sealed: "", wrappedKey: "", keyVersion: "", deletedAt: nowMs, lastUsedAt: null, lastError: null })
    .where(eq(credential.name, name));
}

const summaryColumns = {
  name: credential.name,
  updatedAt: credential.updatedAt,
  keyVersion: credential.keyVersion,
  revision: credential.revision,
  lastUsedAt: credential.lastUsedAt,
  lastError: credential.lastError,
};

/** What is stored, by name, after `afterName`; never a secret. */
export async function credentialSummaries(db: Db, afterName = "", limit = 500): Promise<CredentialSummary[]> {
  return db
    .select(summaryColumns)
    .from(credential)
    .where(and(isNull(credential.deletedAt), gt(credential.name, afterName)))
    .orderBy(asc(credential.name))
    .limit(limit);
}

/** One summary, or undefined if there is no such credential. */
export async function credentialSummary(db: Db, name: string): Promise<CredentialSummary | undefined> {
  return db
    .select(summaryColumns)
    .from(credential)
    .where(and(eq(credential.name, name), isNull(credential.deletedAt)))
    .get();
}

/** Notes that a credential was used, and how that went (`null`: well). Writes seldom; the text must hold no secret. */
export async function noteCredentialUse(db: Db, name: string, nowMs: number, error: string | null): Promise<void> {
  await db
    .update(credential)
    .set({ lastUsedAt: nowMs, lastError: error })
    .where(
      and(
        eq(credential.name, name),
        isNull(credential.deletedAt),
        or(
          isNull(credential.lastUsedAt),
          lt(credential.lastUsedAt, nowMs - USE_NOTED_EVERY_MS),
          sql`${credential.lastError} is not ${error}`,
        ),
      ),
    );
}

type Rewrapped = Pick<Envelope, "wrappedKey" | "keyVersion">;

/** What a rotation did. `failed` names records that no present master key opens; they stay as they are. */
export interface Rotation {
  keyVersion: string;
  rewrapped: string[];
  failed: { name: string; reason: string }[];
}

/**
 * The statements that put every data key under the newest master key, of credentials and of sealed records. Readers go on
 * meanwhile: both keys open. Each is guarded by the wrapped key it replaces, so a put that happens at the same time wins.
 */
export async function rotate(env: VaultEnv, db: Db): Promise<Rotation & { statements: Statement[] }> {
  const keys = await masterKeys(env);
  const [credentials, records] = await db.batch([
    db
      .select()
      .from(credential)
      .where(and(isNull(credential.deletedAt), ne(credential.keyVersion, keys.newest)))
      .orderBy(asc(credential.name)),
    db.select().from(sealedRecord).where(ne(sealedRecord.keyVersion, keys.newest)).orderBy(asc(sealedRecord.name)),
  ]);
  const result = { keyVersion: keys.newest, rewrapped: [] as string[], failed: [] as Rotation["failed"] };
  const statements: Statement[] = [];
  const put = async (name: string, label: string, row: Envelope, stored: (wrapped: Rewrapped) => Statement) => {
    try {
      statements.push(stored(await rewrap(keys, label, row)));
      result.rewrapped.push(name);
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      result.failed.push({ name, reason: error.message });
    }
  };
  for (const row of credentials) {
    const same = and(eq(credential.name, row.name), eq(credential.wrappedKey, row.wrappedKey));
    await put(row.name, identity(row.name), row, (wrapped) => db.update(credential).set(wrapped).where(same));
  }
  for (const row of records) {
    const same = and(eq(sealedRecord.name, row.name), eq(sealedRecord.wrappedKey, row.wrappedKey));
    await put(row.name, recordIdentity(row.name), row, (wrapped) => db.update(sealedRecord).set(wrapped).where(same));
  }
  return { ...result, statements };
}
