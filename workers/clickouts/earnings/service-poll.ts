// One network's step of the job `transactions`: its slices in order, each page stored with the progress before the next is
// asked. Whatever fails, the next attempt goes on from the last stored page; a secret never leaves in a reason.
import { MINUTE_MS } from "../../../src/shared/clock.ts";
import { inChunks } from "../../../src/shared/db/chunk.ts";
import type { Step, StepResult, SteppedJob } from "../../../src/shared/jobs/job.ts";
import type { Deps } from "../../../src/shared/deps.ts";
import { noteCredentialUse } from "../../../src/shared/vault/credentials.ts";
import type {
  Reported,
  ReportClient,
  ReportNetwork,
  ReportSession,
  ReportSlice,
  Sale,
  SalesPage,
} from "../networks/report-client.ts";
import { foldRows, newsOf, transactionId } from "./merge.ts";
import { afterPage, begun, windows, withRound } from "./plan.ts";
import type { Progress } from "./plan.ts";
import { attribute } from "./service-attribute.ts";
import { networksWithCredentials, nextCall, openSession, troubled } from "./service-network.ts";
import type { OpenedSession } from "./service-network.ts";
import { transactionsById, writeTransactions } from "./store-transactions.ts";
import type { Transaction } from "./transaction.ts";

/** An attempt hands over to the next after this: an invocation of a queue lives 15 minutes, a call may take one. */
const ATTEMPT_MS = 8 * MINUTE_MS;
/** Rows of one read and one batch: some 300 KB of JSON. */
const ROWS_AT_ONCE = 500;
/** D1 answers 1,000 queries an invocation; a portion takes up to eight, with its read and its page's turn. */
const PORTIONS_AN_ATTEMPT = 100;
/** What polling needs besides the bindings. */
export interface Polling {
  clients: Readonly<Record<ReportNetwork, ReportClient>>;
  /** Resolves after so many milliseconds. */
  wait: (ms: number) => Promise<void>;
}

type SalesProgress = Progress<ReportSlice>;

/** The job `transactions`: a step for each network that has credentials. */
export function transactionsJob(polling: Polling): SteppedJob {
  return {
    steps: async (env) => await networksWithCredentials(env, polling.clients),
    async step(step, env, deps) {
      const client = polling.clients[step.name as ReportNetwork];
      const opened = await openSession(step, client, env, deps);
      if (!("session" in opened)) return opened;
      return await new Poll(step, client, opened, polling, env, deps).read();
    },
  };
}

/** One attempt at one network. */
class Poll {
  readonly #step: Step;
  readonly #client: ReportClient;
  readonly #revision: number;
  readonly #session: ReportSession;
  readonly #wait: Polling["wait"];
  readonly #env: Env;
  readonly #deps: Deps;
  #portions = 0;

  constructor(
    step: Step,
    client: ReportClient,
    { session, revision }: OpenedSession,
    { wait }: Polling,
    env: Env,
    deps: Deps,
  ) {
    this.#step = step;
    this.#client = client;
    this.#revision = revision;
    this.#wait = wait;
    this.#env = env;
    this.#deps = deps;
    this.#session = session;
  }

  /** Reads until there is nothing left of this run, or until the attempt is over. */
  async read(): Promise<StepResult> {
    const { clock } = this.#deps;
    const step = this.#step;
    const endMs = clock() + ATTEMPT_MS;
    const saved = { own: step.progress, previous: step.previous };
    let progress: SalesProgress = begun(saved, this.#revision, clock());
    for (;;) {
      if (progress.round === null) {
        // A round that an earlier run left is ended first; what has happened since is a round of its own.
        if (progress.coveredToMs !== null && progress.coveredToMs >= step.runStartedAtMs) break;
        progress = this.#planned(progress);
      }
      const { round } = progress;
      const slice = round?.slices[round.at];
      if (round === null || slice === undefined) continue;
      if (clock() >= endMs || this.#portions >= PORTIONS_AN_ATTEMPT) {
        return { kind: "wait", afterSeconds: 1, reason: "There is more to read than one attempt may." };
      }
      const page = await this.#call(slice, round.cursor);
      if (!page.ok) {
        const where = `Stored up to part ${round.at + 1} of ${round.slices.length}.`;
        return await troubled(step.db, this.#client.network, page.failure, where, clock());
      }
      if (page.value.next !== null && page.value.next === round.cursor) {
        return { kind: "failed", reason: `${this.#client.network} leads from a page to the same page.` };
      }
      const after = afterPage(progress, page.value.next);
      await this.#store(page.value, progress, after);
      progress = after;
    }
    await noteCredentialUse(step.db, this.#client.network, clock(), null);
    return { kind: "done" };
  }

  #planned(progress: SalesProgress): SalesProgress {
    const nowMs = this.#deps.clock();
    const { recent, changes } = windows(progress, nowMs);
    const slices = this.#client.slices(recent, "recent");
    if (changes !== null) slices.push(...this.#client.slices(changes, "changes"));
    return withRound(progress, slices, nowMs, changes !== null);
  }

  /** One page, when the network's limit allows it. */
  async #call(slice: ReportSlice, cursor: string | null): Promise<Reported<SalesPage>> {
    await nextCall(this.#step.db, this.#client, this.#wait, this.#deps.clock());
    return await this.#client.sales(slice, cursor, this.#session);
  }

  /** Stores a page in portions. Only the last one moves the progress: after a crash between two, the page is read again. */
  async #store({ sales, warnings }: SalesPage, before: SalesProgress, after: SalesProgress): Promise<void> {
    const { network } = this.#client;
    const nowMs = this.#deps.clock();
    const stored = await this.#stored(sales);
    const { transactions, unasked } = await attribute(this.#env, foldRows(network, stored, sales, nowMs));
    const news = newsOf(stored, transactions);
    const changes = Map.groupBy(news.changes, ({ transactionId }) => transactionId);
    const portions = news.rows.length === 0 ? [[]] : [...inChunks(news.rows, ROWS_AT_ONCE)];
    const missed =
      unasked === 0 ? [] : [`${unasked} clicks could not be looked up; the next report asks for them again.`];
    const { created } = news;
    for (const [n, rows] of portions.entries()) {
      const last = n === portions.length - 1;
      const changed = rows.flatMap(({ id }) => changes.get(id) ?? []);
      this.#portions += 1;
      await this.#step.save(last ? after : before, {
        counts: last ? { pages: 1, rows: sales.length, created, changed: news.rows.length - created } : {},
        warnings: last ? [...missed, ...warnings] : [],
        statements: writeTransactions(this.#step.db, rows, changed, nowMs),
      });
    }
  }

  /** What is stored of a page's transactions. */
  async #stored(sales: readonly Sale[]): Promise<Map<string, Transaction>> {
    const ids = [...new Set(sales.map(({ externalId }) => transactionId(this.#client.network, externalId)))];
    const stored = new Map<string, Transaction>();
    for (const some of inChunks(ids, ROWS_AT_ONCE)) {
      for (const [id, one] of await transactionsById(this.#step.db, some)) stored.set(id, one);
    }
    return stored;
  }
}
