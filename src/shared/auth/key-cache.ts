// Who holds a key: remembered 30 s in memory and 60 s in KV, so that a burst of calls asks D1 once.
// A revocation holds everywhere within two minutes: KV entries carry the time they were read and are refused when older.
import { and, eq, isNull, lt, or } from "drizzle-orm";
import * as z from "zod";
import { MINUTE_MS, SECOND_MS } from "../clock.ts";
import { database } from "../db/client.ts";
import { log } from "../telemetry/log.ts";
import { apiKey } from "./tables.ts";

const MEMORY_MS = 30 * SECOND_MS;
const KV_MS = 60 * SECOND_MS;
/** The shortest that KV allows at the edge. With the two times above a revocation takes at most 120 s. */
const KV_EDGE_SECONDS = 30;
/** Keys kept in memory, misses included: about 300 bytes each. */
const MAX_REMEMBERED = 2_000;
const USE_NOTED_EVERY_MS = 10 * MINUTE_MS;

const holder = z.object({
  id: z.string(),
  hash: z.string(),
  scopes: z.array(z.string()),
  expiresAt: z.number().nullable(),
  lastUsedAt: z.number().nullable(),
});

const cached = z.object({ readAtMs: z.number(), holder });

/** What authorisation needs to know of a key. */
export type KeyHolder = z.infer<typeof holder>;

interface Remembered {
  untilMs: number;
  holder: KeyHolder | null;
}

type KeyEnv = Pick<Env, "DB" | "KV">;
type WaitUntil = (work: Promise<unknown>) => void;

const remembered = new Map<string, Remembered>();
const kvKey = (hash: string) => `key:${hash}`;

/** Finds the holder of a key by its hash, or null. Expiry is for the caller to judge. */
export async function findHolder(
  env: KeyEnv,
  hash: string,
  nowMs: number,
  waitUntil: WaitUntil,
): Promise<KeyHolder | null> {
  const known = remembered.get(hash);
  if (known !== undefined && known.untilMs > nowMs) return known.holder;
  const fromKv = await readKv(env, hash, nowMs);
  if (fromKv !== null) return remember(hash, fromKv, nowMs);
  const row = await database(env).select().from(apiKey).where(eq(apiKey.hash, hash)).get();
  if (row === undefined) return remember(hash, null, nowMs);
  const { id, scopes, expiresAt, lastUsedAt } = row;
  const found = { id, hash, scopes, expiresAt, lastUsedAt };
  // The use is noted by whoever read the row; who finds it in KV has nothing to write.
  const value = JSON.stringify({ readAtMs: nowMs, holder: { ...found, lastUsedAt: nowMs } });
  waitUntil(
    env.KV.put(kvKey(hash), value, { expirationTtl: KV_MS / SECOND_MS }).catch((error: unknown) =>
      log("key_cache_unwritten", { level: "warn", error }),
    ),
  );
  return remember(hash, found, nowMs);
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
  remembered.delete(hash);
  await env.KV.delete(kvKey(hash));
}

function remember(hash: string, found: KeyHolder | null, nowMs: number): KeyHolder | null {
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(hash, { holder: found, untilMs: nowMs + MEMORY_MS });
  return found;
}

async function readKv(env: KeyEnv, hash: string, nowMs: number): Promise<KeyHolder | null> {
  try {
    const value = cached.safeParse(await env.KV.get(kvKey(hash), { type: "json", cacheTtl: KV_EDGE_SECONDS }));
    return value.success && nowMs - value.data.readAtMs < KV_MS ? value.data.holder : null;
  } catch (error) {
    // KV is a cache only: without it D1 answers.
    log("key_cache_unread", { level: "warn", error });
    return null;
  }
}
