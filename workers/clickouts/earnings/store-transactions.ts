// Transactions and their history in D1. A page is one batch, whatever its size.
import { and, asc, desc, eq, gte, inArray, isNotNull, isNull, lt, or, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import { jsonEach } from "../../../src/shared/db/chunk.ts";
import type { Db, Statement } from "../../../src/shared/db/client.ts";
import { store, transaction, transactionChange } from "../tables.ts";
import { NETWORKS } from "../networks.ts";
import type { Network } from "../networks.ts";
import type {
  ChangedField,
  DatedChange,
  Transaction,
  TransactionChange,
  TransactionFilter,
  TransactionRow,
} from "./transaction.ts";

function read(row: typeof transaction.$inferSelect): Transaction {
  const { saleMinor, saleCurrency, commissionMinor, commissionCurrency, occurredAt, validatedAt, ...rest } = row;
  const { firstSeenAt: _, changedAt: __, ...kept } = rest;
  return {
    ...kept,
    network: kept.network as Network,
    sale: { minor: saleMinor, currency: saleCurrency },
    commission: { minor: commissionMinor, currency: commissionCurrency },
    occurredAtMs: occurredAt,
    validatedAtMs: validatedAt,
  };
}

/** What is stored under these ids, by id. At most 1,000 a call. */
export async function transactionsById(db: Db, ids: readonly string[]): Promise<Map<string, Transaction>> {
  const rows = await db
    .select()
    .from(transaction)
    .where(sql`${transaction.id} in (select value from ${jsonEach(JSON.stringify(ids))})`);
  return new Map(rows.map((row) => [row.id, read(row)]));
}

/** The statements that store transactions, new or changed, with what changed in them. */
export function writeTransactions(
  db: Db,
  rows: readonly Transaction[],
  changes: readonly TransactionChange[],
  nowMs: number,
): Statement[] {
  const statements: Statement[] = [];
  if (rows.length > 0) statements.push(upsert(db, rows, nowMs));
  if (changes.length > 0) {
    const json = JSON.stringify(changes.map(({ transactionId, field, from, to }) => [transactionId, field, from, to]));
    statements.push(
      db
        .insert(transactionChange)
        .select(
          sql`select null, value ->> 0, ${nowMs}, value ->> 1, value ->> 2, value ->> 3 from ${jsonEach(json)} where true`,
        ),
    );
  }
  return statements;
}

function upsert(db: Db, rows: readonly Transaction[], nowMs: number): Statement {
  const json = JSON.stringify(
    rows.map((row) => [
      row.id,
      row.network,
      row.externalId,
      row.orderRef,
      row.status,
      row.sale.minor,
      row.sale.currency,
      row.commission.minor,
      row.commission.currency,
      row.advertiserId,
      row.occurredAtMs,
      row.validatedAtMs,
      row.declineReason,
      row.clickId,
      row.clickoutId,
      row.storeId,
      row.ref,
      Number(row.clickFound),
      row.parts === null ? null : JSON.stringify(row.parts),
    ]),
  );
  const values = sql.join(
    Array.from({ length: 19 }, (_, n) => sql.raw(`value ->> ${n}`)),
    sql`, `,
  );
  const fresh = (column: string) => sql.raw(`excluded.${column}`);
  return db
    .insert(transaction)
    .select(sql`select ${values}, ${nowMs}, ${nowMs} from ${jsonEach(json)} where true`)
    .onConflictDoUpdate({
      target: transaction.id,
      set: {
        orderRef: fresh("order_ref"),
        status: fresh("status"),
        saleMinor: fresh("sale_minor"),
        saleCurrency: fresh("sale_currency"),
        commissionMinor: fresh("commission_minor"),
        commissionCurrency: fresh("commission_currency"),
        advertiserId: fresh("advertiser_id"),
        occurredAt: fresh("occurred_at"),
        validatedAt: fresh("validated_at"),
        declineReason: fresh("decline_reason"),
        clickId: fresh("click_id"),
        clickoutId: fresh("clickout_id"),
        storeId: fresh("store_id"),
        ref: fresh("ref"),
        clickFound: fresh("click_found"),
        parts: fresh("parts"),
        changedAt: fresh("changed_at"),
      },
    });
}

/** What a filter wants. `bearing`: its own id, its network's, an order, a click or a ref. */
function matching(filter: TransactionFilter): SQL | undefined {
  const { status, storeId, network: of, attributed, ref, ids, bearing, fromMs, toMs, after } = filter;
  const { clickoutId, occurredAt, id } = transaction;
  return and(
    status === undefined ? undefined : eq(transaction.status, status),
    storeId === undefined ? undefined : eq(transaction.storeId, storeId),
    of === undefined ? undefined : eq(transaction.network, of),
    attributed === undefined ? undefined : attributed ? isNotNull(clickoutId) : isNull(clickoutId),
    ref === undefined ? undefined : eq(transaction.ref, ref),
    ids === undefined ? undefined : sql`${id} in (select value from ${jsonEach(JSON.stringify(ids))})`,
    bearing === undefined
      ? undefined
      : or(
          inArray(id, [bearing, ...NETWORKS.map((name) => `${name}:${bearing}`)]),
          eq(transaction.orderRef, bearing),
          eq(clickoutId, bearing),
          eq(transaction.ref, bearing),
        ),
    fromMs === undefined ? undefined : gte(occurredAt, fromMs),
    toMs === undefined ? undefined : lt(occurredAt, toMs),
    after === undefined
      ? undefined
      : or(lt(occurredAt, after.occurredAtMs), and(eq(occurredAt, after.occurredAtMs), lt(id, after.id))),
  );
}

/** One column of the transactions of a page, for what hangs on them. */
const ofPage = (
  db: Db,
  column: typeof transaction.id | typeof transaction.storeId,
  filter: TransactionFilter,
  limit: number,
) =>
  db
    .select({ one: column })
    .from(transaction)
    .where(matching(filter))
    .orderBy(desc(transaction.occurredAt), desc(transaction.id))
    .limit(limit);

/** Transactions that match, newest order first, with their history. */
export async function listTransactions(db: Db, filter: TransactionFilter, limit: number): Promise<TransactionRow[]> {
  const [rows, changes] = await db.batch([
    db
      .select()
      .from(transaction)
      .where(matching(filter))
      .orderBy(desc(transaction.occurredAt), desc(transaction.id))
      .limit(limit),
    db
      .select()
      .from(transactionChange)
      .where(inArray(transactionChange.transactionId, ofPage(db, transaction.id, filter, limit)))
      .orderBy(asc(transactionChange.id)),
  ]);
  const byId = Map.groupBy(changes, (change) => change.transactionId);
  return rows.map((row) => ({
    ...read(row),
    changes: (byId.get(row.id) ?? []).map(({ at, field, from, to }): DatedChange => ({
      atMs: at,
      field: field as ChangedField,
      from,
      to,
    })),
  }));
}

/** Names of the stores of such a list, by id. */
export async function storesOfTransactions(
  db: Db,
  filter: TransactionFilter,
  limit: number,
): Promise<ReadonlyMap<number, string>> {
  const rows = await db
    .select({ id: store.id, name: store.name })
    .from(store)
    .where(inArray(store.id, ofPage(db, transaction.storeId, filter, limit)));
  return new Map(rows.map(({ id, name }) => [id, name]));
}
