// One network's step of the job `programmes`: reads the joined list, compares it with the one before, and lets the difference
// act in portions, each one transaction. A list that says little is doubted before anything leaves.
import { HOUR_MS } from "../../../src/shared/clock.ts";
import { database } from "../../../src/shared/db/client.ts";
import type { Step, StepResult, SteppedJob } from "../../../src/shared/jobs/job.ts";
import { auditRow } from "../../../src/shared/audit/row.ts";
import type { Deps } from "../../../src/shared/deps.ts";
import { log } from "../../../src/shared/telemetry/log.ts";
import { noteCredentialUse } from "../../../src/shared/vault/credentials.ts";
import { lossOf } from "../catalogue/store-batch.ts";
import { NETWORK_IDS } from "../networks.ts";
import type { ReportClient, ReportNetwork, ReportSession } from "../networks/report-client.ts";
import { hostsToLookUp, planProgrammes } from "./programme-plan.ts";
import type { ProgrammePlan, Transitions } from "./programme-plan.ts";
import { networksWithCredentials, nextCall, openSession, troubled } from "./service-network.ts";
import type { Polling } from "./service-poll.ts";
import { AUTHOR, changesAnything, knownOf, writePlan } from "./store-placing.ts";
import * as lists from "./store-programmes.ts";
import type { ListKey } from "./store-programmes.ts";

/** What the job needs besides the bindings. `publish` makes the changed routing table known. */
export interface Programmes extends Polling {
  publish: (env: Env, deps: Deps) => Promise<unknown>;
}

/** What a step keeps between pages and attempts. */
interface Reading {
  /** The page to ask next; null: the list is whole. */
  cursor: string | null;
  whole: boolean;
  /** When the last page came. */
  atMs: number;
  /** How often the list was begun. */
  beginnings: number;
  /** Something stands in the list of which not even the id can be read: nobody can be said to have left. */
  blind: boolean;
  /** Stores, relations or rules were changed. */
  changed: boolean;
}

/** What a step kept; null if it is none of this version of the code. */
function readReading(saved: unknown): Reading | null {
  const kept = saved as Partial<Reading> | null;
  const whole = typeof kept?.atMs === "number" && typeof kept.beginnings === "number";
  return whole ? (kept as Reading) : null;
}

/** A list whose last page is older may have moved under its pages: it is read from its beginning, but not for ever. */
const RESUME_WITHIN_MS = HOUR_MS;
const MAX_BEGINNINGS = 3;
/** 500 pages of the smallest networks' size are 100,000 programmes: no network has as many. */
const MAX_PAGES = 500;
/** Programmes of one transaction; about 30 queries, of 1,000 that D1 answers an invocation. */
const AT_ONCE = 300;
const PORTIONS_AN_ATTEMPT = 20;
/** How often a portion is decided anew when operators or other networks were faster. */
const MAX_ROUNDS = 12;
/** Programmes without a domain that are named in the run. */
const NAMED = 5;

/** The job `programmes`: a step for each network that has credentials. */
export function programmesJob(programmes: Programmes): SteppedJob {
  return {
    steps: async (env) => await networksWithCredentials(env, programmes.clients),
    async step(step, env, deps) {
      const client = programmes.clients[step.name as ReportNetwork];
      const opened = await openSession(step, client, env, deps);
      if (!("session" in opened)) return opened;
      return await new List(step, client, opened.session, programmes, env, deps).follow();
    },
  };
}

/** One attempt at one network. */
class List {
  readonly #step: Step;
  readonly #client: ReportClient;
  readonly #session: ReportSession;
  readonly #programmes: Programmes;
  readonly #env: Env;
  readonly #deps: Deps;
  readonly #key: ListKey;
  #reading: Reading;

