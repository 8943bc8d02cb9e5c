// Transactions as the operator lists them. Reads only.
import { isoTime } from "../../../src/shared/clock.ts";
import { moneyText } from "../../../src/shared/money.ts";
import { decodeCursor, pageOf } from "../../../src/shared/http/page.ts";
import type { Cursor } from "../../../src/shared/http/page.ts";
import { transactionCursor } from "./schema.ts";
import type { TransactionView } from "./schema.ts";
import type { Operation } from "../service.ts";
import type { TransactionFilter, TransactionRow } from "./transaction.ts";

const timeOrNull = (ms: number | null) => (ms === null ? null : isoTime(ms));

/** A transaction as a door, a file or a webhook tells it. */
export function transactionView(row: TransactionRow): TransactionView {
  return {
    transactionId: row.id,
    network: row.network,
    externalId: row.externalId,
    orderRef: row.orderRef,
    status: row.status,
    sale: moneyText(row.sale),
    commission: moneyText(row.commission),
    clickoutId: row.clickoutId,
    ref: row.ref,
    storeId: row.storeId,
    advertiserId: row.advertiserId,
    occurredAt: isoTime(row.occurredAtMs),
    validatedAt: timeOrNull(row.validatedAtMs),
    declineReason: row.declineReason,
    changes: row.changes.map(({ atMs, ...change }) => ({ at: isoTime(atMs), ...change })),
  };
}

/** Those of a page: the filter with where the cursor stands. */
function queryOf(filter: Omit<TransactionFilter, "after">, cursor: Cursor | undefined): TransactionFilter {
  const [occurredAtMs, id] = decodeCursor(cursor, transactionCursor) ?? [];
  return { ...filter, after: occurredAtMs === undefined || id === undefined ? undefined : { occurredAtMs, id } };
}

/** A page of transactions, newest order first. */
export async function listTransactions(
  op: Operation,
  filter: Omit<TransactionFilter, "after">,
  limit: number,
  cursor?: Cursor,
) {
  const rows = await op.data.listTransactions(op.db, queryOf(filter, cursor), limit + 1);
  const { items, nextCursor } = pageOf(rows, limit, ({ occurredAtMs, id }) => [occurredAtMs, id]);
  return { items: items.map(transactionView), nextCursor };
}

/** Names of the stores that such a page speaks of, by id. */
export async function storesOfTransactions(
  op: Operation,
  filter: Omit<TransactionFilter, "after">,
  limit: number,
  cursor?: Cursor,
) {
  return await op.data.storesOfTransactions(op.db, queryOf(filter, cursor), limit);
}
