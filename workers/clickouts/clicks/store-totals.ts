// The day's totals in D1: absolute, so that writing them again changes nothing.
import { database } from "../../../src/shared/db/client.ts";
import { sql } from "drizzle-orm";
import type { ClickTotal, SkipTotal } from "./tally.ts";

/** Writes all totals of a day and shard, in one transaction. */
export async function writeTotals(
  env: Env,
  day: string,
  shard: number,
  totals: readonly ClickTotal[],
  skips: readonly SkipTotal[],
): Promise<void> {
  const db = database(env);
  const rows = JSON.stringify(totals.map((t) => [t.storeId, t.network, t.outcome, Number(t.human), t.clicks]));
  const skipped = JSON.stringify(skips.map((s) => [s.storeId, s.network, s.reason, s.clicks]));
  await db.batch([
    db.run(sql`
      INSERT INTO clickout_total (day, shard, store_id, network, outcome, human, clicks)
      SELECT ${day}, ${shard}, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(${rows}) WHERE true
      ON CONFLICT DO UPDATE SET clicks = excluded.clicks`),
    db.run(sql`
      INSERT INTO clickout_skip_total (day, shard, store_id, network, reason, clicks)
      SELECT ${day}, ${shard}, value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(${skipped}) WHERE true
      ON CONFLICT DO UPDATE SET clicks = excluded.clicks`),
  ]);
}
