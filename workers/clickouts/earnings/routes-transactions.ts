// The doors of transactions: what networks say that clicks earned. Reads only.
import { keyed } from "../../../src/shared/auth/requires.ts";
import { addList } from "../../../src/shared/http/list.ts";
import type { Routes } from "../../../src/shared/system.ts";
import type { Open } from "../routes-doors.ts";
import { transactionsFilter, transactionView } from "./schema.ts";
import { listTransactions } from "./service-transactions.ts";

/** Adds the doors of transactions. */
export function addTransactionRoutes(routes: Routes, open: Open): void {
  addList(routes, open, {
    ...keyed("clickouts:read"),
    path: "/api/clickouts/transactions",
    description: "By the order's time, newest first. `attributed=false` shows those whose click is not ours.",
    filter: transactionsFilter,
    item: transactionView,
    answer: "Transactions with their history.",
    columns: [
      ...(["transactionId", "network", "externalId", "orderRef", "status"] as const),
      { name: "sale", value: (row) => row.sale.value },
      { name: "saleCurrency", value: (row) => row.sale.currency },
      { name: "commission", value: (row) => row.commission.value },
      { name: "commissionCurrency", value: (row) => row.commission.currency },
      ...(["clickoutId", "ref", "storeId", "advertiserId"] as const),
      ...(["occurredAt", "validatedAt", "declineReason", "changes"] as const),
    ],
    page: (op, { store_id: storeId, from: fromMs, to: toMs, ...rest }, limit, cursor) =>
      listTransactions(op, { ...rest, storeId, fromMs, toMs }, limit, cursor),
  });
}
