// Who holds an API key, by its hash, from the cache of holders; and that he used it.
import { and, eq, isNull, lt, or } from "drizzle-orm";
import * as z from "zod";
import { database } from "../db/client.ts";
import { log } from "../telemetry/log.ts";
import { HolderCache, USE_NOTED_EVERY_MS } from "./holder-cache.ts";
import type { WaitUntil } from "./holder-cache.ts";
import { apiKey } from "./tables.ts";

const holder = z.object({
  id: z.string(),
  hash: z.string(),
  scopes: z.array(z.string()),
  expiresAt: z.number().nullable(),
  lastUsedAt: z.number().nullable(),
});

/** What authorisation needs to know of a key. */
export type KeyHolder = z.infer<typeof holder>;

type KeyEnv = Pick<Env, "DB" | "KV">;

const holders = new HolderCache<KeyHolder>("key:", holder);

/** Finds the holder of a key by its hash, or null. Expiry is for the caller to judge. */
export async function findHolder(
  env: KeyEnv,
  hash: string,
  nowMs: number,
  waitUntil: WaitUntil,
): Promise<KeyHolder | null> {
  const read = async () => {
    const row = await database(env).select().from(apiKey).where(eq(apiKey.hash, hash)).get();
    if (row === undefined) return null;
    const { id, scopes, expiresAt, lastUsedAt } = row;
    return { id, hash, scopes, expiresAt, lastUsedAt };
  };
  return holders.find(env, hash, nowMs, waitUntil, read, (found) => ({ ...found, lastUsedAt: nowMs }));
}

/** Notes the use of a key, at most every ten minutes. */
export function noteKeyUse(env: KeyEnv, found: KeyHolder, nowMs: number, waitUntil: WaitUntil): void {
  const before = nowMs - USE_NOTED_EVERY_MS;
  if (found.lastUsedAt !== null && found.lastUsedAt > before) return;
  // Other requests of this isolate share the object: they see that the note is owed no more.
  found.lastUsedAt = nowMs;
  const statement = database(env)
    .update(apiKey)
    .set({ lastUsedAt: nowMs })
    .where(and(eq(apiKey.id, found.id), or(isNull(apiKey.lastUsedAt), lt(apiKey.lastUsedAt, before))));
  waitUntil(statement.run().catch((error: unknown) => log("key_use_unwritten", { level: "warn", error })));
}

/** Forgets a key here and in KV; other isolates follow within two minutes. */
export async function forgetKey(env: KeyEnv, hash: string): Promise<void> {
  await holders.forget(env, hash);
}
