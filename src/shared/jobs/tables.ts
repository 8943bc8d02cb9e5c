// The D1 tables of jobs: runs, their steps, and who may run a job now. Times are milliseconds in UTC.
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

const STATES = ["queued", "running", "done", "failed", "needs_confirmation"] as const;

/** One run of a job. Its state follows from its steps. */
export const run = sqliteTable(
  "run",
  {
    /** Sortable by time: the list's order and cursor. */
    id: text().primaryKey(),
    /** The system whose job it is; `house` where several do a part of it. */
    system: text().notNull(),
    job: text().notNull(),
    state: text({ enum: STATES }).notNull(),
    cause: text({ enum: ["cron", "operator"] }).notNull(),
    startedAt: integer("started_at").notNull(),
    endedAt: integer("ended_at"),
  },
  (t) => [index("run_job").on(t.job, t.id), index("run_state").on(t.state, t.id)],
);

/** One step of a run. */
export const runStep = sqliteTable(
  "run_step",
  {
    runId: text("run_id").notNull(),
    system: text().notNull(),
    name: text().notNull(),
    job: text().notNull(),
    state: text({ enum: STATES }).notNull(),
    counts: text({ mode: "json" }).$type<Record<string, number>>().notNull(),
    warnings: text({ mode: "json" }).$type<string[]>().notNull(),
    /** Why it failed, why it is tried again, or what an operator is asked. */
    error: text(),
    /** Whatever the step needs to go on; null until it saved something. */
    progress: text({ mode: "json" }).$type<unknown>(),
    confirmed: integer({ mode: "boolean" }).notNull(),
    /** Attempts in a row that saved nothing. */
    attempts: integer().notNull(),
    /** The invocation that works on it, and until when nobody else may. */
    holder: text().notNull(),
    heldUntil: integer("held_until").notNull(),
    startedAt: integer("started_at"),
    endedAt: integer("ended_at"),
  },
  (t) => [
    primaryKey({ columns: [t.runId, t.system, t.name] }),
    index("run_step_last").on(t.job, t.system, t.name, t.runId),
  ],
);

/** Who runs a job now. An open run without a lease that still holds is dead. */
export const jobLease = sqliteTable("job_lease", {
  job: text().primaryKey(),
  runId: text("run_id").notNull(),
  until: integer().notNull(),
});
