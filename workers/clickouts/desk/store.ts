// What the operator's pages ask of D1 beyond the doors' lists: how networks do at stores, and what waits.
import { and, gt, gte, inArray, lte, sql } from "drizzle-orm";
import type { Db } from "../../../src/shared/db/client.ts";
import { storeSet } from "../earnings/store-report.ts";
import type { StoreSet } from "../earnings/store-report.ts";
import { networkOf } from "../networks.ts";
import type { Network } from "../networks.ts";
import { clickoutSkipTotal, rule, transaction } from "../tables.ts";

/** How often clicks of people passed a network over at a store, and what it decided upon of its sales. */
export interface Trouble {
  storeId: number;
  network: Network;
  /** Clicks by reason. */
  skipped: Record<string, number>;
  approved: number;
  declined: number;
}

/** What the report does not tell of these stores since a day (`2026-10-22`, whose first moment is `sinceMs`). */
export async function troubles(db: Db, storeIds: StoreSet, sinceDay: string, sinceMs: number): Promise<Trouble[]> {
  const skip = clickoutSkipTotal;
  const [skipped, sales] = await db.batch([
    db
      .select({
        storeId: skip.storeId,
        network: skip.network,
        reason: skip.reason,
        clicks: sql<number>`sum(${skip.clicks})`,
      })
      .from(skip)
      .where(and(sql`${skip.storeId} in ${storeSet(storeIds)}`, gte(skip.day, sinceDay)))
      .groupBy(skip.storeId, skip.network, skip.reason),
    db
      .select({
        storeId: transaction.storeId,
        network: transaction.network,
        status: transaction.status,
        sales: sql<number>`count(*)`,
      })
      .from(transaction)
      .where(
        and(
          sql`${transaction.storeId} in ${storeSet(storeIds)}`,
          gte(transaction.occurredAt, sinceMs),
          inArray(transaction.status, ["approved", "paid", "declined"]),
        ),
      )
      .groupBy(transaction.storeId, transaction.network, transaction.status),
  ]);
  const found = new Map<string, Trouble>();
  const of = (storeId: number, network: string): Trouble => {
    const key = `${storeId} ${network}`;
    const known = found.get(key) ?? { storeId, network: network as Network, skipped: {}, approved: 0, declined: 0 };
    found.set(key, known);
    return known;
  };
  for (const row of skipped) of(row.storeId, row.network).skipped[row.reason] = row.clicks;
  for (const { storeId, network, status, sales: n } of sales) {
    if (storeId !== null) of(storeId, network)[status === "declined" ? "declined" : "approved"] += n;
  }
  return [...found.values()];
}

/** How many stores each network serves: joined, and asked by a rule of now. */
export async function storesServed(db: Db, nowMs: number): Promise<Map<Network, number>> {
  const rows = await db
    .select({ networkId: rule.networkId, stores: sql<number>`count(distinct ${rule.storeId})` })
    .from(rule)
    .where(
      and(
        lte(rule.startedAt, nowMs),
        gt(rule.endedAt, nowMs),
        sql`exists (select 1 from network_store n
          where n.store_id = ${rule.storeId} and n.network_id = ${rule.networkId} and n.state = 'joined')`,
      ),
    )
    .groupBy(rule.networkId);
  return new Map(
    rows.flatMap(({ networkId, stores }) => {
      const network = networkOf(networkId);
      return network === undefined ? [] : [[network, stores] as const];
    }),
  );
}

/** All of these, for the pages' doors. */
export const deskData = { troubles, storesServed };

/** What the pages are given of the database. */
export type DeskData = typeof deskData;
