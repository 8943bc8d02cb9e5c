// Who holds a proof (a key, a session): remembered 30 s in memory and 60 s in KV, so that a burst of calls asks D1 once.
// A revocation holds everywhere within two minutes: KV entries carry the time they were read and are refused when older.
import * as z from "zod";
import { MINUTE_MS, SECOND_MS } from "../clock.ts";
import { log } from "../telemetry/log.ts";

const MEMORY_MS = 30 * SECOND_MS;
const KV_MS = 60 * SECOND_MS;
/** The shortest that KV allows at the edge. With the two times above a revocation takes at most 120 s. */
const KV_EDGE_SECONDS = 30;
/** Holders kept in memory, misses included: about 300 bytes each. */
const MAX_REMEMBERED = 2_000;

/** A use is noted at most this often. */
export const USE_NOTED_EVERY_MS = 10 * MINUTE_MS;

export type WaitUntil = (work: Promise<unknown>) => void;

interface Remembered<T> {
  untilMs: number;
  holder: T | null;
}

/** One kind of proof: `prefix` begins its names in KV. */
export class HolderCache<T> {
  readonly #remembered = new Map<string, Remembered<T>>();
  readonly #prefix: string;
  readonly #cached: z.ZodType<{ readAtMs: number; holder: T }>;

  constructor(prefix: string, holder: z.ZodType<T>) {
    this.#prefix = prefix;
    this.#cached = z.object({ readAtMs: z.number(), holder }) as unknown as z.ZodType<{ readAtMs: number; holder: T }>;
  }

  /** Finds the holder of a hash, or null; `read` asks D1, `asNoted` is what others shall see of it once its use is noted. */
  async find(
    env: Pick<Env, "KV">,
    hash: string,
    nowMs: number,
    waitUntil: WaitUntil,
    read: () => Promise<T | null>,
    asNoted: (holder: T) => T,
  ): Promise<T | null> {
    const known = this.#remembered.get(hash);
    if (known !== undefined && known.untilMs > nowMs) return known.holder;
    const fromKv = await this.#readKv(env, hash, nowMs);
    if (fromKv !== null) return this.#remember(hash, fromKv, nowMs);
    const found = await read();
    if (found !== null) {
      // The use is noted by whoever read the row; who finds it in KV has nothing to write.
      const value = JSON.stringify({ readAtMs: nowMs, holder: asNoted(found) });
      waitUntil(
        env.KV.put(this.#prefix + hash, value, { expirationTtl: KV_MS / SECOND_MS }).catch((error: unknown) =>
          log("key_cache_unwritten", { level: "warn", error }),
        ),
      );
    }
    return this.#remember(hash, found, nowMs);
  }

  /** Forgets a holder here and in KV; other isolates follow within two minutes. */
  async forget(env: Pick<Env, "KV">, hash: string): Promise<void> {
    this.#remembered.delete(hash);
    await env.KV.delete(this.#prefix + hash);
  }

  #remember(hash: string, holder: T | null, nowMs: number): T | null {
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(hash, { holder, untilMs: nowMs + MEMORY_MS });
    return holder;
  }

  async #readKv(env: Pick<Env, "KV">, hash: string, nowMs: number): Promise<T | null> {
    try {
      const value = await env.KV.get(this.#prefix + hash, { type: "json", cacheTtl: KV_EDGE_SECONDS });
      const read = this.#cached.safeParse(value);
      return read.success && nowMs - read.data.readAtMs < KV_MS ? read.data.holder : null;
    } catch (error) {
      // KV is a cache only: without it D1 answers.
      log("key_cache_unread", { level: "warn", error });
      return null;
    }
  }
}
