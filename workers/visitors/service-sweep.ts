// The sweep's part of this system: words that got lost are said again, old quarantine is forgotten, gauges are told.
import { DAY_MS, MINUTE_MS } from "../../src/shared/clock.ts";
import { database } from "../../src/shared/db/client.ts";
import type { Job } from "../../src/shared/jobs/job.ts";
import { gaugePush } from "../../src/shared/telemetry/counters.ts";
import { log } from "../../src/shared/telemetry/log.ts";
import { metricsDoor } from "../../src/shared/telemetry/metrics.ts";
import { visitorBuffer } from "./doors.ts";
import { shardOf } from "./intake/intake.ts";
import { tellSite } from "./access/service-access.ts";
import type { VisitorData } from "./store.ts";

/** What could not be read or delivered is kept so long (systems/visitors). */
export const KEPT_MS = 30 * DAY_MS;
/** Sites that are told of their credentials in one sweep. */
const TOLD_AT_ONCE = 50;
const FORGOTTEN_AT_ONCE = 5_000;
/** Each site's shards are looked after once in so many sweeps, so that a lost alarm is found within the hour. */
const ROUNDS = 60;
/** Shards that are called at the same time. */
const CALLS_AT_ONCE = 16;

/** See the head of this file. */
export const sweep =
  (visitorData: VisitorData): Job =>
  async (env, deps) => {
    const db = database(env);
    const nowMs = deps.clock();
    const warnings: string[] = [];
    const untold = await visitorData.untoldSites(db, TOLD_AT_ONCE);
    for (const { mmSiteId } of untold) {
      await tellSite({ env, deps, db, data: visitorData }, mmSiteId).catch((error: unknown) => {
        log("site_not_told", { level: "warn", site: mmSiteId, error });
        warnings.push(`${mmSiteId} was not told of its credentials`);
      });
    }
    const forgotten = await visitorData.forgetQuarantine(db, nowMs - KEPT_MS, FORGOTTEN_AT_ONCE);
    const counts = await visitorData.quarantineCounts(db);
    const byReason = Map.groupBy(counts, ({ reason }) => reason);
    const parked = [...byReason].map(
      ([reason, rows]) => [{ system: "visitors", reason }, rows.reduce((sum, { n }) => sum + n, 0)] as const,
    );
    await metricsDoor(env).push(gaugePush("visitors:quarantine", nowMs, { parked }));
    await lookAfter(env, await visitorData.siteRows(db), Math.floor(nowMs / MINUTE_MS) % ROUNDS);
    return { counts: { sitesTold: untold.length - warnings.length, quarantineForgotten: forgotten }, warnings };
  };

/** Wakes the shards whose turn it is; one without work goes back to sleep. */
async function lookAfter(env: Env, sites: readonly { mmSiteId: string; shards: number }[], round: number) {
  const due = sites.filter(({ mmSiteId }) => shardOf(mmSiteId, ROUNDS) === round);
  const shards = due.flatMap(({ mmSiteId, shards: n }) =>
    Array.from({ length: n }, (_, shard) => ({ mmSiteId, shard })),
  );
  for (let at = 0; at < shards.length; at += CALLS_AT_ONCE) {
    await Promise.all(
      shards.slice(at, at + CALLS_AT_ONCE).map(({ mmSiteId, shard }) =>
        visitorBuffer(env, mmSiteId, shard)
          .lookAfter()
          .catch((error: unknown) => log("shard_not_woken", { level: "warn", site: mmSiteId, shard, error })),
      ),
    );
  }
}
