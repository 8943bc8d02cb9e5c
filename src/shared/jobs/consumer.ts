// The queue `polling`: does one step of a run. A message that comes twice, late or after its run does no harm.
import * as z from "zod";
import { MINUTE_MS } from "../clock.ts";
import { database } from "../db/client.ts";
import type { Db } from "../db/client.ts";
import { randomText } from "../ids.ts";
import { backoffSeconds } from "../queue/backoff.ts";
import type { Deps } from "../deps.ts";
import type { Consumer, Outcome, System } from "../system.ts";
import { IsolateOutbox } from "../telemetry/counters.ts";
import { log } from "../telemetry/log.ts";
import { metricsDoor } from "../telemetry/metrics.ts";
import { StepLost } from "./job.ts";
import type { Saving, Step, StepResult } from "./job.ts";
import { LEASE_MS } from "./lease.ts";
import { claimStep, endStep, wasLost, writeStep } from "./rows.ts";
import type { Claimed, StepKey } from "./rows.ts";
import { tellSuccess } from "./success.ts";

/** A step that saves nothing for so long may be taken over; more than the slowest call of an upstream takes. */
const HOLD_MS = 5 * MINUTE_MS;
/** Work in one go cannot save: it is held for as long as an invocation of a queue lives. */
const WHOLE_HOLD_MS = 16 * MINUTE_MS;
/** Attempts in a row that saved nothing: about half an hour with backoff, so that an hourly run is over before the next. */
const MAX_ATTEMPTS = 12;
/** Enough to see what is wrong; a broken upstream could tell thousands. */
const MAX_WARNINGS = 50;
const MAX_TEXT = 500;

const ack: Outcome = { kind: "ack" };
const shape = z.object({ runId: z.string(), job: z.string(), system: z.string(), step: z.string() });

/** What the two kinds of jobs have in common here: one attempt, and for how long it is held between two saves. */
interface Work {
  holdMs: number;
  attempt: (step: Step, env: Env, deps: Deps) => Promise<StepResult>;
}

function attemptOf(systems: readonly System[], job: string, system: string): Work {
  const work = systems.find(({ name }) => name === system)?.jobs?.[job];
  if (work === undefined) {
    const reason = "This version of the house has no such job any more.";
    return { holdMs: HOLD_MS, attempt: () => Promise.resolve({ kind: "failed", reason, final: true }) };
  }
  if (typeof work !== "function") return { holdMs: HOLD_MS, attempt: work.step };
  return {
    holdMs: WHOLE_HOLD_MS,
    attempt: async (step, env, deps) => {
      const { counts, warnings } = await work(env, deps);
      await step.save(null, { counts, warnings });
      return { kind: "done" };
    },
  };
}

/** The consumer of steps of these systems' jobs. */
export function stepConsumer(systems: readonly System[]): Consumer {
  return async (body, env, deps) => {
    const message = shape.safeParse(body);
    if (!message.success) return { kind: "park", reason: "malformed", detail: z.prettifyError(message.error) };
    const { job, ...key } = message.data;
    const work = attemptOf(systems, job, key.system);
    const db = database(env);
    const holder = randomText(16);
    const nowMs = deps.clock();
    const claimed = await claimStep(db, key, holder, nowMs, nowMs + work.holdMs);
    if (claimed === "over") return ack;
    if ("heldUntilMs" in claimed) {
      const afterSeconds = Math.max(1, (claimed.heldUntilMs - nowMs) / 1_000);
      return { kind: "retry", afterSeconds, reason: "Another attempt is at work on this step." };
    }
    return await tryStep(work, { key, db, holder, env, deps }, claimed);
  };
}

/** One attempt's surroundings. */
interface Hold {
  key: StepKey;
  db: Db;
  holder: string;
  env: Env;
  deps: Deps;
}

