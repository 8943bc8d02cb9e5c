// Who clicked what in the last minute, as far as one object remembers: hashes only, in memory only.
import { hexOf } from "../../../src/shared/ids.ts";
import type { ClickTuple } from "./click.ts";
import { timeOf } from "./click-id.ts";
import { MINUTE_MS } from "../../../src/shared/clock.ts";

/** The same visitor asking for the same URL within this time is a duplicate. */
const DUPLICATE_MS = MINUTE_MS;
const MAX_REMEMBERED = 50_000;

/** Hashes visitors and remembers their clicks; see the head of this file. */
export class VisitorMemory {
  readonly #hashes = new Map<string, string>();
  readonly #seen = new Map<string, number>();

  /** A hash (64 bits, hex) per click, or null where the visitor or the salt is unknown. */
  async hash(clicks: readonly ClickTuple[], salt: string | null): Promise<(string | null)[]> {
    if (salt === null) return clicks.map(() => null);
    const fresh = new Set<string>();
    const keys = clicks.map((click) => (click[14] === "" && click[15] === "" ? null : `${click[14]}\n${click[15]}`));
    for (const key of keys) if (key !== null && !this.#hashes.has(key)) fresh.add(key);
    if (this.#hashes.size + fresh.size > MAX_REMEMBERED) {
      this.#hashes.clear();
      for (const key of keys) if (key !== null) fresh.add(key);
    }
    await Promise.all([...fresh].map(async (key) => this.#hashes.set(key, await digest(`${salt}\n${key}`))));
    return keys.map((key) => (key === null ? null : (this.#hashes.get(key) ?? null)));
  }

  /** Notes a click; true if the same visitor asked for the same URL less than a minute before. */
  saw(hash: string | null, click: ClickTuple): boolean {
    if (hash === null) return false;
    const atMs = timeOf(click[0]);
    const key = `${hash} ${click[1]}`;
    const before = this.#seen.get(key);
    if (this.#seen.size >= MAX_REMEMBERED) this.#seen.clear();
    this.#seen.set(key, Math.max(atMs, before ?? 0));
    return before !== undefined && atMs - before < DUPLICATE_MS;
  }
}

async function digest(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)), 0, 8);
  return hexOf(bytes);
}
