// The doors of transactions: what networks say that clicks earned. Reads only.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { csvResponse, everyPage } from "../../../src/shared/http/csv.ts";
import type { Column } from "../../../src/shared/http/csv.ts";
import { decodeCursor, listOf, listQuery, MAX_LIMIT } from "../../../src/shared/http/page.ts";
import type { Routes } from "../../../src/shared/system.ts";
import { csvAnswer, json } from "../routes-answers.ts";
import type { Open } from "../routes-doors.ts";
import { transactionsFilter, transactionView } from "./schema.ts";
import type { TransactionView } from "./schema.ts";
import { listTransactions } from "./service-transactions.ts";
import type { TransactionFilter } from "./transaction.ts";

const read = keyed("clickouts:read");
const path = "/api/clickouts/transactions";
const query = z.strictObject({ ...listQuery, ...transactionsFilter });

const list = createRoute({
  ...read,
  method: "get",
  path,
  description: "By the order's time, newest first. `attributed=false` shows those whose click is not ours.",
  request: { query },
  responses: { 200: json(listOf(transactionView), "Transactions with their history.") },
});
const csv = createRoute({ ...read, method: "get", path: `${path}.csv`, request: { query }, responses: csvAnswer });

const columns: Column<TransactionView>[] = [
  ...(["transactionId", "network", "externalId", "orderRef", "status"] as const).map(
    (name): Column<TransactionView> => ({ name, value: (row) => row[name] }),
  ),
  { name: "sale", value: (row) => row.sale.value },
  { name: "saleCurrency", value: (row) => row.sale.currency },
  { name: "commission", value: (row) => row.commission.value },
  { name: "commissionCurrency", value: (row) => row.commission.currency },
  ...(
    ["clickoutId", "ref", "storeId", "advertiserId", "occurredAt", "validatedAt", "declineReason", "changes"] as const
  ).map((name): Column<TransactionView> => ({ name, value: (row) => row[name] })),
];

function filterOf(given: Omit<z.output<typeof query>, "limit">): TransactionFilter {
  const { cursor, store_id: storeId, from: fromMs, to: toMs, ...rest } = given;
  return { ...rest, storeId, fromMs, toMs, after: afterOf(cursor) };
}

function afterOf(cursor: string | undefined): TransactionFilter["after"] {
  const position = decodeCursor(cursor, z.tuple([z.int(), z.string().max(1_000)]));
  return position === undefined ? undefined : { occurredAtMs: position[0], id: position[1] };
}

/** Adds the doors of transactions. */
export function addTransactionRoutes(routes: Routes, open: Open): void {
  routes.openapi(list, async (c) => {
    const { limit, ...filter } = c.req.valid("query");
    return c.json(await listTransactions(open(c), filterOf(filter), limit), 200);
  });
  routes.openapi(csv, (c) => {
    const { limit: _, cursor: __, ...given } = c.req.valid("query");
    const op = open(c);
    const filter = filterOf(given);
    const page = (cursor: string | undefined) => listTransactions(op, { ...filter, after: afterOf(cursor) }, MAX_LIMIT);
    return csvResponse(columns, everyPage(page));
  });
}
