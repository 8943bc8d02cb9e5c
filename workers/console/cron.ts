// The sweep's part of the console: gauges that nobody else sets, read from D1 in one go and pushed whole.
import { database } from "../../src/shared/db/client.ts";
import { parkedCounts } from "../../src/shared/queue/parked.ts";
import type { Job } from "../../src/shared/system.ts";
import { gaugePush } from "../../src/shared/telemetry/counters.ts";
import { metricsDoor } from "../../src/shared/telemetry/metrics.ts";
import { credentialSummaries } from "../../src/shared/vault/credentials.ts";

/** Tells `Metrics` what is parked and which credentials fail. */
export const tellGauges: Job = async (env, deps) => {
  const db = database(env);
  const [parked, credentials] = await Promise.all([parkedCounts(db), credentialSummaries(db)]);
  const failing = credentials.map(({ name, lastError }) => [{ name }, lastError === null ? 0 : 1] as const);
  await metricsDoor(env).push(gaugePush("sweep", deps.clock(), { parked, credentials_failing: failing }));
  return { counts: {}, warnings: [] };
};
