// Rakuten's transactions: one row per line of an order, returns as rows of their own, and no word for a state. Whoever stores
// them adds the rows of an order and SKU up. Every call needs an access token, which lives an hour.

import * as z from "zod";
import { DAY_MS, MINUTE_MS, SECOND_MS } from "../../../src/shared/clock.ts";
import { amount, amountOf, failed, instantOf, kindOfText, noWarnings } from "./report-call-client.ts";
import { outsideId, readRows, saidIn, textOrNull } from "./report-call-client.ts";
import { rakutenProgrammes } from "./rakuten.programmes.client.ts";
import { askRakuten } from "./rakuten.token.client.ts";
import type { ReportClient, ReportSlice, Sale } from "./report-client.ts";
import { offsetMs, utcSeconds } from "./report-time.ts";
import { piecesOf } from "./report-window.ts";

/** About 30 days are allowed; one less leaves room for the rounding to seconds. */
const SLICE_DAYS = 29;
/** 100 calls a minute are documented for product search; production users keep to 60. */
const CALLS_PER_MINUTE = 60;
/** 1,000 rows are half a megabyte. */
const PAGE_ROWS = 1_000;
/** The page of those who ask for none: fewer rows than this are the last, whatever the upstream made of our limit. */
const LEAST_PAGE_ROWS = 100;
/** A million rows of a month: more is an upstream that repeats itself. */
const MAX_PAGES = 1_000;

const optionalText = z.union([z.string(), z.number()]).nullish();
const eventRow = z.object({
  etransaction_id: outsideId,
  advertiser_id: outsideId,
  order_id: outsideId,
  sku_number: optionalText,
  sale_amount: amount,
  commissions: amount,
  currency: z.string(),
  transaction_date: z.string(),
  process_date: z.string().nullish(),
  u1: optionalText,
  is_event: z.union([z.string(), z.boolean()]).nullish(),
});

function isEvent(value: string | boolean | null | undefined): boolean {
  return typeof value === "boolean" ? value : /^(?:y|yes|true)$/i.test(value?.trim() ?? "");
}

function saleOf(row: z.output<typeof eventRow>): Sale {
  const provisional = isEvent(row.is_event);
  // Orders are counted by each advertiser for himself. Escaped, so that no two triples make the same id.
  const key = [row.advertiser_id, row.order_id, textOrNull(row.sku_number) ?? ""];
  return {
    externalId: key.map((part) => encodeURIComponent(part.toWellFormed())).join("/"),
    // An early event has the id of the transaction that follows it, and must not replace it when both are read again.
    part: `${row.etransaction_id}${provisional ? ":event" : ""}`,
    orderRef: row.order_id,
    status: null,
    provisional,
    sale: amountOf(row.sale_amount, row.currency, "sale_amount"),
    commission: amountOf(row.commissions, row.currency, "commissions"),
    clickId: textOrNull(row.u1),
    advertiserId: row.advertiser_id,
    occurredAtMs: instantOf(row.transaction_date, offsetMs, "transaction_date"),
    validatedAtMs: null,
    declineReason: null,
  };
}

/** `2024-05-01 12:02:11` in UTC. */
const dateText = (atMs: number) => utcSeconds(atMs).replace("T", " ");

/** Rakuten's reports. `recent` looks by processing date, so that returns of old orders come too; `changes` by order date. */
export const rakutenReports: ReportClient = {
  network: "rakuten",
  paceMs: MINUTE_MS / CALLS_PER_MINUTE,

  slices(window, purpose) {
    const basis = purpose === "recent" ? "processed" : "occurred";
    const advance = (fromMs: number, days: number) => fromMs + days * DAY_MS;
    return piecesOf(window, SLICE_DAYS, advance).map((piece): ReportSlice => ({ ...piece, basis }));
  },

  async sales(slice, cursor, session) {
    const page = Number(cursor ?? "1");
    const date = slice.basis === "processed" ? "process_date" : "transaction_date";
    const query = new URLSearchParams({
      [`${date}_start`]: dateText(slice.fromMs),
      [`${date}_end`]: dateText(Math.ceil(slice.toMs / SECOND_MS) * SECOND_MS),
      limit: String(PAGE_ROWS),
      page: String(page),
    });
    const body = await askRakuten("transactions", `/events/1.0/transactions?${query.toString()}`, session);
    if (!body.ok) return body;
    const rows = body.value;
    if (!Array.isArray(rows)) {
      const said = saidIn(rows, "error", "error_description");
      return said === null
        ? failed("malformed", "rakuten transactions: the answer is not a list.", session)
        : failed(kindOfText(said), `rakuten transactions: ${said}`, session);
    }
    if (rows.length >= LEAST_PAGE_ROWS && page >= MAX_PAGES) {
      return failed("malformed", `rakuten transactions: there is no end after ${page} pages.`, session);
    }
    const warnings = noWarnings();
    const sales = readRows(rows, eventRow, (row) => row["etransaction_id"], warnings, saleOf);
    const next = rows.length < LEAST_PAGE_ROWS ? null : String(page + 1);
    return { ok: true, value: { sales, next, warnings: warnings.list() } };
  },

  programmes: rakutenProgrammes,
};
