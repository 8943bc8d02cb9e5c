// Rakuten's report: a bare array of rows, one per line item and correction, with no status and no envelope.
// It must never net anything: adding up is the reader's work.
import type { Context, Hono } from "hono";
import { decimalNumber } from "../ledger/amounts.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { rakutenRows } from "../ledger/rakuten-rows.ts";
import type { RakutenRow } from "../ledger/rakuten-rows.ts";
import { instantOf } from "../ledger/zones.ts";

/** Spellings in which clients differ; a test may change them at any time. */
export interface RakutenDialect {
  /** Numbers as quoted strings. */
  quotedIds: boolean;
  /** `is_event` as a boolean instead of "Y" and "N". */
  booleanEvents: boolean;
  /** `commissions_list_id` instead of `commission_list_id`. */
  pluralListId: boolean;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 10_000;
/** Inferred: windows of about a month are taken. */
const MAX_SPAN_MS = 31 * 86_400_000;
const WINDOWS = [
  { name: "process_date", at: (row: RakutenRow) => row.processedAt },
  { name: "transaction_date", at: (row: RakutenRow) => row.sale.occurredAt },
] as const;

/** Adds the door; authorisation and limits are the caller's. Texts of refusals are inferred. */
export function eventDoors(app: Hono, ledger: Ledger, siteId: string, dialect: RakutenDialect): void {
  app.get("/events/1.0/transactions", (c) => {
    let rows = ledger
      .sales("rakuten")
      .flatMap((sale) => rakutenRows(sale, ledger.now()))
      .toSorted((a, b) => a.processedAt - b.processedAt || (a.etransactionId < b.etransactionId ? -1 : 1));
    for (const { name, at } of WINDOWS) {
      const window = askedWindow(c, name);
      if (typeof window === "string") return c.json({ error: "invalid_request", error_description: window }, 400);
      if (window !== null) rows = rows.filter((row) => at(row) >= window.from && at(row) <= window.to);
    }
    const { currency, type } = c.req.query();
    rows = rows.filter((row) => currency === undefined || row.sale.currency === currency);
    rows = rows.filter((row) => type === undefined || row.type === type);
    const limit = Math.min(MAX_LIMIT, Math.max(1, Number(c.req.query("limit")) || DEFAULT_LIMIT));
    const page = Math.max(1, Number(c.req.query("page")) || 1);
    return c.json(rows.slice((page - 1) * limit, page * limit).map((row) => rowBody(row, siteId, dialect)));
  });
}

/** The window of one kind of date, null if it was not asked for, or what is wrong with it. */
function askedWindow(c: Context, name: string): { from: number; to: number } | string | null {
  const [start, end] = [c.req.query(`${name}_start`), c.req.query(`${name}_end`)];
  if (start === undefined && end === undefined) return null;
  const [from, to] = [instantOf(stamp(start), "UTC"), instantOf(stamp(end), "UTC")];
  if (from === null || to === null) return `${name}_start and ${name}_end must be YYYY-MM-DD HH:mm:ss`;
  if (to < from) return `${name}_end lies before ${name}_start`;
  return to - from > MAX_SPAN_MS ? `the window of ${name} is too long` : { from, to: to + 999 };
}

/** Written with a space; what has a `T` instead is refused by losing its form. */
function stamp(text = ""): string {
  return text.includes("T") ? "" : text.replace(" ", "T");
}

function rowBody(row: RakutenRow, siteId: string, dialect: RakutenDialect) {
  const { sale, line } = row;
  const id = (digits: string) => (dialect.quotedIds ? digits : Number(digits));
  return {
    etransaction_id: row.etransactionId,
    advertiser_id: id(sale.advertiserId),
    sid: id(siteId),
    order_id: sale.orderRef,
    offer_id: "987",
    sku_number: line.sku,
    sale_amount: decimalNumber(line.saleMinor, sale.currency),
    quantity: line.quantity,
    commissions: decimalNumber(line.commissionMinor, sale.currency),
    process_date: spelled(row.processedAt),
    transaction_date: spelled(sale.occurredAt),
    transaction_type: row.type,
    product_name: line.product,
    ...(sale.clickId === null ? {} : { u1: sale.clickId }),
    currency: sale.currency,
    is_event: dialect.booleanEvents ? row.isEvent : row.isEvent ? "Y" : "N",
    [dialect.pluralListId ? "commissions_list_id" : "commission_list_id"]: "0",
  };
}

/** As JavaScript writes dates in UTC: `Wed May 01 2024 12:02:11 GMT+0000 (UTC)`. */
function spelled(ms: number): string {
  const [weekday, day, month, year, time] = new Date(ms).toUTCString().replace(",", "").split(" ");
  return `${weekday} ${month} ${day} ${year} ${time} GMT+0000 (UTC)`;
}
