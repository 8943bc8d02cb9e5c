// Runs of jobs: started, listed, confirmed.
import { isoTime } from "../../../src/shared/clock.ts";
import { database } from "../../../src/shared/db/client.ts";
import { notFound } from "../../../src/shared/errors.ts";
import { decodeCursor, pageOf } from "../../../src/shared/http/page.ts";
import { listRuns, runById } from "../../../src/shared/jobs/list.ts";
import type { RunFilter, RunRow } from "../../../src/shared/jobs/list.ts";
import { alreadyRunning, confirmRun, startRun } from "../../../src/shared/jobs/start.ts";
import type { System } from "../../../src/shared/system.ts";
import type { Change } from "../change.ts";
import { cursorText } from "../schema.ts";
import type { RunItem, RunQuery } from "./schema.ts";

function itemOf({ id, startedAt, endedAt, steps, ...run }: RunRow): RunItem {
  return {
    runId: id,
    ...run,
    startedAt: isoTime(startedAt),
    endedAt: endedAt === null ? null : isoTime(endedAt),
    steps: steps.map(({ name, state, counts, warnings, error }) => ({ name, state, counts, warnings, error })),
  };
}

function filterOf({ from, to, ...rest }: RunQuery): RunFilter {
  const ms = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text));
  return { ...rest, fromMs: ms(from), toMs: ms(to) };
}

/** A page of runs, the newest first. */
export async function runsPage(env: Env, query: RunQuery, limit: number, cursor: string | undefined) {
  const beforeId = decodeCursor(cursor, cursorText);
  const rows = await listRuns(database(env), { ...filterOf(query), beforeId }, limit + 1);
  return pageOf(rows.map(itemOf), limit, (last) => last.runId);
}

/** One run. Throws `not_found`. */
export async function runOf(env: Env, runId: string): Promise<RunItem> {
  const row = await runById(database(env), runId);
  if (row === null) throw notFound("This run");
  return itemOf(row);
}

/** The jobs of the house, by name. */
export function jobsOf(systems: readonly System[]): string[] {
  return [...new Set(systems.flatMap(({ jobs = {} }) => Object.keys(jobs)))].toSorted();
}

const auditOf = ({ actor, requestId }: Change) => ({ actor: actor.id, requestId });

/** Runs a job now; answers the run's id. Throws `not_found`, `already_running` or `busy`. */
export async function startJob(change: Change, job: string): Promise<string> {
  const { systems, env, deps } = change;
  const run = await startRun(systems, job, "operator", env, deps, auditOf(change));
  if (!run.started) throw alreadyRunning(run.runId);
  return run.runId;
}

/** Agrees to what a run asks. Throws `not_found`, `nothing_to_confirm`, `already_running` or `busy`. */
export async function confirmRunOf(change: Change, runId: string): Promise<void> {
  await confirmRun(runId, change.env, change.deps, auditOf(change));
}
