// What the doors of earnings take and answer.
import { z } from "@hono/zod-openapi";
import { moneyView } from "../../../src/shared/http/answers.ts";
import { visitsFilter } from "../clicks/schema.ts";
import { networkName, time } from "../schema.ts";
import { currencyDigits } from "../../../src/shared/money.ts";
import { DIMENSIONS } from "./report.ts";
import type { Dimension } from "./report.ts";
import { TRANSACTION_STATES } from "./transaction.ts";

const status = z.enum(TRANSACTION_STATES);
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
    network: networkName,
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

/** Where a page of transactions begins. */
export const transactionCursor = z.tuple([z.int(), z.string().max(1_000)]);

/** What `transactionView` describes. */
export type TransactionView = z.output<typeof transactionView>;

const isDimension = (word: string): word is Dimension => (DIMENSIONS as readonly string[]).includes(word);

const dimensions = z
  .string()
  .transform((text) => text.split(",").map((word) => word.trim()))
  .refine((words) => words.every(isDimension), "must be store, network, day or ref")
  .refine((words) => words.length <= 2 && new Set(words).size === words.length, "takes one or two different words")
  .transform((words) => words.filter(isDimension))
  .openapi({ type: "string", example: "store,network" });

const day = z.string().openapi({ format: "date" });

/** A report. */
export const reportQuery = z.strictObject({
  group_by: dimensions,
  from,
  to,
  currency: z
    .string()
    .refine((code) => currencyDigits(code) !== null, "must be a currency of ISO 4217")
    .optional(),
});

const figures = {
  clicks: z.int(),
  humans: z.int(),
  transactions: z.int(),
  conversion: z.string().openapi({ example: "0.0123" }),
  sales: moneyView,
  commission: moneyView,
  approvedCommission: moneyView,
  epc: moneyView,
};

export const reportView = z
  .object({
    items: z.array(
      z.object({
        store: z.int().nullable().optional(),
        storeName: z.string().nullable().optional(),
        network: z.string().nullable().optional(),
        day: day.optional(),
        ref: z.string().optional(),
        ...figures,
      }),
    ),
    total: z.object(figures),
    unconverted: z.int(),
    from: day,
    to: day,
    completeFrom: day.nullable(),
    truncated: z.boolean(),
  })
  .openapi("Report");
