// One site's token for all who ask: one request at a time, whoever waits, and what it learns is told to the shell, which
// remembers it. Pure but for the ports that are handed in; the same code runs in the object and in the simulation.
import type { Clock } from "../../../src/shared/clock.ts";
import type { SiteFault } from "../maxymiser/answers.ts";
import * as access from "./site-token.ts";
import type { AccessState, Ask, HoldReason } from "./site-token.ts";

/** What a request for a token came to. */
export type Fetched =
  | { kind: "token"; text: string; region: string; livesMs: number }
  | { kind: "missing" }
  | { kind: "refused"; detail: string }
  | { kind: "unavailable"; detail: string; retryAtMs?: number };

/** What an asker gets. `probe`: one call only, to see whether a paused site works again. */
export type Grant =
  | { kind: "token"; token: string; serial: number; region: string; expiresAtMs: number; probe: boolean }
  | { kind: "hold"; reason: HoldReason; untilMs: number | null; detail: string };

export interface KeeperPorts {
  clock: Clock;
  /** In [0, 1). */
  chance: () => number;
  /** One request with the credentials of now. */
  fetchToken: () => Promise<Fetched>;
  /** Called after each change, in the same turn. */
  remember: (state: AccessState) => void;
}

/** Rounds of one asker: a first flight may have used credentials that were changed meanwhile. */
const MAX_ROUNDS = 4;

/** See the head of this file. */
export class TokenKeeper {
  readonly #ports: KeeperPorts;
  #state: AccessState;
  #flight: Promise<void> | null = null;
  /** Grows when credentials change: a flight that left before must not say anything any more. */
  #generation = 0;

  constructor(ports: KeeperPorts, state: AccessState) {
    this.#ports = ports;
    this.#state = state;
  }

  get state(): AccessState {
    return this.#state;
  }

  /** A token, or what the site waits for. Never rejects. */
  async ask(asked: Ask): Promise<Grant> {
    let ask = asked;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const nowMs = this.#ports.clock();
      const decision = access.decide(this.#state, nowMs, ask);
      if (decision.kind === "hold") return decision;
      if (decision.kind === "hand_out") return this.#hand(decision.token, decision.probe, nowMs);
      if (decision.token !== null) {
        // Whoever needs the next token meets the same failure.
        this.#fly().catch(() => {});
        return this.#hand(decision.token, decision.probe, nowMs);
      }
      if (decision.forced) {
        this.#set(access.forced(this.#state, nowMs));
        // He alone may go on though the site is paused: his was the probe.
        if (ask.purpose === "deliver") ask = { purpose: "repeat" };
      }
      await this.#fly();
    }
    return { kind: "hold", reason: "unavailable", untilMs: this.#ports.clock() + 1_000, detail: "Maxymiser is slow." };
  }

  /** Renews a token that is in use and at half its life; else does nothing. */
  async renew(): Promise<void> {
    const dueAtMs = access.renewalDueAtMs(this.#state);
    if (dueAtMs !== null && this.#ports.clock() >= dueAtMs) await this.#fly();
  }

  /** Credentials were put or deleted. */
  credentialsChanged(): void {
    this.#generation += 1;
    this.#flight = null;
    this.#set(access.changed(this.#state));
  }

  /** A delivery met a site that takes none. */
  paused(reason: SiteFault, detail: string): void {
    this.#set(access.pausedBy(this.#state, this.#ports.clock(), reason, detail));
  }

  /** A delivery got through. */
  resumed(): void {
    if (this.#state.pause !== null) this.#set(access.resumed(this.#state));
  }

  #hand(token: access.Token, probe: boolean, nowMs: number): Grant {
    const { text, serial, region, expiresAtMs } = token;
    if (probe || this.#state.uses === 0) this.#set(access.handedOut(this.#state, nowMs, probe));
    return { kind: "token", token: text, serial, region, expiresAtMs, probe };
  }

  #fly(): Promise<void> {
    if (this.#flight !== null) return this.#flight;
    const flight = this.#request(this.#generation).finally(() => {
      if (this.#flight === flight) this.#flight = null;
    });
    this.#flight = flight;
    return flight;
  }

  async #request(generation: number): Promise<void> {
    let fetched: Fetched;
    try {
      fetched = await this.#ports.fetchToken();
    } catch {
      fetched = { kind: "unavailable", detail: "The token could not be asked for." };
    }
    if (generation === this.#generation) this.#set(this.#after(fetched, this.#ports.clock()));
  }

  #after(fetched: Fetched, nowMs: number): AccessState {
    const { chance } = this.#ports;
    switch (fetched.kind) {
      case "token":
        return access.obtained(this.#state, nowMs, fetched, chance());
      case "missing":
        return access.needing(this.#state, nowMs, "missing", "There are no credentials for this site.");
      case "refused":
        return access.needing(this.#state, nowMs, "refused", fetched.detail);
      case "unavailable":
        return access.unavailable(this.#state, nowMs, fetched.retryAtMs, chance());
    }
  }

  #set(state: AccessState): void {
    this.#state = state;
    this.#ports.remember(state);
  }
}
