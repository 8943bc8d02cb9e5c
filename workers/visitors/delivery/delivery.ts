// How one shard's changes reach Maxymiser: one call for each customer with all that is new of him, under the site's token. It
// decides nothing about retries and parking but their kind; the buffer does the rest. Pure but for the ports handed in.
import type { Clock } from "../../../src/shared/clock.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../src/shared/clock.ts";
import type { Change } from "../../../src/shared/durable/change.ts";
import type { Limits, Plan, Policy, Stop, Verdict } from "../../../src/shared/durable/policy.ts";
import type { MaxymiserError, PutAnswer, SiteFault } from "../maxymiser/answers.ts";
import { attributeOf, customerOf } from "./held.ts";
import type { Held } from "./held.ts";
import { LEAST_LEFT_MS } from "../access/site-token.ts";
import type { Grant } from "../access/token-keeper.ts";

/** What Maxymiser's simulator takes in one call, of which the real limits are not known (upstreams/maxymiser.md, 4). */
const MAX_ATTRIBUTES = 100;
const MAX_BODY_CHARACTERS = 48_000;
/** A held site whose word got lost is looked at again after this. */
const HOLD_CHECK_MS = HOUR_MS;
const LEAST_WAIT_MS = SECOND_MS;
/** However long Maxymiser asks for, it is tried again after this. */
const LONGEST_WAIT_MS = HOUR_MS;
const MAX_DETAIL = 300;

type Token = Extract<Grant, { kind: "token" }>;

/** One call, and what came of it. */
export interface Attempt {
  customerId: string;
  /** How many attributes it carried. */
  attributes: number;
  deliveryIds: readonly string[];
  outcome: "delivered" | "parked" | "retrying" | "held";
  /** HTTP status, or the kind of failure. */
  status: string;
  ms: number;
}

/** What a delivery needs from its surroundings. None may reject but for a bug. */
export interface DeliveryPorts {
  clock: Clock;
  /** The site's token; `rejected` is the serial of one that was not taken. */
  grant: (rejected?: number) => Promise<Grant>;
  put: (
    token: Pick<Token, "token" | "region">,
    customerId: string,
    attributes: readonly (readonly [string, string])[],
  ) => Promise<PutAnswer>;
  sitePaused: (reason: SiteFault, detail: string) => Promise<void>;
  siteResumed: () => Promise<void>;
  told: (attempt: Attempt) => void;
}

/** See the head of this file. */
export class Delivery implements Policy<Held> {
  readonly limits: Limits;
  readonly #ports: DeliveryPorts;
  #token: Token | null = null;
  #heldFor: string | null = null;
  /** Of a paused site one call goes ahead; the others wait for what it finds. */
  #probe: Promise<Stop | null> | null = null;

  constructor(limits: Limits, ports: DeliveryPorts, observe: NonNullable<Policy<Held>["observe"]>) {
    this.limits = limits;
    this.#ports = ports;
    this.observe = observe;
  }

  readonly observe: NonNullable<Policy<Held>["observe"]>;

  /** What a person must do before anything is sent, as far as is known; null where nothing. */
  get heldFor(): string | null {
    return this.#heldFor;
  }

  kindOf(): string {
    return "update";
  }

  groupOf(key: string): string {
    return customerOf(key);
  }

  plan(changes: Change<Held>[]): Plan<Held> {
    return { calls: [...Map.groupBy(changes, ({ key }) => customerOf(key)).values()] };
  }

  /** The token is void: credentials changed, or the site may work again. */
  forget(): void {
    this.#token = null;
    this.#heldFor = null;
  }

