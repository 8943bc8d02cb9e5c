// Tells `Metrics` that a job ended well: the gauge by which an alert notices one that stopped doing so. Never throws.
import type { Deps } from "../deps.ts";
import { gaugePush } from "../telemetry/counters.ts";
import { log } from "../telemetry/log.ts";
import { metricsDoor } from "../telemetry/metrics.ts";

/** Sets `job_last_success_timestamp_seconds{job}` to now. */
export async function tellSuccess(job: string, env: Env, deps: Deps): Promise<void> {
  const nowMs = deps.clock();
  const gauges = { job_last_success_timestamp_seconds: [[{ job }, Math.floor(nowMs / 1_000)]] } as const;
  try {
    await metricsDoor(env).push(gaugePush(`job:${job}`, nowMs, gauges));
  } catch (error) {
    log("metrics_push_failed", { level: "warn", job, error });
  }
}
