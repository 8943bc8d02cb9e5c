// The sweep's part of audiences: buffers and tenants that should have told something are woken. Only those are visited.
import { inTime } from "../../src/shared/deadline.ts";
import type { JobResult } from "../../src/shared/jobs/job.ts";
import { log } from "../../src/shared/telemetry/log.ts";
import { sixAtOnce } from "./service.ts";
import type { Operation } from "./service.ts";

/** Woken in one sweep; the rest waits a minute. */
const MAX_WOKEN = 500;
const ARM_WITHIN_MS = 5_000;

/** Wakes what is overdue. One that does not answer is told in a warning and stays overdue. */
export async function wakeOverdue(op: Pick<Operation, "db" | "data" | "objects" | "deps">): Promise<JobResult> {
  const nowMs = op.deps.clock();
  const segments = await op.data.overdueSegments(op.db, nowMs, MAX_WOKEN);
  const tenants = await op.data.overdueTenants(op.db, nowMs, MAX_WOKEN);
  let failed = 0;
  const arm = async (what: string, name: string, door: { arm(): Promise<void> }) => {
    try {
      await inTime(door.arm(), ARM_WITHIN_MS);
    } catch (error) {
      failed++;
      log("audience_object_unarmed", { level: "warn", what, name, error });
    }
  };
  await sixAtOnce(segments, (id) => arm("segment", id, op.objects.buffer(id)));
  await sixAtOnce(tenants, (id) => arm("tenant", id, op.objects.tenant(id)));
  return {
    counts: { segmentsWoken: segments.length, tenantsWoken: tenants.length },
    warnings: failed === 0 ? [] : [`${failed} overdue objects of audiences did not answer`],
  };
}