  async ready(): Promise<Stop | null> {
    if (this.#usable()) return null;
    const asked = await this.#ask();
    return asked.kind === "token" ? null : asked;
  }

  async send(changes: readonly Change<Held>[]): Promise<Verdict> {
    if (this.#probe !== null) {
      const stop = await this.#probe;
      return stop ?? (await this.#sendPieces(changes));
    }
    if (this.#token?.probe !== true) return await this.#sendPieces(changes);
    const { promise, resolve } = Promise.withResolvers<Stop | null>();
    this.#probe = promise;
    try {
      const verdict = await this.#sendPieces(changes, true);
      const works = verdict.kind === "delivered" || verdict.kind === "refused";
      if (works) await this.#ports.siteResumed();
      if (works && this.#token !== null) this.#token = { ...this.#token, probe: false };
      resolve(works ? null : this.#stopAfter(verdict));
      return verdict;
    } finally {
      this.#probe = null;
      resolve({ kind: "retry", reason: "probe_failed" });
    }
  }

  #usable(): boolean {
    return this.#token !== null && this.#token.expiresAtMs - this.#ports.clock() >= LEAST_LEFT_MS / 2;
  }

  /** Takes a token, or says what to wait for. */
  async #ask(rejected?: number): Promise<Token | Stop> {
    const grant = await this.#ports.grant(rejected);
    this.#heldFor = grant.kind === "hold" && grant.reason !== "unavailable" ? grant.reason : null;
    if (grant.kind === "token") {
      this.#token = grant;
      return grant;
    }
    this.#token = null;
    const { reason, untilMs } = grant;
    const nowMs = this.#ports.clock();
    // The site's object lives by another clock: what is over there may not be so here, and must not be asked in a circle.
    const atMs = Math.max(untilMs ?? nowMs + HOLD_CHECK_MS, nowMs + LEAST_WAIT_MS);
    if (reason === "unavailable") return { kind: "retry", reason: "no_token", retryAtMs: atMs };
    return { kind: "hold", reason, checkAtMs: atMs };
  }

  /** A customer's attributes in one call, or one after the other where they are too many for one. */
  async #sendPieces(changes: readonly Change<Held>[], probing = false): Promise<Verdict> {
    const offending: string[] = [];
    let refusal: Extract<Verdict, { kind: "refused" }> | null = null;
    for (const piece of piecesOf(changes)) {
      const verdict = await this.#call(piece, probing);
      if (verdict.kind === "refused") {
        refusal = verdict;
        offending.push(...(verdict.keys ?? piece.map(({ key }) => key)));
      } else if (verdict.kind !== "delivered") {
        return verdict;
      }
    }
    return refusal === null ? { kind: "delivered" } : { ...refusal, keys: offending };
  }

  async #call(changes: readonly Change<Held>[], probing: boolean): Promise<Verdict> {
    const customerId = customerOf(changes[0]!.key);
    const attributes = changes.map(({ key, value }) => [attributeOf(key), value[0]] as const);
    const startedMs = this.#ports.clock();
    const answer = await this.#answer(customerId, attributes, probing);
    if ("checkAtMs" in answer || answer.kind === "retry") return answer;
    const verdict = await this.#verdictOf(answer, changes);
    const outcome = OUTCOMES[verdict.kind];
    const deliveryIds = [...new Set(changes.flatMap(({ value }) => value[1] ?? []))];
    const ms = this.#ports.clock() - startedMs;
    this.#ports.told({
      customerId,
      attributes: attributes.length,
      deliveryIds,
      outcome,
      status: answer.status,
      ms,
    });
    return verdict;
  }

  /** Maxymiser's answer; a rejected token is replaced once and the call repeated once. */
  async #answer(
    customerId: string,
    attributes: readonly (readonly [string, string])[],
    probing: boolean,
  ): Promise<PutAnswer | Stop> {
    let rejected: number | undefined;
    for (;;) {
      let token = this.#usable() ? this.#token : null;
      if (token === null || token.serial === rejected) {
        const asked = await this.#ask(rejected);
        if (asked.kind !== "token") return asked;
        // Not the one remembered: a call beside this one may have learnt meanwhile that there is none.
        token = asked;
      }
      // The site was paused meanwhile, and calls that were under way all learn it here: the next drain begins with one probe.
      if (token.probe && !probing) {
        return { kind: "retry", reason: "unauthorized", retryAtMs: this.#ports.clock() + LEAST_WAIT_MS };
      }
      const answer = await this.#ports.put(token, customerId, attributes);
      if (answer.kind !== "unauthorized" || rejected !== undefined) return answer;
      rejected = token.serial;
    }
  }

  async #verdictOf(answer: PutAnswer, changes: readonly Change<Held>[]): Promise<Verdict> {
    const nowMs = this.#ports.clock();
    switch (answer.kind) {
      case "delivered":
        return { kind: "delivered" };
      case "unauthorized":
        return { kind: "retry", reason: "unauthorized" };
      case "site":
        this.#token = null;
        this.#heldFor = answer.reason;
        await this.#ports.sitePaused(answer.reason, withoutVisitor(answer.detail, changes));
        return { kind: "hold", reason: answer.reason, checkAtMs: nowMs + MINUTE_MS };
      case "rejected":
        return refusalOf(answer, changes);
      case "later": {
        const { status, retryAtMs } = answer;
        const retry = retryAtMs === undefined ? {} : { retryAtMs: Math.min(retryAtMs, nowMs + LONGEST_WAIT_MS) };
        if (status === "429") return { kind: "retry", reason: "rate_limited", ...retry };
        return { kind: "retry_call", reason: reasonOf(status), ...retry };
      }
    }
  }

  /** What the calls behind a probe do when it did not get through. */
  #stopAfter(verdict: Verdict): Stop {
    if (verdict.kind === "hold" || verdict.kind === "retry") return verdict;
    // Nothing was learnt: the next probe has its time, which the site's token knows.
    return { kind: "retry", reason: "unavailable" };
  }
}