async function tryStep({ attempt, holdMs }: Work, at: Hold, claimed: Claimed): Promise<Outcome> {
  const { key, env, deps } = at;
  const { row } = claimed;
  const counted = new IsolateOutbox(deps.clock);
  const step = heldStep(at, claimed, holdMs, counted);
  try {
    let result: StepResult;
    try {
      result = await attempt(step, env, deps);
    } catch (error) {
      if (error instanceof StepLost) throw error;
      log("step_threw", { level: "error", job: row.job, runId: key.runId, step: key.step, error });
      result = { kind: "failed", reason: `A fault of this software: ${String(error)}` };
    }
    return await settle(at, claimed, result);
  } catch (error) {
    if (!(error instanceof StepLost) && !wasLost(error)) throw error;
    log("step_lost", { level: "warn", job: row.job, runId: key.runId, step: key.step });
    return ack;
  } finally {
    await counted
      .push(metricsDoor(env))
      .catch((error: unknown) => log("metrics_push_failed", { level: "warn", job: row.job, error }));
  }
}

/** The step as its job sees it. What it saves is remembered in `claimed.row`, which is what the end is decided on. */
function heldStep(at: Hold, { row, previous, runStartedAtMs }: Claimed, holdMs: number, counted: IsolateOutbox): Step {
  const { key, db, holder, deps } = at;
  const save = async (progress: unknown, { counts = {}, warnings = [], statements = [] }: Saving = {}) => {
    const sums = { ...row.counts };
    for (const [name, n] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + n;
    const told = [...row.warnings, ...warnings.map((text) => text.slice(0, MAX_TEXT))].slice(0, MAX_WARNINGS);
    const nowMs = deps.clock();
    const change = { progress, counts: sums, warnings: told, attempts: 0, error: null, heldUntil: nowMs + holdMs };
    try {
      await writeStep(db, key, holder, change, nowMs + LEASE_MS, statements);
    } catch (error) {
      throw wasLost(error) ? new StepLost("the step is not held any more", { cause: error }) : error;
    }
    Object.assign(row, change);
  };
  return {
    runId: key.runId,
    name: key.step,
    runStartedAtMs,
    confirmed: row.confirmed,
    progress: row.progress,
    previous,
    db,
    count: (name, labels, n) => counted.add(name, labels, n),
    save,
  };
}

async function settle(at: Hold, { row }: Claimed, result: StepResult): Promise<Outcome> {
  const { key, db, holder, env, deps } = at;
  const { job } = row;
  const nowMs = deps.clock();
  if (result.kind === "wait" || (result.kind === "failed" && result.final !== true)) {
    const attempts = row.attempts + 1;
    if (attempts < MAX_ATTEMPTS) {
      const afterSeconds = result.kind === "wait" ? result.afterSeconds : backoffSeconds(attempts);
      const error = result.reason.slice(0, MAX_TEXT);
      // A failure that is over when the step is done must still be told.
      const failures = result.kind === "failed" ? [`An attempt failed. ${error}`] : [];
      const warnings = [...row.warnings, ...failures].slice(0, MAX_WARNINGS);
      const untilMs = nowMs + afterSeconds * 1_000 + LEASE_MS;
      await writeStep(db, key, holder, { attempts, error, warnings, holder: "", heldUntil: 0 }, untilMs, []);
      return { kind: "retry", afterSeconds, reason: error };
    }
    result = { kind: "failed", reason: `Given up after ${attempts} attempts. ${result.reason}` };
  }
  const error = result.kind === "done" ? null : result.reason.slice(0, MAX_TEXT);
  const state = await endStep(db, key, holder, { state: result.kind, error }, nowMs);
  const told = { job, system: key.system, step: key.step, runId: key.runId, counts: row.counts };
  if (result.kind === "done") {
    log("step_done", { level: row.warnings.length === 0 ? "info" : "warn", ...told, warnings: row.warnings });
  } else {
    log("step_ended", {
      level: result.kind === "failed" ? "error" : "warn",
      ...told,
      state: result.kind,
      reason: error,
    });
  }
  if (state === "done") await tellSuccess(job, env, deps);
  return ack;
}
