// Clickouts' part of the job `retention`. Days empty themselves by their alarms; this looks after those that did not, and
// throws away what imports and lists left behind. Totals and transactions stay for ever.
import { DAY_MS, utcDay } from "../../../src/shared/clock.ts";
import { config } from "../../../src/shared/config.ts";
import { inChunks } from "../../../src/shared/db/chunk.ts";
import { database } from "../../../src/shared/db/client.ts";
import type { Job } from "../../../src/shared/jobs/job.ts";
import { log } from "../../../src/shared/telemetry/log.ts";
import { forgetLeftovers } from "../store-leftovers.ts";
import { clickLog } from "./recorder.ts";
import { notEmptied } from "./store-totals.ts";

/** A day that was not emptied within a month is a matter for a person: its alarm and 30 of these runs failed. */
const LOOK_BACK_DAYS = 30;
const LOGS_A_RUN = 200;
/** Six connections of an invocation may wait; one is left for D1. */
const LOGS_AT_ONCE = 5;

/** Empties days that are overdue by a day and more. */
export const retention: Job = async (env, deps) => {
  const nowMs = deps.clock();
  const db = database(env);
  const expiredMs = nowMs - (config(env).clickoutRetentionDays + 1) * DAY_MS;
  const overdue = await notEmptied(db, utcDay(expiredMs - LOOK_BACK_DAYS * DAY_MS), utcDay(expiredMs), LOGS_A_RUN);
  let daysEmptied = 0;
  const warnings: string[] = [];
  for (const logs of inChunks(overdue, LOGS_AT_ONCE)) {
    await Promise.all(
      logs.map(async ({ day, shard }) => {
        const name = `${day}:${shard}`;
        try {
          if (await clickLog(env, name).empty()) daysEmptied += 1;
        } catch (error) {
          log("click_log_not_emptied", { level: "warn", log: name, error });
          warnings.push(`The clicks of ${day} (shard ${shard}) could not be emptied; the next run tries again.`);
        }
      }),
    );
  }
  const leftovers = await forgetLeftovers(db, nowMs);
  return { counts: { daysEmptied, ...leftovers }, warnings };
};
