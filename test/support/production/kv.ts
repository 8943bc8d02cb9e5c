// KV as it is far from the writer: what was read, or not found, is shown for a minute; a key takes one write a second.
import type { Clock } from "../../../src/shared/clock.ts";

/** https://developers.cloudflare.com/kv/concepts/how-kv-works/ and /kv/platform/limits/ */
const DEFAULT_TTL_SECONDS = 60;
const MIN_TTL_SECONDS = 30;
const MAX_KEY_BYTES = 512;
const WRITE_EVERY_MS = 1_000;

interface Seen {
  bytes: ArrayBuffer | null;
  metadata: unknown;
  atMs: number;
}

/** What one location has read, by key. */
export type EdgeCache = Map<string, Seen>;

/** When each key was last written, by anybody. */
export type LastWrites = Map<string, number>;

interface ReadOptions {
  type?: string;
  cacheTtl?: number;
}

function decoded(bytes: ArrayBuffer | null, type: string): unknown {
  if (bytes === null) return null;
  if (type === "arrayBuffer") return bytes.slice(0);
  if (type === "stream") return new Response(bytes).body;
  const text = new TextDecoder().decode(bytes);
  return type === "json" ? JSON.parse(text) : text;
}

/** One location's view of a namespace. `run` is what each operation passes through: connections, clock. */
export class StaleKv {
  readonly #inner: KVNamespace;
  readonly #clock: Clock;
  readonly #cache: EdgeCache;
  readonly #writes: LastWrites;
  readonly #run: <T>(operation: () => Promise<T>) => Promise<T>;

  constructor(
    inner: KVNamespace,
    parts: { clock: Clock; cache: EdgeCache; writes: LastWrites; run: <T>(operation: () => Promise<T>) => Promise<T> },
  ) {
    this.#inner = inner;
    this.#clock = parts.clock;
    this.#cache = parts.cache;
    this.#writes = parts.writes;
    this.#run = parts.run;
  }

  async get(key: string | string[], options?: string | ReadOptions): Promise<unknown> {
    const { type = "text", cacheTtl } = typeof options === "string" ? { type: options } : (options ?? {});
    if (typeof key === "string") return decoded((await this.#seen(key, cacheTtl)).bytes, type);
    const entries = key.map(async (one) => [one, decoded((await this.#seen(one, cacheTtl)).bytes, type)] as const);
    return new Map(await Promise.all(entries));
  }

  async getWithMetadata(key: string, options?: string | ReadOptions): Promise<unknown> {
    const { type = "text", cacheTtl } = typeof options === "string" ? { type: options } : (options ?? {});
    const { bytes, metadata } = await this.#seen(key, cacheTtl);
    return { value: decoded(bytes, type), metadata, cacheStatus: null };
  }

  async put(
    key: string,
    value: string | ArrayBuffer | ArrayBufferView | ReadableStream,
    options?: KVNamespacePutOptions,
  ): Promise<void> {
    this.#write(key, "PUT");
    await this.#run(() => this.#inner.put(key, value as string, options));
  }

  async delete(key: string): Promise<void> {
    this.#write(key, "DELETE");
    await this.#run(() => this.#inner.delete(key));
  }

  list(options?: KVNamespaceListOptions): Promise<unknown> {
    return this.#run(() => this.#inner.list(options));
  }

  async #seen(key: string, cacheTtl = DEFAULT_TTL_SECONDS): Promise<Seen> {
    if (cacheTtl < MIN_TTL_SECONDS)
      throw new Error(
        `KV GET failed: 400 Invalid cache_ttl of ${cacheTtl}. Cache TTL must be at least ${MIN_TTL_SECONDS}.`,
      );
    const nowMs = this.#clock();
    const known = this.#cache.get(key);
    if (known !== undefined && nowMs < known.atMs + cacheTtl * 1_000) return known;
    const { value, metadata } = await this.#run(() => this.#inner.getWithMetadata(key, "arrayBuffer"));
    const seen: Seen = { bytes: value, metadata, atMs: nowMs };
    this.#cache.set(key, seen);
    return seen;
  }

  #write(key: string, verb: string): void {
    const bytes = new TextEncoder().encode(key).byteLength;
    if (bytes > MAX_KEY_BYTES)
      throw new Error(
        `KV ${verb} failed: 414 UTF-8 encoded length of ${bytes} exceeds key length limit of ${MAX_KEY_BYTES}.`,
      );
    const nowMs = this.#clock();
    const last = this.#writes.get(key);
    if (last !== undefined && nowMs < last + WRITE_EVERY_MS)
      throw new Error(`KV ${verb} failed: 429 Too Many Requests`);
    this.#writes.set(key, nowMs);
  }
}
