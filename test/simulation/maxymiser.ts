// A Maxymiser in virtual time with everything that goes wrong with one: tokens that end, credentials that change, a site that is
// closed or unknown, attributes it will not take, failures before and after the work. A call has no effect after its caller
// gave it up or died.
import type { PutAnswer } from "../../workers/visitors/maxymiser/answers.ts";
import type { Fetched } from "../../workers/visitors/access/token-keeper.ts";
import type { Chance } from "./chance.ts";
import type { Timeline } from "./timeline.ts";

const DEADLINE_MS = 10_000;
const FAULTS = ["before", "after", "hang", "hang_after", "late", "patience"] as const;

/** What it applied to an attribute: the value's own event time. */
type Applied = Map<string, number>;

/** See the head of this file. */
export class Maxymiser {
  /** By customer and attribute, joined by a line break: the event time of the value it holds. */
  readonly holds: Applied = new Map();
  readonly refuses = new Set<string>();
  /** The credentials that it takes; others are refused. */
  login = 1;
  open = true;
  known = true;
  faultRate = 0;
  /** Lives of the tokens that are given next. */
  tokenLifeMs = 3_600_000;
  tokenRequests = 0;
  puts = 0;
  /** PUTs that met a closed site, by time. */
  readonly closedPuts: number[] = [];
  readonly #tokens = new Map<string, number>();
  readonly #timeline: Timeline;
  readonly #chance: Chance;
  readonly #broken: (words: string) => void;

  constructor(timeline: Timeline, chance: Chance, broken: (words: string) => void) {
    this.#timeline = timeline;
    this.#chance = chance;
    this.#broken = broken;
  }

  /** Ends every token. */
  expire(): void {
    this.#tokens.clear();
  }

  /** A token for these credentials. */
  async token(login: number): Promise<Fetched> {
    this.tokenRequests += 1;
    const fault = this.#fault();
    await this.#timeline.wait(fault === "late" ? 6_000 : this.#chance.whole(50, 800));
    if (fault === "hang" || fault === "hang_after") await this.#timeline.wait(DEADLINE_MS);
    if (fault !== null && fault !== "late") return { kind: "unavailable", detail: fault };
    if (login !== this.login) return { kind: "refused", detail: "invalid_grant" };
    const text = `t${this.tokenRequests}`;
    this.#tokens.set(text, this.#timeline.nowMs + this.tokenLifeMs);
    return { kind: "token", text, region: "eu", livesMs: this.tokenLifeMs };
  }

  /** Sets attributes, whose values are their event times. */
  async put(
    token: string,
    customerId: string,
    attributes: readonly (readonly [string, string])[],
    gone: () => boolean,
  ): Promise<PutAnswer> {
    this.puts += 1;
    const fault = this.#fault();
    const latencyMs = this.#chance.whole(20, 300);
    await this.#timeline.wait(latencyMs);
    if (gone()) return { kind: "later", status: "gone", detail: "" };
    const refusal = this.#refusal(token, attributes);
    if (refusal !== null) return refusal;
    if (fault !== "before" && fault !== "hang" && fault !== "patience") this.#apply(customerId, attributes);
    switch (fault) {
      case null:
        return { kind: "delivered", status: "200" };
      case "late":
        await this.#timeline.wait(DEADLINE_MS / 2);
        return { kind: "delivered", status: "200" };
      case "before":
      case "after":
        return { kind: "later", status: "503", detail: "" };
      case "hang":
      case "hang_after":
        await this.#timeline.wait(DEADLINE_MS - latencyMs);
        return { kind: "later", status: "timeout", detail: "" };
      case "patience":
        return {
          kind: "later",
          status: "429",
          detail: "",
          retryAtMs: this.#timeline.nowMs + this.#chance.whole(1, 60_000),
        };
    }
  }

  #refusal(token: string, attributes: readonly (readonly [string, string])[]): PutAnswer | null {
    if ((this.#tokens.get(token) ?? 0) <= this.#timeline.nowMs) {
      return { kind: "unauthorized", status: "401", detail: "" };
    }
    if (!this.known) return { kind: "site", reason: "unknown_site", status: "404", detail: "" };
    if (!this.open) {
      this.closedPuts.push(this.#timeline.nowMs);
      return { kind: "site", reason: "api_access_disabled", status: "403", detail: "" };
    }
    const offending = attributes.filter(([name]) => this.refuses.has(name));
    if (offending.length === 0) return null;
    const errors = offending.map(([parameter]) => ({ message: "unknown attribute", parameter }));
    return { kind: "rejected", status: "400", detail: "", errors };
  }

  #apply(customerId: string, attributes: readonly (readonly [string, string])[]): void {
    for (const [name, value] of attributes) {
      const key = `${customerId}\n${name}`;
      const atMs = Number(value);
      const before = this.holds.get(key) ?? 0;
      if (atMs < before) this.#broken(`older after newer: ${key} ${atMs} after ${before}`);
      this.holds.set(key, atMs);
    }
  }

  #fault(): (typeof FAULTS)[number] | null {
    return this.#chance.happens(this.faultRate) ? this.#chance.of(FAULTS) : null;
  }
}