  constructor(step: Step, client: ReportClient, session: ReportSession, programmes: Programmes, env: Env, deps: Deps) {
    this.#step = step;
    this.#client = client;
    this.#session = session;
    this.#programmes = programmes;
    this.#env = env;
    this.#deps = deps;
    this.#key = { networkId: NETWORK_IDS[client.network], runId: step.runId };
    const kept = readReading(step.progress);
    const fresh = kept !== null && (kept.whole || deps.clock() - kept.atMs < RESUME_WITHIN_MS);
    const beginnings = (kept?.beginnings ?? 0) + 1;
    this.#reading = fresh ? kept : { cursor: null, whole: false, atMs: 0, beginnings, blind: false, changed: false };
  }

  async follow(): Promise<StepResult> {
    if (!this.#reading.whole) {
      const trouble = await this.#read();
      if (trouble !== null) return trouble;
    }
    return (await this.#doubt()) ?? (await this.#act());
  }

  /** Reads the list, saving each page before the next is asked. Null: it is whole. */
  async #read(): Promise<StepResult | null> {
    const { db } = this.#step;
    const { network } = this.#client;
    if (this.#reading.beginnings > MAX_BEGINNINGS) {
      return { kind: "failed", reason: `${network}'s list never came to its end.`, final: true };
    }
    for (let pages = 0; pages < MAX_PAGES; pages++) {
      const { cursor, blind } = this.#reading;
      await nextCall(db, this.#client, this.#programmes.wait, this.#deps.clock());
      const page = await this.#client.programmes(cursor, this.#session);
      if (!page.ok) return await troubled(db, network, page.failure, "Nothing was changed.", this.#deps.clock());
      const { programmes, unread = [], next, warnings } = page.value;
      if (next !== null && next === cursor) {
        return { kind: "failed", reason: `${network} leads from a page to the same page.` };
      }
      const begin = cursor === null ? [lists.forgetLists(db, this.#key.networkId)] : [];
      const ids = unread.filter((id) => id !== null);
      this.#reading = {
        ...this.#reading,
        cursor: next,
        whole: next === null,
        atMs: this.#deps.clock(),
        blind: blind || ids.length < unread.length,
      };
      // An empty list is kept by nobody: what is saved counts as headway, and it must be asked for again.
      if (cursor === null && next === null && programmes.length === 0 && unread.length === 0) {
        return await this.#emptyList();
      }
      await this.#step.save(this.#reading, {
        counts: { pages: 1, programmes: programmes.length },
        warnings,
        statements: [...begin, ...lists.addToList(db, this.#key, programmes, ids)],
      });
      if (next === null) return null;
    }
    return { kind: "failed", reason: `${network}'s list has no end after ${MAX_PAGES} pages.`, final: true };
  }

  async #emptyList(): Promise<StepResult> {
    const { known } = await lists.sizesOf(this.#step.db, this.#key);
    if (known > 0) return this.#isEmpty(known);
    await noteCredentialUse(this.#step.db, this.#client.network, this.#deps.clock(), null);
    return { kind: "done" };
  }

  #isEmpty(known: number) {
    const { network } = this.#client;
    const reason = `${network}'s list is empty; the last one had ${known} programmes. None was taken to have left.`;
    return { kind: "failed" as const, reason };
  }

  /** Before anything leaves: an empty list is a failure, and one that lost more than half is an operator's to confirm. */
  async #doubt(): Promise<StepResult | null> {
    const { listed, known, leaving } = await lists.sizesOf(this.#step.db, this.#key);
    if (listed === 0 && known > 0) return { ...this.#isEmpty(known), final: true };
    if (this.#reading.blind || this.#step.confirmed || this.#reading.changed || leaving * 2 <= known) return null;
    const { network } = this.#client;
    const reason = `${leaving} of ${known} programmes are missing in ${network}'s list. Nothing was changed. Confirm the run to let them leave.`;
    return { kind: "needs_confirmation", reason };
  }

  /** Lets the differences act, portion by portion, and publishes once. */
  async #act(): Promise<StepResult> {
    const { db } = this.#step;
    const waiting = await lists.placeable(db, this.#key, AT_ONCE);
    if (waiting.length > 0) await this.#portion({ joined: [], left: [], placeable: waiting });
    for (let portions = 0; ; portions++) {
      const { joined, left } = await lists.differences(database(this.#env), this.#key, AT_ONCE);
      const leaving = this.#reading.blind ? [] : left;
      if (joined.length + leaving.length === 0) break;
      if (portions >= PORTIONS_AN_ATTEMPT) {
        return { kind: "wait", afterSeconds: 1, reason: "There is more to change than one attempt may." };
      }
      await this.#portion({ joined, left: leaving, placeable: [] });
    }
    if (this.#reading.changed) await this.#publish();
    await this.#step.save(this.#reading, {
      warnings: [...(await this.#waitingForDomain()), ...this.#blindness()],
      statements: [lists.forgetLists(db, this.#key.networkId)],
    });
    await noteCredentialUse(db, this.#client.network, this.#deps.clock(), null);
    return { kind: "done" };
  }

  /** One transaction: what the transitions do, that they were acted upon, and the audit row. */
  async #portion(transitions: Transitions): Promise<void> {
    const { networkId } = this.#key;
    const listed = [...transitions.joined, ...transitions.placeable];
    const ids = [...listed.map(({ externalId }) => externalId), ...transitions.left];
    for (let round = 1; ; round++) {
      const nowMs = this.#deps.clock();
      // A session of its own each time: only its first query is sure to see what others have just written.
      const db = database(this.#env);
      const known = await knownOf(db, networkId, ids, hostsToLookUp(listed), nowMs);
      const plan = planProgrammes(networkId, transitions, known, nowMs);
      const changes = changesAnything(plan);
      const reading = { ...this.#reading, changed: this.#reading.changed || changes };
      try {
        await this.#step.save(reading, {
          counts: countsOf(transitions, plan),
          warnings: plan.warnings,
          statements: [
            ...writePlan(this.#step.db, networkId, plan, known.version, nowMs),
            ...lists.noteActed(this.#step.db, networkId, transitions.joined, transitions.left, nowMs),
            ...(changes ? [this.#audit(transitions, plan, nowMs)] : []),
          ],
        });
        this.#reading = reading;
        return;
      } catch (error) {
        if (lossOf(error) === null || round === MAX_ROUNDS) throw error;
      }
    }
  }

  #audit({ joined, left }: Transitions, plan: ProgrammePlan, nowMs: number) {
    return auditRow(this.#step.db, {
      actor: AUTHOR,
      action: "programmes.follow",
      subject: `network:${this.#client.network}`,
      after: {
        runId: this.#step.runId,
        joined: joined.map(({ externalId }) => externalId),
        left,
        newStores: plan.newStores.map(({ id }) => id),
        rulesOf: plan.rules.map(({ storeId }) => storeId),
      },
      at: nowMs,
    });
  }

  /** A change stands whatever happens here: the sweep publishes what this could not. */
  async #publish(): Promise<void> {
    try {
      await this.#programmes.publish(this.#env, this.#deps);
    } catch (error) {
      log("publish_failed", { level: "error", runId: this.#step.runId, error });
    }
  }

  async #waitingForDomain(): Promise<string[]> {
    const { count, first } = await lists.waitingForDomain(database(this.#env), this.#key.networkId, NAMED);
    if (count === 0) return [];
    const named = first.map(({ storeId, name, externalId }) => `${name} (${externalId}, store ${storeId})`).join(", ");
    const more = count > first.length ? ` and ${count - first.length} more` : "";
    return [`${count} without a domain until an operator gives it to the store: ${named}${more}.`];
  }

  #blindness(): string[] {
    return this.#reading.blind ? ["The list holds rows without a readable id, so nobody was taken to have left."] : [];
  }
}

function countsOf({ joined, left, placeable }: Transitions, plan: ProgrammePlan): Record<string, number> {
  return {
    joined: joined.length,
    left: left.length,
    ...(placeable.length > 0 ? { placed: placeable.length } : {}),
    newStores: plan.newStores.length,
    rulesChanged: plan.rules.filter(({ made }) => made !== null).length,
    rulesClosed: plan.rules.filter(({ made }) => made === null).length,
  };
}
