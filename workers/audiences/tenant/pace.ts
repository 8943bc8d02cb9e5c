// A fair share of Split's calls for each buffer of a workspace: who comes first is served first, and whoever must wait is given
// a time that nobody else gets. Pure. It lives in memory: lost, it begins anew, and Split's own 429 is the last word.

/**
 * One call a second, and up to 20 at once after a quiet time: 80 in any minute at most. Split publishes no quota; 80 a minute
 * and organisation is the one figure that a third party names.
 */
const SPACING_MS = 1_000;
const BURST_MS = 19 * SPACING_MS;
/** A reserved time that is not used for so long is given up. */
const UNUSED_MS = 120_000;

/** See the head of this file. */
export class Pace {
  /** When the calls that were granted so far would end, at one a second. */
  #filledToMs = 0;
  #blockedUntilMs: number;
  readonly #reserved = new Map<string, number>();

  /** `blockedUntilMs`: what `block` was told before, if it is remembered. */
  constructor(blockedUntilMs = 0) {
    this.#blockedUntilMs = 0;
    this.block(blockedUntilMs);
  }

  /** 0: `who` may call now. Else the time at which he may, which is his. */
  ask(who: string, nowMs: number): number {
    const mine = this.#reserved.get(who);
    if (mine !== undefined && mine >= this.#blockedUntilMs) {
      if (nowMs < mine) return mine;
      this.#reserved.delete(who);
      if (nowMs < mine + UNUSED_MS) return 0;
    }
    const freeMs = Math.max(nowMs, this.#blockedUntilMs, this.#filledToMs - BURST_MS);
    this.#filledToMs = Math.max(this.#filledToMs, freeMs) + SPACING_MS;
    if (freeMs <= nowMs) {
      this.#reserved.delete(who);
      return 0;
    }
    this.#reserved.set(who, freeMs);
    return freeMs;
  }

  /** Nobody calls before this: an upstream said so. What was reserved until then is void; afterwards it goes one by one. */
  block(untilMs: number): void {
    if (untilMs <= this.#blockedUntilMs) return;
    this.#blockedUntilMs = untilMs;
    this.#filledToMs = untilMs + BURST_MS;
  }

  get blockedUntilMs(): number {
    return this.#blockedUntilMs;
  }
}
