// What the jobs that read a network's reports have in common: its credentials, its pace, and what becomes of its refusals.
// No secret leaves in a reason.
import { config } from "../../../src/shared/config.ts";
import type { Config } from "../../../src/shared/config.ts";
import { SECOND_MS } from "../../../src/shared/clock.ts";
import { database } from "../../../src/shared/db/client.ts";
import type { Db } from "../../../src/shared/db/client.ts";
import type { UpstreamFailure } from "../../../src/shared/http/upstream.ts";
import type { Step, StepResult } from "../../../src/shared/jobs/job.ts";
import type { Deps } from "../../../src/shared/deps.ts";
import { credentialSummary, noteCredentialUse, openCredential } from "../../../src/shared/vault/credentials.ts";
import { VaultError } from "../../../src/shared/vault/envelope.ts";
import type { ReportClient, ReportNetwork, ReportSession } from "../networks/report-client.ts";
import { reserveCall } from "../networks/store-pace.ts";

/** How long a 429 without a word is respected, and the longest that one with a word is. */
const RATE_LIMIT_SECONDS = 60;
const LONGEST_WAIT_SECONDS = 3_600;

const API_URL = {
  afilio: "afilioApiUrl",
  awin: "awinApiUrl",
  lomadee: "lomadeeApiUrl",
  rakuten: "rakutenApiUrl",
} as const satisfies Record<ReportNetwork, keyof Config>;

/** The steps of a job: the networks that have credentials. */
export async function networksWithCredentials(
  env: Env,
  clients: Readonly<Record<ReportNetwork, ReportClient>>,
): Promise<string[]> {
  const db = database(env);
  const networks = Object.keys(clients);
  const known = await Promise.all(networks.map((name) => credentialSummary(db, name)));
  return networks.filter((_, n) => known[n] !== undefined);
}

/** Credentials at work. `revision`: which of them. */
export interface OpenedSession {
  session: ReportSession;
  revision: number;
}

/** A session of a network's reports, or how the step ends where its credentials are gone or do not open. */
export async function openSession(
  step: Step,
  client: ReportClient,
  env: Env,
  { fetch, clock }: Deps,
): Promise<OpenedSession | StepResult> {
  try {
    const opened = await openCredential(env, step.db, client.network);
    if (opened === null) return { kind: "failed", reason: `${step.name} has no credentials any more.`, final: true };
    const apiUrl = config(env)[API_URL[client.network]];
    const { fields, revision } = opened;
    return { session: { fields, apiUrl, deps: { fetch, clock, count: step.count }, token: null }, revision };
  } catch (error) {
    if (!(error instanceof VaultError)) throw error;
    return { kind: "failed", reason: `The credentials cannot be opened: ${error.message}`, final: true };
  }
}

/** Resolves when the network may be called; `wait` resolves after so many milliseconds. */
export async function nextCall(
  db: Db,
  { network, paceMs }: ReportClient,
  wait: (ms: number) => Promise<void>,
  nowMs: number,
): Promise<void> {
  const atMs = await reserveCall(db, network, paceMs, nowMs);
  if (atMs > nowMs) await wait(atMs - nowMs);
}

/** How an attempt ends that the network refused; `where` says how far it came. */
export async function troubled(
  db: Db,
  network: ReportNetwork,
  failure: UpstreamFailure,
  where: string,
  nowMs: number,
): Promise<StepResult> {
  if (failure.kind === "rate_limited") {
    const asked = failure.retryAtMs === undefined ? RATE_LIMIT_SECONDS : (failure.retryAtMs - nowMs) / SECOND_MS;
    const afterSeconds = Math.min(LONGEST_WAIT_SECONDS, Math.max(1, Math.ceil(asked)));
    return { kind: "wait", afterSeconds, reason: `${network} asks to be left alone. ${failure.detail} ${where}` };
  }
  if (failure.kind === "unauthorized") {
    await noteCredentialUse(db, network, nowMs, failure.detail);
    return { kind: "failed", reason: `${network} refuses the credentials. ${failure.detail} ${where}` };
  }
  return { kind: "failed", reason: `${failure.detail} ${where}` };
}
