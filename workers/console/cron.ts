// The sweep's part of the console: gauges that nobody else sets, read from D1 in one go and pushed whole; the metrics sent to
// a Pushgateway, where one is configured; and what has ended by itself is forgotten.
import { config } from "../../src/shared/config.ts";
import { database } from "../../src/shared/db/client.ts";
import { parkedCounts } from "../../src/shared/queue/parked.ts";
import type { Job } from "../../src/shared/jobs/job.ts";
import { gaugePush } from "../../src/shared/telemetry/counters.ts";
import { metricsDoor } from "../../src/shared/telemetry/metrics.ts";
import { pushExposition } from "../../src/shared/telemetry/pushgateway.ts";
import { credentialSummaries } from "../../src/shared/vault/credentials.ts";
import { parkedDeliveries } from "../../src/shared/webhooks/deliveries.ts";
import { forgetEndedSessions } from "./sign-in/service.ts";

/** Forgets ended sessions, tells `Metrics` what is parked and which credentials fail, then the Pushgateway all there is. */
export const consoleSweep: Job = async (env, deps) => {
  await forgetEndedSessions(env, deps);
  const db = database(env);
  const metrics = metricsDoor(env);
  const [messages, deliveries, credentials] = await Promise.all([
    parkedCounts(db),
    parkedDeliveries(db),
    credentialSummaries(db),
  ]);
  const parked = [...messages, ...deliveries];
  const failing = credentials.map(({ name, lastError }) => [{ name }, lastError === null ? 0 : 1] as const);
  await metrics.push(gaugePush("sweep", deps.clock(), { parked, credentials_failing: failing }));
  const { pushgatewayUrl } = config(env);
  const refused =
    pushgatewayUrl === null ? null : await pushExposition(pushgatewayUrl, await metrics.exposition(), deps);
  return { counts: {}, warnings: refused === null ? [] : [`The Pushgateway took no metrics: ${refused}`] };
};
