// Runs and steps as they lie in D1: opened, claimed, saved, ended. Whoever lost a step changes nothing any more.
import { and, desc, eq, inArray, isNotNull, lt, lte, ne, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import { MINUTE_MS } from "../clock.ts";
import type { Db, Statement } from "../db/client.ts";
import type { RunCause, RunState } from "./job.ts";
import { LEASE_MS, keepLease } from "./lease.ts";
import { jobLease, run, runStep } from "./tables.ts";

/** Which step. */
export interface StepKey {
  runId: string;
  system: string;
  step: string;
}

/** A step's row. */
export type StepRow = typeof runStep.$inferSelect;

/** A run to be. */
export interface NewRun {
  id: string;
  system: string;
  job: string;
  cause: RunCause;
  steps: readonly { system: string; name: string }[];
}

const OPEN: RunState[] = ["queued", "running"];

/** What a step begins with. */
const FRESH = { counts: {}, warnings: [], confirmed: false, attempts: 0, holder: "", heldUntil: 0 };
/** Steps of one statement, so that it stays below 100 parameters. */
const STEPS_A_STATEMENT = 5;

/** The statements of a new run. One without steps has nothing to do and is done. */
export function openRun(db: Db, made: NewRun, nowMs: number): Statement[] {
  const { steps, ...rest } = made;
  const idle = steps.length === 0;
  const statements: Statement[] = [
    db.insert(run).values({
      ...rest,
      state: idle ? "done" : "queued",
      startedAt: nowMs,
      endedAt: idle ? nowMs : null,
    }),
  ];
  const rows = steps.map((step) => ({ ...FRESH, ...step, runId: made.id, job: made.job, state: "queued" as const }));
  for (let at = 0; at < rows.length; at += STEPS_A_STATEMENT) {
    statements.push(db.insert(runStep).values(rows.slice(at, at + STEPS_A_STATEMENT)));
  }
  if (idle) statements.push(db.delete(jobLease).where(eq(jobLease.runId, made.id)));
  return statements;
}

/** The statements that end runs and their open steps as failed, for a reason. */
function closeRuns(db: Db, runs: SQL | undefined, states: RunState[], reason: string, nowMs: number): Statement[] {
  const ids = db.select({ id: run.id }).from(run).where(runs);
  const ended = { state: "failed" as const, endedAt: nowMs };
  return [
    db
      .update(runStep)
      .set({ ...ended, error: reason, holder: "", heldUntil: 0 })
      .where(and(inArray(runStep.state, states), inArray(runStep.runId, ids))),
    db.update(run).set(ended).where(runs),
  ];
}

/** Ends one run as failed. */
export function closeRun(db: Db, runId: string, reason: string, nowMs: number): Statement[] {
  const one = and(eq(run.id, runId), inArray(run.state, OPEN));
  return [...closeRuns(db, one, OPEN, reason, nowMs), db.delete(jobLease).where(eq(jobLease.runId, runId))];
}

/** Ends what gave no sign of life for the time of a lease, of all jobs. */
export function closeDeadRuns(db: Db, nowMs: number): Statement[] {
  const alive = sql`exists (select 1 from job_lease l where l.run_id = ${run.id} and l.until > ${nowMs})`;
  const dead = and(inArray(run.state, OPEN), sql`not ${alive}`);
  const reason = `The run gave no sign of life for ${LEASE_MS / MINUTE_MS} minutes. The next one goes on from what it saved.`;
  return closeRuns(db, dead, OPEN, reason, nowMs);
}

/** Ends questions that nobody answered before the next run of the job asks again. */
export function closeOlderQuestions(db: Db, job: string, runId: string, nowMs: number): Statement[] {
  const asked: RunState[] = ["needs_confirmation"];
  const older = and(eq(run.job, job), ne(run.id, runId), inArray(run.state, asked));
  return closeRuns(db, older, asked, `It was not confirmed before the run ${runId} began.`, nowMs);
}

const isStep = ({ runId, system, step }: StepKey) =>
  and(eq(runStep.runId, runId), eq(runStep.system, system), eq(runStep.name, step));

/** A step in somebody's hands, and what he needs to begin. */
export interface Claimed {
  row: StepRow;
  previous: unknown;
  runStartedAtMs: number;
}

/** Takes a step until then. `held`: another has it, until then. `over`: there is nothing left to do. */
export async function claimStep(
  db: Db,
  key: StepKey,
  holder: string,
  nowMs: number,
  untilMs: number,
): Promise<Claimed | { heldUntilMs: number } | "over"> {
  const free = and(isStep(key), inArray(runStep.state, OPEN), lte(runStep.heldUntil, nowMs));
  const [claimed, rows, runs, earlier] = await db.batch([
    db
      .update(runStep)
      .set({ state: "running", holder, heldUntil: untilMs, startedAt: sql`coalesce(${runStep.startedAt}, ${nowMs})` })
      .where(free)
      .returning(),
    db.select().from(runStep).where(isStep(key)),
    db
      .update(run)
      .set({ state: sql`case when ${run.state} = 'queued' then 'running' else ${run.state} end` })
      .where(eq(run.id, key.runId))
      .returning({ startedAt: run.startedAt }),
    db
      .select({ progress: runStep.progress })
      .from(runStep)
      .where(
        and(
          sql`${runStep.job} = (select job from run where id = ${key.runId})`,
          eq(runStep.system, key.system),
          eq(runStep.name, key.step),
          lt(runStep.runId, key.runId),
          isNotNull(runStep.progress),
        ),
      )
      .orderBy(desc(runStep.runId))
      .limit(1),
    keepLease(db, key.runId, nowMs + LEASE_MS),
  ]);
  const row = claimed[0];
  if (row !== undefined) {
    return { row, previous: earlier[0]?.progress ?? null, runStartedAtMs: runs[0]?.startedAt ?? nowMs };
  }
  const there = rows[0];
  return there === undefined || !OPEN.includes(there.state) ? "over" : { heldUntilMs: there.heldUntil };
}

/** A statement that fails its batch unless this holder still has the step: nobody writes for a run that is over. */
function mustHold(db: Db, key: StepKey, holder: string): Statement {
  const held = db
    .select({ one: sql`1` })
    .from(runStep)
    .where(and(isStep(key), eq(runStep.holder, holder), eq(runStep.state, "running")));
  return db.insert(jobLease).select(sql`select '', null, 0 where not exists ${held}`);
}

/** Whether a batch failed because its step was lost. */
export function wasLost(error: unknown): boolean {
  for (let e = error; e instanceof Error; e = e.cause) {
    if (e.message.includes("NOT NULL constraint failed: job_lease.run_id")) return true;
  }
  return false;
}

/** What a save or an attempt's end changes. */
type StepChange = Partial<Omit<StepRow, "runId" | "system" | "name" | "job">>;

/** Changes a held step with what belongs to it, in one transaction. Rejects, see `wasLost`, if it is not held any more. */
export async function writeStep(
  db: Db,
  key: StepKey,
  holder: string,
  change: StepChange,
  leaseUntilMs: number,
  statements: readonly Statement[],
): Promise<void> {
  await db.batch([
    mustHold(db, key, holder),
    ...statements,
    db.update(runStep).set(change).where(isStep(key)),
    keepLease(db, key.runId, leaseUntilMs),
  ]);
}

/** Ends a held step; its run ends with the last of them. Returns the run's state. Rejects, see `wasLost`. */
export async function endStep(
  db: Db,
  key: StepKey,
  holder: string,
  change: StepChange,
  nowMs: number,
): Promise<RunState> {
  const some = (states: RunState[]) =>
    sql`exists ${db
      .select({ one: sql`1` })
      .from(runStep)
      .where(and(eq(runStep.runId, key.runId), inArray(runStep.state, states)))}`;
  // A question stands before a failure: it could not be answered otherwise.
  const state = sql`case when ${some(OPEN)} then 'running'
    when ${some(["needs_confirmation"])} then 'needs_confirmation'
    when ${some(["failed"])} then 'failed' else 'done' end`;
  const results = await db.batch([
    mustHold(db, key, holder),
    db
      .update(runStep)
      .set({ ...change, endedAt: nowMs, holder: "", heldUntil: 0 })
      .where(isStep(key)),
    db
      .update(run)
      .set({ state, endedAt: sql`case when ${some(OPEN)} then null else ${nowMs} end` })
      .where(eq(run.id, key.runId)),
    db.delete(jobLease).where(and(eq(jobLease.runId, key.runId), sql`not ${some(OPEN)}`)),
    db.select({ state: run.state }).from(run).where(eq(run.id, key.runId)),
  ]);
  return (results.at(-1) as unknown as { state: RunState }[])[0]?.state ?? "failed";
}

/** The statements by which an operator agrees: what was asked is queued again, with his word. */
export function reopenRun(db: Db, runId: string): Statement[] {
  return [
    db
      .update(runStep)
      .set({ state: "queued", confirmed: true, attempts: 0, endedAt: null, error: null })
      .where(and(eq(runStep.runId, runId), eq(runStep.state, "needs_confirmation"))),
    db.update(run).set({ state: "running", endedAt: null }).where(eq(run.id, runId)),
  ];
}
