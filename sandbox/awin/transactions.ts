// Awin's report of transactions: filters as documented, bodies as typed clients and the documentation show them.
// It must refuse what Awin refuses: more than 31 days, a missing or unknown time zone, a date of another form.
import type { Context, Hono } from "hono";
import { decimalNumber } from "../ledger/amounts.ts";
import type { KnownSale, Ledger } from "../ledger/ledger.ts";
import { instantOf, wallClock } from "../ledger/zones.ts";

const MAX_SPAN_MS = 31 * 86_400_000;
const AMERICAN = ["Eastern", "Central", "Mountain", "Pacific"];
const ZONES = new Set([
  "UTC",
  ...["Berlin", "Paris", "London", "Dublin"].map((city) => `Europe/${city}`),
  ...AMERICAN.flatMap((part) => [`Canada/${part}`, `US/${part}`]),
]);
const STATUSES = new Set(["pending", "approved", "declined", "deleted"]);

/** By which of a transaction's times the window is laid; null: the transaction has no such time yet. */
const DATED: Readonly<Record<string, (known: KnownSale) => number | null>> = {
  transaction: ({ sale }) => sale.occurredAt,
  validation: ({ state }) => state.validatedAt,
  amendment: ({ state }) => state.amendedAt,
};

/** Adds the door; authorisation and limits are the caller's. Texts of refusals are inferred. */
export function transactionDoors(app: Hono, ledger: Ledger, publisherId: string): void {
  // Documented with the slash for windows and without it for ids; both take both.
  app.on("GET", ["/publishers/:publisher/transactions/", "/publishers/:publisher/transactions"], (c) => {
    const zone = c.req.query("timezone");
    if (zone === undefined || !ZONES.has(zone)) return refused(c, "timezone is missing or not supported");
    const ids = c.req.query("ids");
    const chosen = ids === undefined ? inWindow(c, ledger, zone) : withIds(ledger, ids);
    if (typeof chosen === "string") return refused(c, chosen);
    const basket = c.req.query("showBasketProducts") === "true";
    return c.json(chosen.map((known) => transactionBody(known, zone, publisherId, basket)));
  });
}

function refused(c: Context, description: string) {
  return c.json({ error: "bad_request", description }, 400);
}

function withIds(ledger: Ledger, ids: string): KnownSale[] {
  const wanted = new Set(ids.split(","));
  return ledger.known("awin").filter(({ sale }) => wanted.has(`${sale.id}`));
}

/** The transactions of the asked window, or a sentence that says what is wrong. */
function inWindow(c: Context, ledger: Ledger, zone: string): KnownSale[] | string {
  const [from, to] = [instantOf(c.req.query("startDate") ?? "", zone), instantOf(c.req.query("endDate") ?? "", zone)];
  if (from === null || to === null) return "startDate and endDate must be yyyy-MM-ddTHH:mm:ss";
  if (to < from) return "endDate lies before startDate";
  if (to - from > MAX_SPAN_MS) return "the window is longer than 31 days";
  const dated = DATED[c.req.query("dateType") ?? "transaction"];
  if (dated === undefined) return "dateType must be transaction, validation or amendment";
  const status = c.req.query("status");
  if (status !== undefined && !STATUSES.has(status)) return "status is unknown";
  const advertisers = c.req.query("advertiserId")?.split(",");
  return ledger.known("awin").filter((known) => {
    const at = dated(known);
    // The last second is meant whole: its text has no milliseconds.
    if (at === null || at < from || at > to + 999) return false;
    if (status !== undefined && known.state.status !== status) return false;
    return advertisers === undefined || advertisers.includes(known.sale.advertiserId);
  });
}

function transactionBody({ sale, state }: KnownSale, zone: string, publisherId: string, basket: boolean) {
  const { currency } = sale;
  const money = (minor: number) => ({ amount: decimalNumber(minor, currency), currency });
  const clock = (ms: number) => wallClock(ms, zone);
  return {
    id: sale.id,
    url: "https://www.sluice.example",
    advertiserId: Number(sale.advertiserId),
    publisherId: Number(publisherId),
    commissionSharingPublisherId: 0,
    commissionSharingSelectedRatePublisherId: 0,
    siteName: "Sluice",
    commissionStatus: state.status,
    commissionAmount: money(state.commissionMinor),
    saleAmount: money(state.saleMinor),
    ipHash: `-${sale.id}77`,
    customerCountry: "BR",
    clickRefs: sale.clickId === null ? null : { clickRef: sale.clickId },
    clickDate: clock(sale.clickedAt),
    transactionDate: clock(sale.occurredAt),
    validationDate: state.validatedAt === null ? null : clock(state.validatedAt),
    type: { sale: "Commission group transaction", bonus: "Bonus", lead: "Lead" }[sale.kind],
    declineReason: state.declineReason,
    voucherCodeUsed: false,
    voucherCode: "",
    lapseTime: Math.round((sale.occurredAt - sale.clickedAt) / 1000),
    amended: state.amendedAt !== null,
    amendReason: state.amendReason,
    oldSaleAmount: state.old === null ? null : money(state.old.saleMinor),
    oldCommissionAmount: state.old === null ? null : money(state.old.commissionMinor),
    clickDevice: "Windows",
    transactionDevice: "Windows",
    publisherUrl: sale.url,
    advertiserCountry: "BR",
    orderRef: sale.orderRef,
    customParameters: null,
    transactionParts: [
      {
        commissionGroupId: 12345,
        amount: decimalNumber(state.saleMinor, currency),
        commissionAmount: decimalNumber(state.commissionMinor, currency),
        advertiserCost: null,
        commissionGroupCode: "DEFAULT",
        commissionGroupName: "Default Commission",
        trackedParts: [],
      },
    ],
    paidToPublisher: state.paid,
    paymentId: state.paymentId,
    transactionQueryId: 0,
    trackedCurrencyAmount: null,
    originalSaleAmount: null,
    advertiserCost: null,
    basketProducts: basket
      ? state.lines.map((line) => ({ id: line.sku, name: line.product, quantity: line.quantity }))
      : null,
  };
}
