// The lease of a job: crons may overlap and operators may be quick, yet a job runs once at a time. D1 decides.
import { and, eq, lte, sql } from "drizzle-orm";
import { MINUTE_MS } from "../clock.ts";
import type { Db, Statement } from "../db/client.ts";
import { jobLease } from "./tables.ts";

/**
 * How long a run may give no sign of life. Longer than an invocation of a queue lives (15 minutes), so that a run whose
 * lease is over cannot still be at work.
 */
export const LEASE_MS = 20 * MINUTE_MS;

/** Takes the lease of a job for a run until then. False: another run holds it. */
export async function takeLease(db: Db, job: string, runId: string, nowMs: number, untilMs: number): Promise<boolean> {
  const taken = await db
    .insert(jobLease)
    .values({ job, runId, until: untilMs })
    .onConflictDoUpdate({
      target: jobLease.job,
      set: { runId, until: untilMs },
      setWhere: lte(jobLease.until, nowMs),
    })
    .returning({ runId: jobLease.runId });
  return taken.length > 0;
}

/** The run that holds the lease, or null. */
export async function leaseHolder(db: Db, job: string): Promise<string | null> {
  const row = await db.select({ runId: jobLease.runId }).from(jobLease).where(eq(jobLease.job, job)).get();
  return row?.runId ?? null;
}

/** The statement that keeps a run's lease until then at least. */
export function keepLease(db: Db, runId: string, untilMs: number): Statement {
  return db
    .update(jobLease)
    .set({ until: sql`max(${jobLease.until}, ${untilMs})` })
    .where(eq(jobLease.runId, runId));
}

/** Gives a lease back. */
export async function leaveLease(db: Db, job: string, runId: string): Promise<void> {
  await db.delete(jobLease).where(and(eq(jobLease.job, job), eq(jobLease.runId, runId)));
}
