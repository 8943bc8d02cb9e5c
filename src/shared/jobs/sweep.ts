// The job of each minute. By the clock it runs here and now, without a row: 1,440 runs a day would hide the others.
// Its failures are in the log and in its gauge; one that an operator starts is a run like any other.
import { MINUTE_MS } from "../clock.ts";
import { database } from "../db/client.ts";
import { newId } from "../ids.ts";
import { rollSeries } from "../series/past.ts";
import type { Deps } from "../deps.ts";
import type { System } from "../system.ts";
import { log } from "../telemetry/log.ts";
import { leaveLease, takeLease } from "./lease.ts";
import { tellSuccess } from "./success.ts";

/** Its name. */
export const SWEEP = "sweep";

/** A lease of its own: an operator's sweep that waits in a queue must not hold up the minutes. */
const LEASE = "sweep@minute";
/** A sweep that died keeps the next ones waiting no longer. */
const LEASE_MS = 3 * MINUTE_MS;

/** Every system does its part; the failure of one is logged and stops no other. Does nothing while the last one runs. */
export async function sweep(systems: readonly System[], env: Env, deps: Deps): Promise<void> {
  const nowMs = deps.clock();
  const sweepId = newId("run", nowMs);
  let leased = false;
  try {
    leased = await takeLease(database(env), LEASE, sweepId, nowMs, nowMs + LEASE_MS);
    if (!leased) return log("job_still_running", { job: SWEEP });
  } catch (error) {
    // Without D1 nobody knows, but some parts may do without it, and each bears to run twice.
    log("lease_failed", { level: "error", job: SWEEP, error });
  }
  let failed = false;
  for (const system of systems) failed = !(await part(system, env, deps)) || failed;
  await rollSeries(systems, env, nowMs).catch((error: unknown) =>
    // What was counted stays counted: the next sweep rolls it.
    log("series_not_rolled", { level: "warn", job: SWEEP, error }),
  );
  if (leased) {
    await leaveLease(database(env), LEASE, sweepId).catch((error: unknown) =>
      log("lease_failed", { level: "warn", job: SWEEP, error }),
    );
  }
  if (!failed) await tellSuccess(SWEEP, env, deps);
}

async function part({ name: system, jobs }: System, env: Env, deps: Deps): Promise<boolean> {
  const job = jobs?.[SWEEP];
  if (typeof job !== "function") return true;
  try {
    const { counts, warnings } = await job(env, deps);
    const quiet = warnings.length === 0 && Object.values(counts).every((count) => count === 0);
    if (!quiet)
      log("job_done", { level: warnings.length === 0 ? "info" : "warn", job: SWEEP, system, counts, warnings });
    return true;
  } catch (error) {
    log("job_failed", { level: "error", job: SWEEP, system, error });
    return false;
  }
}
