// What a report reads of D1: clicks out of the daily totals, sales out of the transactions, each grouped there. One batch.
import { SQL, and, gte, inArray, isNotNull, lt, lte, max, ne, or, sql } from "drizzle-orm";
import { jsonEach } from "../../../src/shared/db/chunk.ts";
import type { Db } from "../../../src/shared/db/client.ts";
import { clickLogEmptied, clickoutTotal, store, transaction } from "../tables.ts";
import type { ClickGroup, Dimension, ForeignGroup, GroupKey, SaleGroup } from "./report.ts";

/** What is asked for. Days are UTC, both included. */
export interface ReportQuery {
  dimensions: readonly Dimension[];
  fromDay: string;
  toDay: string;
  currency: string;
  /** Only of these stores. */
  storeIds?: StoreSet | undefined;
}

/** Stores by their ids, or those of another question. */
export type StoreSet = readonly number[] | SQL;

/** The set as it stands behind `in`. */
export const storeSet = (stores: StoreSet): SQL =>
  stores instanceof SQL ? stores : sql`(select value from ${jsonEach(JSON.stringify(stores))})`;

/** What a report is made of; `emptiedTo` is the last day in it whose single clicks are gone, or null. */
export interface ReportRows {
  clicks: ClickGroup[];
  sales: SaleGroup[];
  foreign: ForeignGroup[];
  emptiedTo: string | null;
}

const DAY_OF_SALE = sql`strftime('%Y-%m-%d', ${transaction.occurredAt} / 1000, 'unixepoch')`;

const OF_CLICKS: Readonly<Record<Exclude<Dimension, "ref">, SQL>> = {
  store: sql`nullif(${clickoutTotal.storeId}, 0)`,
  network: sql`nullif(${clickoutTotal.network}, '')`,
  day: sql`${clickoutTotal.day}`,
};
const OF_SALES: Readonly<Record<Dimension, SQL>> = {
  store: sql`${transaction.storeId}`,
  network: sql`${transaction.network}`,
  day: DAY_OF_SALE,
  ref: sql`${transaction.ref}`,
};

/** The group as one JSON array, so that any dimensions make the same columns. */
const keyOf = (columns: readonly SQL[]) => sql<string>`json_array(${sql.join([...columns], sql`, `)})`;

function readKey(dimensions: readonly Dimension[], json: string): GroupKey {
  const values = JSON.parse(json) as (string | number | null)[];
  return Object.fromEntries(dimensions.map((dimension, n) => [dimension, values[n] ?? null]));
}

const firstMs = (day: string) => Date.parse(`${day}T00:00:00Z`);
const DAY_MS = 86_400_000;

/** Reads what a report is made of; at most `limit` groups of each kind. By `ref`, clicks are not here: the logs have them. */
export async function readReport(db: Db, query: ReportQuery, limit: number): Promise<ReportRows> {
  const { dimensions, fromDay, toDay, currency, storeIds } = query;
  const these = storeIds === undefined ? undefined : storeSet(storeIds);
  const byRef = dimensions.includes("ref");
  const clickKey = keyOf(dimensions.flatMap((one) => (one === "ref" ? [] : [OF_CLICKS[one]])));
  const saleKey = keyOf(dimensions.map((one) => OF_SALES[one]));
  const { saleCurrency, commissionCurrency, saleMinor, commissionMinor, status } = transaction;
  const sums = {
    transactions: sql<number>`count(*)`,
    saleMinor: sql<number>`sum(${saleMinor})`,
    commissionMinor: sql<number>`sum(${commissionMinor})`,
    approvedMinor: sql<number>`sum(case when ${status} in ('approved', 'paid') then ${commissionMinor} else 0 end)`,
  };
  const within = and(
    gte(transaction.occurredAt, firstMs(fromDay)),
    lt(transaction.occurredAt, firstMs(toDay) + DAY_MS),
    // What was declined earned nothing.
    ne(status, "declined"),
    byRef ? isNotNull(transaction.ref) : undefined,
    these === undefined ? undefined : inArray(transaction.storeId, these),
  );
  const ours = sql`(${saleCurrency} = ${currency} and ${commissionCurrency} = ${currency})`;
  const [clicks, sales, foreign, emptied] = await db.batch([
    db
      .select({
        key: clickKey.as("k"),
        clicks: sql<number>`sum(${clickoutTotal.clicks})`,
        humans: sql<number>`sum(case when ${clickoutTotal.human} then ${clickoutTotal.clicks} else 0 end)`,
      })
      .from(clickoutTotal)
      .where(
        and(
          gte(clickoutTotal.day, fromDay),
          lte(clickoutTotal.day, toDay),
          these === undefined ? undefined : inArray(clickoutTotal.storeId, these),
        ),
      )
      .groupBy(sql`k`)
      .limit(byRef ? 0 : limit),
    db
      .select({ key: saleKey.as("k"), ...sums })
      .from(transaction)
      .where(and(within, ours))
      .groupBy(sql`k`)
      .limit(limit),
    db
      .select({
        key: saleKey.as("k"),
        day: sql<string>`${DAY_OF_SALE}`.as("d"),
        saleCurrency,
        commissionCurrency,
        ...sums,
      })
      .from(transaction)
      .where(and(within, sql`not ${ours}`))
      .groupBy(sql`k`, sql`d`, saleCurrency, commissionCurrency)
      .limit(limit),
    db
      .select({ day: max(clickLogEmptied.day) })
      .from(clickLogEmptied)
      .where(and(gte(clickLogEmptied.day, fromDay), lte(clickLogEmptied.day, toDay))),
  ]);
  const named = <Row extends { key: string }>(rows: readonly Row[]) =>
    rows.map((row) => ({ ...row, key: readKey(dimensions, row.key) }));
  return { clicks: named(clicks), sales: named(sales), foreign: named(foreign), emptiedTo: emptied[0]?.day ?? null };
}

/** Names of the stores that a report may speak of, by id: of what was clicked or sold in its days. */
export async function storeNamesWithin(db: Db, { fromDay, toDay }: ReportQuery): Promise<ReadonlyMap<number, string>> {
  const clicked = db
    .select({ id: clickoutTotal.storeId })
    .from(clickoutTotal)
    .where(and(gte(clickoutTotal.day, fromDay), lte(clickoutTotal.day, toDay)));
  const sold = db
    .select({ id: transaction.storeId })
    .from(transaction)
    .where(and(gte(transaction.occurredAt, firstMs(fromDay)), lt(transaction.occurredAt, firstMs(toDay) + DAY_MS)));
  const rows = await db
    .select({ id: store.id, name: store.name })
    .from(store)
    .where(or(inArray(store.id, clicked), inArray(store.id, sold)));
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** Names of stores by id. */
export async function storeNames(db: Db, ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
  const rows = await db
    .select({ id: store.id, name: store.name })
    .from(store)
    .where(inArray(store.id, storeSet(ids)));
  return new Map(rows.map(({ id, name }) => [id, name]));
}
