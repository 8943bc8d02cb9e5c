// The days' totals in D1: absolute, so that writing them again changes nothing, and kept when the days are emptied.
import { and, asc, gte, lt, sql } from "drizzle-orm";
import { jsonChunks, jsonEach } from "../../../src/shared/db/chunk.ts";
import { database, together } from "../../../src/shared/db/client.ts";
import type { Db, Statement } from "../../../src/shared/db/client.ts";
import { clickLogEmptied, clickoutSkipTotal, clickoutTotal } from "../tables.ts";
import type { ClickTotal, SkipTotal } from "./tally.ts";

/** All that D1 keeps of a day and shard. */
export interface DayTotals {
  totals: readonly ClickTotal[];
  skips: readonly SkipTotal[];
}

/** Totals only grow: a log that lost its clicks must not take any back. */
function upsertClicks(db: Db, day: string, shard: number, totals: readonly ClickTotal[]): Statement[] {
  const rows = totals.map((t) => [t.storeId, t.network, t.outcome, Number(t.human), t.clicks]);
  return [...jsonChunks(rows)].map((json) =>
    db
      .insert(clickoutTotal)
      .select(
        sql`select ${day}, ${shard}, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4
          from ${jsonEach(json)} where true`,
      )
      .onConflictDoUpdate({
        target: [
          clickoutTotal.day,
          clickoutTotal.shard,
          clickoutTotal.storeId,
          clickoutTotal.network,
          clickoutTotal.outcome,
          clickoutTotal.human,
        ],
        set: { clicks: sql`max(${clickoutTotal.clicks}, excluded.clicks)` },
      }),
  );
}

function upsert(db: Db, day: string, shard: number, { totals, skips }: DayTotals): Statement[] {
  const rows = skips.map((s) => [s.storeId, s.network, s.reason, s.clicks]);
  const { storeId, network, reason, clicks } = clickoutSkipTotal;
  const skipped = [...jsonChunks(rows)].map((json) =>
    db
      .insert(clickoutSkipTotal)
      .select(
        sql`select ${day}, ${shard}, value ->> 0, value ->> 1, value ->> 2, value ->> 3 from ${jsonEach(json)} where true`,
      )
      .onConflictDoUpdate({
        target: [storeId, clickoutSkipTotal.day, clickoutSkipTotal.shard, network, reason],
        set: { clicks: sql`max(${clicks}, excluded.clicks)` },
      }),
  );
  return [...upsertClicks(db, day, shard, totals), ...skipped];
}

/** Writes all totals of a day and shard in one transaction. */
export async function writeTotals(env: Env, day: string, shard: number, totals: DayTotals): Promise<void> {
  const db = database(env);
  await together(db, upsert(db, day, shard, totals));
}

/** Writes the last totals of a day and shard, and that its clicks are gone. */
export async function noteEmptied(
  env: Env,
  day: string,
  shard: number,
  totals: DayTotals,
  nowMs: number,
): Promise<void> {
  const db = database(env);
  const note = db.insert(clickLogEmptied).values({ day, shard, emptiedAt: nowMs }).onConflictDoNothing();
  await together(db, [...upsert(db, day, shard, totals), note]);
}

/** Days and shards in [fromDay, toDay) that had clicks and have not said that they are empty, at most `limit`. */
export async function notEmptied(
  db: Db,
  fromDay: string,
  toDay: string,
  limit: number,
): Promise<{ day: string; shard: number }[]> {
  const { day, shard } = clickoutTotal;
  return db
    .selectDistinct({ day, shard })
    .from(clickoutTotal)
    .where(
      and(
        gte(day, fromDay),
        lt(day, toDay),
        sql`not exists (select 1 from click_log_emptied e where e.day = ${day} and e.shard = ${shard})`,
      ),
    )
    .orderBy(asc(day), asc(shard))
    .limit(limit);
}
