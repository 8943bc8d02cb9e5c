// What the doors of earnings take and answer.
import { z } from "@hono/zod-openapi";
import { moneyView } from "../../../src/shared/http/money-schema.ts";
import { visitsFilter } from "../catalogue/schema.ts";
import { NETWORKS } from "../networks.ts";
import type { Network } from "../networks.ts";
import { TRANSACTION_STATES } from "./transaction.ts";

const status = z.enum(TRANSACTION_STATES);
const time = z.string().openapi({ format: "date-time" });
const { store_id, network, ref, from, to } = visitsFilter;

/** Filters of transactions, without their page. */
export const transactionsFilter = {
  status: status.optional(),
  store_id,
  network,
  attributed: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .optional(),
  ref,
  from,
  to,
};

/** A transaction; `changes` oldest first, their values as text. */
export const transactionView = z
  .object({
    transactionId: z.string(),
    network: z.enum(NETWORKS as [Network, ...Network[]]),
    externalId: z.string(),
    orderRef: z.string().nullable(),
    status,
    sale: moneyView,
    commission: moneyView,
    clickoutId: z.string().nullable(),
    ref: z.string().nullable(),
    storeId: z.int().nullable(),
    advertiserId: z.string().nullable(),
    occurredAt: time,
    validatedAt: time.nullable(),
    declineReason: z.string().nullable(),
    changes: z.array(
      z.object({
        at: time,
        field: z.enum(["status", "sale", "commission", "declineReason"]),
        from: z.string().nullable(),
        to: z.string().nullable(),
      }),
    ),
  })
  .openapi("Transaction");

/** What `transactionView` describes. */
export type TransactionView = z.output<typeof transactionView>;
