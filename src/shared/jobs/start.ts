// Starting a run: who does its steps, its lease, its row, one queue message per step. Never two runs of a job at a time.
import { auditRow } from "../audit/row.ts";
import type { AuditEntry } from "../audit/row.ts";
import { database, together } from "../db/client.ts";
import type { Db } from "../db/client.ts";
import { AppError, notFound } from "../errors.ts";
import { newId } from "../ids.ts";
import type { Deps } from "../deps.ts";
import type { System } from "../system.ts";
import { log } from "../telemetry/log.ts";
import type { RunCause } from "./job.ts";
import { LEASE_MS, leaseHolder, leaveLease, takeLease } from "./lease.ts";
import { closeDeadRuns, closeOlderQuestions, closeRun, openRun, reopenRun } from "./rows.ts";
import { runById } from "./list.ts";
import { tellSuccess } from "./success.ts";

/** The queue of steps, as messages and dead letters name it. */
export const STEP_QUEUE = "polling";

/** The system of a run that several do their part of. */
const HOUSE = "house";
/** Messages of one `sendBatch`. */
const MESSAGES_AT_ONCE = 100;

/** One step to do, as it stands in the queue. */
export interface StepMessage {
  queue: typeof STEP_QUEUE;
  runId: string;
  job: string;
  system: string;
  step: string;
}

/** What a started or running run is known by. */
export interface Started {
  runId: string;
  /** False: `runId` is another run of the same job, which is not over yet. */
  started: boolean;
}

type Audited = Omit<AuditEntry, "action" | "subject" | "at">;

/** Whether any system has the job. */
export function isJob(systems: readonly System[], job: string): boolean {
  return systems.some(({ jobs }) => jobs !== undefined && Object.hasOwn(jobs, job));
}

async function stepsOf(systems: readonly System[], job: string, env: Env, deps: Deps) {
  const steps: { system: string; name: string }[] = [];
  for (const { name: system, jobs } of systems) {
    const part = jobs?.[job];
    if (part === undefined) continue;
    const names = typeof part === "function" ? [system] : await part.steps(env, deps);
    for (const name of names) steps.push({ system, name });
  }
  return steps;
}

/**
 * Starts a run, unless one of this job is not over. Throws `not_found` for a job that nobody has, and `busy` when the queue
 * takes no message; the run is then closed as failed.
 */
export async function startRun(
  systems: readonly System[],
  job: string,
  cause: RunCause,
  env: Env,
  deps: Deps,
  audit?: Audited,
): Promise<Started> {
  if (!isJob(systems, job)) throw notFound("This job");
  const db = database(env);
  const nowMs = deps.clock();
  const runId = newId("run", nowMs);
  if (!(await takeLease(db, job, runId, nowMs, nowMs + LEASE_MS))) {
    return { runId: (await leaseHolder(db, job)) ?? runId, started: false };
  }
  try {
    const steps = await stepsOf(systems, job, env, deps);
    const owners = systems.filter(({ jobs }) => jobs?.[job] !== undefined);
    const system = owners.length === 1 ? owners[0]!.name : HOUSE;
    const started: AuditEntry[] =
      audit === undefined
        ? []
        : [{ ...audit, action: "job.start", subject: `job:${job}`, after: { runId }, at: nowMs }];
    await together(db, [
      ...closeDeadRuns(db, nowMs),
      ...closeOlderQuestions(db, job, runId, nowMs),
      ...openRun(db, { id: runId, system, job, cause, steps }, nowMs),
      ...started.map((entry) => auditRow(db, entry)),
    ]);
    if (steps.length === 0) await tellSuccess(job, env, deps);
    await send(db, runId, job, steps, env, deps);
    return { runId, started: true };
  } catch (error) {
    // What it could not begin must not keep others from beginning; should this fail too, the lease runs out.
    await leaveLease(db, job, runId).catch(() => undefined);
    throw error;
  }
}

/** An operator agrees to what a run asked. Throws `not_found`, `nothing_to_confirm`, `already_running` or `busy`. */
export async function confirmRun(runId: string, env: Env, deps: Deps, audit: Audited): Promise<void> {
  const db = database(env);
  const found = await runById(db, runId);
  if (found === null) throw notFound("This run");
  const asking = found.steps.filter(({ state }) => state === "needs_confirmation");
  if (found.state !== "needs_confirmation" || asking.length === 0) {
    throw new AppError("nothing_to_confirm", { retry: false, detail: `The run is ${found.state}: it asks nothing.` });
  }
  const nowMs = deps.clock();
  if (!(await takeLease(db, found.job, runId, nowMs, nowMs + LEASE_MS))) {
    throw alreadyRunning((await leaseHolder(db, found.job)) ?? runId);
  }
  const asked = asking.map(({ name, error }) => ({ name, asked: error }));
  await together(db, [
    ...reopenRun(db, runId),
    auditRow(db, { ...audit, action: "run.confirm", subject: `run:${runId}`, after: { confirmed: asked }, at: nowMs }),
  ]);
  await send(db, runId, found.job, asking, env, deps);
}

/** The error of a job that is not over yet. */
export function alreadyRunning(runId: string): AppError {
  return new AppError("already_running", {
    retry: true,
    detail: "This job is running already.",
    extra: { runId },
  });
}

/** Closes the run where the queue refuses: nobody would ever do its steps. */
async function send(
  db: Db,
  runId: string,
  job: string,
  steps: readonly { system: string; name: string }[],
  env: Env,
  deps: Deps,
): Promise<void> {
  const messages = steps.map(({ system, name }) => ({
    body: { queue: STEP_QUEUE, runId, job, system, step: name } satisfies StepMessage,
  }));
  try {
    for (let at = 0; at < messages.length; at += MESSAGES_AT_ONCE) {
      await env.POLLING_QUEUE.sendBatch(messages.slice(at, at + MESSAGES_AT_ONCE));
    }
  } catch (error) {
    log("steps_not_queued", { level: "error", runId, error });
    await together(db, closeRun(db, runId, "The queue took no messages, so nothing was done.", deps.clock()));
    throw new AppError("busy", {
      retry: true,
      detail: "The queue takes no messages now. Nothing was started.",
      headers: { "Retry-After": "10" },
    });
  }
}