const OUTCOMES = {
  delivered: "delivered",
  refused: "parked",
  retry: "retrying",
  retry_call: "retrying",
  hold: "held",
} as const satisfies Record<Verdict["kind"], Attempt["outcome"]>;

function reasonOf(status: string): string {
  return /^[0-9]+$/.test(status) ? "unavailable" : status;
}

/** Attributes that Maxymiser names are parked alone, with its words; where it names none, all of the call are. */
function refusalOf(
  { detail, errors }: Extract<PutAnswer, { kind: "rejected" }>,
  changes: readonly Change<Held>[],
): Verdict {
  const named = new Map(errors.flatMap((error) => (error.parameter === null ? [] : [[error.parameter, error]])));
  const keys = changes.map(({ key }) => key).filter((key) => named.has(attributeOf(key)));
  const words = (some: Iterable<MaxymiserError>) =>
    [...new Set([...some].map(({ message }) => message))].filter((message) => message !== "").join("; ");
  const said = words(keys.length > 0 ? keys.map((key) => named.get(attributeOf(key))!) : errors) || detail;
  return {
    kind: "refused",
    reason: "rejected",
    detail: withoutVisitor(said, changes).slice(0, MAX_DETAIL),
    keys: keys.length > 0 ? keys : changes.map(({ key }) => key),
  };
}

/** Shorter values say nothing of anybody, and striking them out would make the words unreadable. */
const TELLING_CHARACTERS = 4;

/** Maxymiser may repeat the customer's id or his values, which are shown nowhere. */
function withoutVisitor(words: string, changes: readonly Change<Held>[]): string {
  const values = changes.map(({ value }) => value[0]).filter((value) => value.length >= TELLING_CHARACTERS);
  const raw = [customerOf(changes[0]!.key), ...values];
  const forms = raw.flatMap((text) => [text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1)]);
  // The longest first, as one may hold another.
  return forms.toSorted((a, b) => b.length - a.length).reduce((told, form) => told.replaceAll(form, "***"), words);
}

function piecesOf(changes: readonly Change<Held>[]): Change<Held>[][] {
  const pieces: Change<Held>[][] = [];
  let characters = 0;
  for (const change of changes) {
    const size = JSON.stringify(attributeOf(change.key)).length + JSON.stringify(change.value[0]).length + 2;
    const last = pieces.at(-1);
    if (last === undefined || last.length >= MAX_ATTRIBUTES || characters + size > MAX_BODY_CHARACTERS) {
      pieces.push([change]);
      characters = size;
    } else {
      last.push(change);
      characters += size;
    }
  }
  return pieces;
}
