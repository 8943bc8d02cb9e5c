// What keeps the tables of runs in order: the sweep ends dead runs, retention forgets old ones.
import { inArray, lt } from "drizzle-orm";
import { DAY_MS } from "../clock.ts";
import { database, together } from "../db/client.ts";
import type { Job } from "./job.ts";
import { closeDeadRuns } from "./rows.ts";
import { run, runStep } from "./tables.ts";

/** Rows of runs are kept for so long. */
const KEEP_MS = 90 * DAY_MS;

/** Ends runs that gave no sign of life, so that an operator sees them as failed. */
export const endDeadRuns: Job = async (env, deps) => {
  const db = database(env);
  await together(db, closeDeadRuns(db, deps.clock()));
  return { counts: {}, warnings: [] };
};

/** Forgets runs that ended more than 90 days ago. */
export const forgetRuns: Job = async (env, deps) => {
  const db = database(env);
  const old = lt(run.endedAt, deps.clock() - KEEP_MS);
  const [, gone] = await db.batch([
    db.delete(runStep).where(inArray(runStep.runId, db.select({ id: run.id }).from(run).where(old))),
    db.delete(run).where(old).returning({ id: run.id }),
  ]);
  return { counts: { runsForgotten: gone.length }, warnings: [] };
};
