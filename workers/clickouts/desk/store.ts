// What the operator's pages ask of D1 beyond the doors' lists: how networks do at stores, what waits, what bears an id.
import { and, asc, eq, gt, gte, inArray, lte, or, sql } from "drizzle-orm";
import { jsonEach } from "../../../src/shared/db/chunk.ts";
import type { Db } from "../../../src/shared/db/client.ts";
import { NETWORKS, networkOf } from "../networks.ts";
import type { Network } from "../networks.ts";
import { clickoutSkipTotal, clickoutTotal, networkStore, rule, store, transaction } from "../tables.ts";

/** How one network did at one store. Clicks are people's. */
export interface Standing {
  storeId: number;
  network: Network;
  /** Clicks that it served. */
  served: number;
  /** Clicks that passed it over, by reason. */
  skipped: Record<string, number>;
  /** Sales that it decided upon. */
  approved: number;
  declined: number;
}

const these = (ids: readonly number[]) => sql`(select value from ${jsonEach(JSON.stringify(ids))})`;

/** How the networks of these stores did since a day (`2026-10-22`, whose first moment is `sinceMs`). Three queries. */
export async function standings(
  db: Db,
  storeIds: readonly number[],
  sinceDay: string,
  sinceMs: number,
): Promise<Standing[]> {
  const clicks = sql<number>`sum(clicks)`;
  const decided = sql<number>`count(*)`;
  const [served, skipped, sales] = await db.batch([
    db
      .select({ storeId: clickoutTotal.storeId, network: clickoutTotal.network, clicks })
      .from(clickoutTotal)
      .where(
        and(
          sql`${clickoutTotal.storeId} in ${these(storeIds)}`,
          gte(clickoutTotal.day, sinceDay),
          eq(clickoutTotal.outcome, "tracked"),
          eq(clickoutTotal.human, true),
        ),
      )
      .groupBy(clickoutTotal.storeId, clickoutTotal.network),
    db
      .select({
        storeId: clickoutSkipTotal.storeId,
        network: clickoutSkipTotal.network,
        reason: clickoutSkipTotal.reason,
        clicks,
      })
      .from(clickoutSkipTotal)
      .where(and(sql`${clickoutSkipTotal.storeId} in ${these(storeIds)}`, gte(clickoutSkipTotal.day, sinceDay)))
      .groupBy(clickoutSkipTotal.storeId, clickoutSkipTotal.network, clickoutSkipTotal.reason),
    db
      .select({ storeId: transaction.storeId, network: transaction.network, status: transaction.status, decided })
      .from(transaction)
      .where(
        and(
          sql`${transaction.storeId} in ${these(storeIds)}`,
          gte(transaction.occurredAt, sinceMs),
          inArray(transaction.status, ["approved", "paid", "declined"]),
        ),
      )
      .groupBy(transaction.storeId, transaction.network, transaction.status),
  ]);
  const found = new Map<string, Standing>();
  const of = (storeId: number, network: string): Standing => {
    const key = `${storeId} ${network}`;
    const known = found.get(key);
    if (known !== undefined) return known;
    const made = { storeId, network: network as Network, served: 0, skipped: {}, approved: 0, declined: 0 };
    found.set(key, made);
    return made;
  };
  for (const row of served) of(row.storeId, row.network).served += row.clicks;
  for (const row of skipped) of(row.storeId, row.network).skipped[row.reason] = row.clicks;
  for (const { storeId, network, status, decided: n } of sales) {
    if (storeId === null) continue;
    of(storeId, network)[status === "declined" ? "declined" : "approved"] += n;
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

/** Names of stores, by id. */
export async function storeNames(db: Db, ids: readonly number[]): Promise<Map<number, string>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .select({ id: store.id, name: store.name })
    .from(store)
    .where(sql`${store.id} in ${these(ids)}`);
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** A store that a network's list brought without a domain. */
export interface Homeless {
  storeId: number;
  name: string;
  network: Network;
  externalId: string;
  sinceMs: number;
}

/** Stores that wait for a domain, the oldest first, at most `limit`. */
export async function waitingForDomains(db: Db, limit: number): Promise<Homeless[]> {
  const rows = await db
    .select({
      storeId: store.id,
      name: store.name,
      networkId: networkStore.networkId,
      externalId: networkStore.externalId,
      sinceMs: networkStore.since,
    })
    .from(networkStore)
    .innerJoin(store, eq(store.id, networkStore.storeId))
    .where(eq(networkStore.state, "needs_domain"))
    .orderBy(asc(networkStore.since), asc(networkStore.id))
    .limit(limit);
  return rows.map(({ networkId, ...row }) => ({ ...row, network: networkOf(networkId)! }));
}

/** Ids of transactions that bear a text: their own id, their network's, an order, a click or a ref. At most 20. */
export async function transactionsBearing(db: Db, text: string): Promise<string[]> {
  const ids = [text, ...NETWORKS.map((network) => `${network}:${text}`)];
  const rows = await db
    .select({ id: transaction.id })
    .from(transaction)
    .where(
      or(
        inArray(transaction.id, ids),
        eq(transaction.orderRef, text),
        eq(transaction.clickoutId, text),
        eq(transaction.ref, text),
      ),
    )
    .limit(20);
  return rows.map(({ id }) => id);
}

/** All of these, for the pages' doors. */
export const deskData = { standings, storesServed, storeNames, waitingForDomains, transactionsBearing };

/** What the pages are given of the database. */
export type DeskData = typeof deskData;
