// Counts what was acknowledged and not taken. No object sees it, so the isolate counts; what waits dies with it.
import { IsolateOutbox } from "../../../src/shared/telemetry/counters.ts";
import { log } from "../../../src/shared/telemetry/log.ts";
import { metricsDoor } from "../../../src/shared/telemetry/metrics.ts";
import type { IgnoredReason } from "./membership.ts";
import type { Operation } from "../service.ts";

const outbox = new IsolateOutbox();

/** Counts, and tells `Metrics` behind the answer, at most every 10 s. */
export function countIgnored(op: Operation, ignored: Readonly<Partial<Record<IgnoredReason, number>>>): void {
  const counted = Object.entries(ignored);
  if (counted.length === 0) return;
  for (const [reason, n] of counted) outbox.add("segment_ignored_total", { reason }, n);
  op.waitUntil(
    outbox
      .push(metricsDoor(op.env))
      .catch((error: unknown) => log("metrics_push_failed", { level: "warn", source: "audiences", error })),
  );
}
