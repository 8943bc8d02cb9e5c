// The job `transactions` as it runs in production, against the sandbox's ledger: one clock for all, the queue with its
// delays and repeats, D1 with its limits, and a look into the books.
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { demoCredentials } from "../../sandbox/demo.ts";
import { seeded } from "../../sandbox/seeded.ts";
import { SECOND_MS } from "../../src/shared/clock.ts";
import { database, together } from "../../src/shared/db/client.ts";
import { listRuns } from "../../src/shared/jobs/list.ts";
import type { RunRow } from "../../src/shared/jobs/list.ts";
import { confirmRun, startRun } from "../../src/shared/jobs/start.ts";
import type { Deps } from "../../src/shared/deps.ts";
import type { System } from "../../src/shared/system.ts";
import { sealCredential } from "../../src/shared/vault/credentials.ts";
import { compose } from "../../workers/compose.ts";
import type { ClickTuple } from "../../workers/clickouts/clicks/click.ts";
import { newClickId, storeCode } from "../../workers/clickouts/clicks/click-id.ts";
import type { ClickLogDoor } from "../../workers/clickouts/clicks/click-log.ts";
import { logOf } from "../../workers/clickouts/clicks/handover.ts";
import { transactionsJob } from "../../workers/clickouts/earnings/service-poll.ts";
import { programmesJob } from "../../workers/clickouts/earnings/service-programmes.ts";
import { reportClients } from "../../workers/clickouts/networks/reports.client.ts";
import type { ReportClient, ReportNetwork } from "../../workers/clickouts/networks/report-client.ts";
import { transaction, transactionChange } from "../../workers/clickouts/tables.ts";
import { sandboxFetch, sandbox } from "./outgoing.ts";
import { production, World } from "./production/index.ts";

const HOUR_MS = 3_600_000;

/** One house that polls. */
export interface PollingHouse {
  clock: () => number;
  deps: Deps;
  /** Runs the job until its queue is empty, at most for an hour of the clock; its run. */
  run(): Promise<RunRow>;
  /** Starts the job and delivers what is due now, no more. */
  begin(): Promise<string>;
  deliver(): Promise<void>;
  /** What waits in the queue. */
  waiting(): number;
  /** Delivers until nothing waits or the clock has gone on for so long. */
  settle(ms?: number): Promise<void>;
  newest(): Promise<RunRow>;
  /** An operator agrees to what a run asks. */
  confirm(runId: string): Promise<void>;
}

/** What a test may change of the house. */
export interface HouseOptions {
  /** The job that is run; `transactions` unless another is named. */
  job?: "transactions" | "programmes";
  /** Called when `programmes` makes the changed table known. */
  publish?: (env: Env, deps: Deps) => Promise<unknown>;
  networks?: readonly ReportNetwork[];
  clients?: Partial<Record<ReportNetwork, ReportClient>>;
  /** Called with every wait of the job. */
  onWait?: (ms: number) => void;
  bindings?: (env: Env) => Env;
  /** Of each acknowledged message, the share that comes again. */
  repeats?: number;
}

/** Opens the house at `atMs` by everybody's clock, with the demo company's credentials of these networks. */
export async function pollingHouse(atMs: number, options: HouseOptions = {}): Promise<PollingHouse> {
  const { clock } = sandbox();
  clock.set(atMs);
  const deps: Deps = { clock: clock.now, fetch: sandboxFetch };
  const world = new World();
  const queue = world.queue("POLLING_QUEUE", clock.now, {
    batchSize: 1,
    repeats: options.repeats ?? 0,
    random: seeded(7),
  });
  const bindings = () => {
    const guarded = production(env, { clock: clock.now, world });
    return options.bindings === undefined ? guarded : options.bindings(guarded);
  };
  const wait = async (ms: number) => {
    options.onWait?.(ms);
    clock.advance(ms);
  };
  const polling = { clients: { ...reportClients, ...options.clients }, wait };
  const publish = options.publish ?? (async () => undefined);
  const system: System = {
    name: "clickouts",
    jobs: { transactions: transactionsJob(polling), programmes: programmesJob({ ...polling, publish }) },
  };
  const job = options.job ?? "transactions";
  const worker = compose([system], deps);
  await giveCredentials(options.networks ?? ["afilio", "awin", "lomadee", "rakuten"]);
  const deliver = async () =>
    await queue.drain(async (batch) => worker.queue(batch, bindings(), createExecutionContext()));
  const begin = async () => (await startRun([system], job, "cron", bindings(), deps)).runId;
  const newest = async () => (await listRuns(database(env), {}, 1))[0]!;
  const settle = async (ms = HOUR_MS) => {
    for (const end = clock.now() + ms; queue.length > 0 && clock.now() < end; clock.advance(SECOND_MS)) await deliver();
  };
  return {
    clock: clock.now,
    deps,
    begin,
    deliver,
    newest,
    settle,
    waiting: () => queue.length,
    confirm: async (runId) => await confirmRun(runId, bindings(), deps, { actor: "root", requestId: "req_test_0001" }),
    async run() {
      await begin();
      await settle();
      return await newest();
    },
  };
}

async function giveCredentials(networks: readonly ReportNetwork[]): Promise<void> {
  const db = database(env);
  const sealed = await Promise.all(networks.map((name) => sealCredential(env, db, name, demoCredentials[name], 1)));
  await together(
    db,
    sealed.map(({ statement }) => statement),
  );
}

/** Everything stored, without the times of the reading itself. */
export async function books() {
  const db = database(env);
  const rows = await db.select().from(transaction).orderBy(transaction.id);
  const changes = await db.select().from(transactionChange).orderBy(transactionChange.id);
  return {
    rows: rows.map((row) => ({ ...row, firstSeenAt: 0, changedAt: 0 })),
    changes: changes.map(({ transactionId, field, from, to }) => ({ transactionId, field, from, to })),
  };
}

/** Sums by network, currency and status, as the ledger's truth tells them. */
export async function bookTotals() {
  const { rows } = await books();
  const groups = Map.groupBy(rows, (row) => `${row.network} ${row.saleCurrency} ${row.status}`);
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, group]) => ({
      network: group[0]!.network,
      currency: group[0]!.saleCurrency,
      status: group[0]!.status,
      count: group.length,
      saleMinor: group.reduce((sum, row) => sum + row.saleMinor, 0),
      commissionMinor: group.reduce((sum, row) => sum + row.commissionMinor, 0),
    }));
}

/** A click on its day's log. */
export interface LoggedClick {
  id: string;
  storeId: number;
  ref: string | null;
}

/** Writes clicks to their days' logs. */
export async function logClicks(
  clicks: readonly { atMs: number; storeId: number; ref: string }[],
  shards = 1,
): Promise<LoggedClick[]> {
  const made = clicks.map(({ atMs, storeId, ref }) => ({ id: newClickId(atMs, storeCode(storeId)), storeId, ref }));
  for (const [name, those] of Map.groupBy(made, ({ id }) => logOf(id, shards))) {
    const tuples = those.map(({ id, storeId, ref }): ClickTuple => {
      const url = "https://loja.example/p";
      return [id, url, storeId, "awin", 1, "tracked", "", [], "none", 0, "BR", "", ref, 0, "192.0.2.1", "x"];
    });
    const log = env.CLICK_LOG.getByName(name) as unknown as ClickLogDoor;
    await log.append(JSON.stringify({ clicks: tuples, rejected: {}, waitedMs: [] }));
  }
  return made.map(({ ref, ...click }) => ({ ...click, ref: ref === "" ? null : ref }));
}
