// Reads runs with their steps, newest first. Ids begin with their time, so a time filter is a range of ids.
import { and, asc, desc, eq, gte, inArray, lt, sql } from "drizzle-orm";
import { jsonEach } from "../db/chunk.ts";
import type { Db } from "../db/client.ts";
import { firstIdAt } from "../ids.ts";
import type { RunCause, RunState } from "./job.ts";
import { run, runStep } from "./tables.ts";

/** A run as readers see it; times in milliseconds. */
export interface RunRow {
  id: string;
  system: string;
  job: string;
  state: RunState;
  cause: RunCause;
  startedAt: number;
  endedAt: number | null;
  steps: Pick<
    typeof runStep.$inferSelect,
    "runId" | "system" | "name" | "state" | "counts" | "warnings" | "error" | "attempts"
  >[];
}

/** What to list; times in milliseconds, `toMs` exclusive. `system`: has a part in the run. */
export interface RunFilter {
  system?: string | undefined;
  job?: string | undefined;
  state?: RunState | undefined;
  fromMs?: number | undefined;
  toMs?: number | undefined;
  beforeId?: string | undefined;
  id?: string | undefined;
}

/** Runs that match, newest first. */
export async function listRuns(db: Db, filter: RunFilter, limit: number): Promise<RunRow[]> {
  const { system, job, state, fromMs, toMs, beforeId, id } = filter;
  const matching = and(
    id === undefined ? undefined : eq(run.id, id),
    system === undefined
      ? undefined
      : sql`(${run.system} = ${system} or exists
          (select 1 from run_step s where s.run_id = ${run.id} and s.system = ${system}))`,
    job === undefined ? undefined : eq(run.job, job),
    state === undefined ? undefined : eq(run.state, state),
    fromMs === undefined ? undefined : gte(run.id, firstIdAt("run", fromMs)),
    toMs === undefined ? undefined : lt(run.id, firstIdAt("run", toMs)),
    beforeId === undefined ? undefined : lt(run.id, beforeId),
  );
  const ids = db.select({ id: run.id }).from(run).where(matching).orderBy(desc(run.id)).limit(limit);
  const { runId, system: of, name, state: stepState, counts, warnings, error, attempts } = runStep;
  const [rows, steps] = await db.batch([
    db.select().from(run).where(matching).orderBy(desc(run.id)).limit(limit),
    db
      .select({ runId, system: of, name, state: stepState, counts, warnings, error, attempts })
      .from(runStep)
      .where(inArray(runStep.runId, ids))
      .orderBy(asc(runStep.system), asc(runStep.name)),
  ]);
  const byRun = Map.groupBy(steps, (step) => step.runId);
  return rows.map((row) => ({
    ...row,
    steps: byRun.get(row.id) ?? [],
  }));
}

/** One run, or null. */
export async function runById(db: Db, id: string): Promise<RunRow | null> {
  return (await listRuns(db, { id }, 1))[0] ?? null;
}

/** When these steps of a system's job last ended, by name; in milliseconds. One look into the index for each. */
export async function lastEnded(
  db: Db,
  job: string,
  system: string,
  names: readonly string[],
): Promise<Map<string, number>> {
  const rows = await db.all<{ name: string; endedAt: number | null }>(sql`
    select value as name, (
      select ended_at from run_step s
      where s.job = ${job} and s.system = ${system} and s.name = value and s.ended_at is not null
      order by s.run_id desc limit 1
    ) as endedAt from ${jsonEach(JSON.stringify(names))}`);
  return new Map(rows.flatMap(({ name, endedAt }) => (endedAt === null ? [] : [[name, endedAt] as const])));
}
