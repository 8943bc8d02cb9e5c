// An upstream with everything that goes wrong with one: it fails before or after it did the work, hangs, answers late, asks
// for patience, refuses keys, refuses everybody. Its operations are idempotent, and a call has no effect after its caller gave it up: against
// an upstream that applies an abandoned call after a later one, no order of calls helps.
import type { Change } from "../../src/shared/durable/change.ts";
import type { Verdict } from "../../src/shared/durable/policy.ts";
import type { Chance } from "./chance.ts";
import type { Timeline } from "./timeline.ts";

/** How long a caller waits before the outcome of its call counts as unknown. */
export const DEADLINE_MS = 10_000;

/** How it answers; `patience` is a 429, `rejected` the refusal of the caller's credentials. */
const FAULTS = ["before", "after", "hang", "hang_after", "late", "patience"] as const;

/** See the head of this file. */
export class Upstream<V> {
  /** What it holds: the change that was applied last, by key. */
  readonly holds = new Map<string, Change<V>>();
  /** Keys that it will not take. */
  readonly refuses = new Set<string>();
  faultRate = 0;
  /** While true it refuses every call for its credentials. */
  locked = false;
  patienceUntilMs = 0;
  calls = 0;
  faults = 0;
  readonly #timeline: Timeline;
  readonly #chance: Chance;

  constructor(timeline: Timeline, chance: Chance) {
    this.#timeline = timeline;
    this.#chance = chance;
  }

  /** One call, with what its answer means. `refusal` says how a refused key is told, `gone` whether the caller is. */
  async take(
    changes: readonly Change<V>[],
    refusal: (offending: string[]) => Verdict,
    gone: () => boolean,
  ): Promise<Verdict> {
    this.calls += 1;
    const latencyMs = this.#chance.whole(20, 300);
    await this.#timeline.wait(latencyMs);
    if (gone()) return { kind: "retry", reason: "gone" };
    if (this.locked) return { kind: "hold", reason: "locked", checkAtMs: this.#timeline.nowMs + 60_000 };
    const offending = changes.map(({ key }) => key).filter((key) => this.refuses.has(key));
    if (offending.length > 0) return refusal(offending);
    const fault = this.#chance.happens(this.faultRate) ? this.#chance.of(FAULTS) : null;
    if (fault !== null) this.faults += 1;
    if (fault !== "before" && fault !== "hang" && fault !== "patience") this.#apply(changes);
    switch (fault) {
      case null:
        break;
      case "late":
        await this.#timeline.wait(this.#chance.whole(1_000, DEADLINE_MS - 1_000));
        break;
      case "before":
      case "after":
        return { kind: "retry", reason: "unavailable" };
      case "hang":
      case "hang_after":
        await this.#timeline.wait(DEADLINE_MS - latencyMs);
        return { kind: "retry", reason: "timeout" };
      case "patience":
        this.patienceUntilMs = Math.max(this.patienceUntilMs, this.#timeline.nowMs + this.#chance.whole(1, 90) * 1_000);
        return { kind: "retry", reason: "rate_limited", retryAtMs: this.patienceUntilMs };
    }
    return { kind: "delivered" };
  }

  #apply(changes: readonly Change<V>[]): void {
    for (const change of changes) this.holds.set(change.key, change);
  }
}
