// The day's totals in D1: absolute, so that writing them again changes nothing.
import { database } from "../../../src/shared/db/client.ts";
import { sql } from "drizzle-orm";
import type { ClickTotal } from "./tally.ts";

/** Writes all totals of a day and shard in one statement. */
export async function writeTotals(env: Env, day: string, shard: number, totals: readonly ClickTotal[]): Promise<void> {
  const rows = JSON.stringify(totals.map((t) => [t.storeId, t.network, t.outcome, Number(t.human), t.clicks]));
  await database(env).run(sql`
    INSERT INTO clickout_total (day, shard, store_id, network, outcome, human, clicks)
    SELECT ${day}, ${shard}, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(${rows}) WHERE true
    ON CONFLICT DO UPDATE SET clicks = excluded.clicks`);
}
