// Awin's transactions and joined programmes. JSON without pages; at most 31 days and 20 calls a minute for the token's user.

import * as z from "zod";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../src/shared/clock.ts";
import {
  amount,
  amountOf,
  callNetwork,
  failed,
  instantOf,
  jsonOf,
  kindOfText,
  noWarnings,
  orHalf,
  outsideId,
  programmesPage,
  readRows,
  saidIn,
  textOrNull,
} from "./report-call-client.ts";
import type { Warnings } from "./report-call-client.ts";
import type { Reported, ReportClient, ReportSession, ReportSlice, Sale, SaleStatus } from "./report-client.ts";
import { hostsOf } from "./report-hosts.ts";
import { utcMs, utcSeconds } from "./report-time.ts";
import { afterWindow, firstHalf, piecesOf, readCursor } from "./report-window.ts";
import type { Window } from "./report-window.ts";

/** The limit is 31 days; one less leaves room for the rounding to seconds. */
const SLICE_HOURS = 30 * 24;
const CALLS_PER_MINUTE = 20;

/** What was deleted before anybody validated it has no date of validation: it is found by its order's. */
const RECENT = [{ basis: "occurred" }] as const;
const CHANGES = [{ basis: "validated" }, { basis: "amended" }, { basis: "occurred", status: "deleted" }] as const;

const DATE_TYPES = { occurred: "transaction", validated: "validation", amended: "amendment" } as const;

const money = z.object({ amount, currency: z.string() });
const transactionRow = z.object({
  id: outsideId,
  advertiserId: outsideId.nullish(),
  commissionStatus: z.string(),
  paidToPublisher: z.boolean().nullish(),
  commissionAmount: money,
  saleAmount: money.nullish(),
  clickRefs: z.object({ clickRef: z.union([z.string(), z.number()]).nullish() }).nullish(),
  transactionDate: z.string(),
  validationDate: z.string().nullish(),
  declineReason: z.string().nullish(),
  orderRef: z.union([z.string(), z.number()]).nullish(),
});

const programmeRow = z.object({
  id: outsideId,
  name: z.string(),
  displayUrl: z.string().nullish(),
  validDomains: z.array(z.union([z.string(), z.object({ domain: z.string() })])).nullish(),
});

const hoursFrom = (fromMs: number, hours: number) => fromMs + hours * HOUR_MS;
const hoursOf = ({ fromMs, toMs }: Window) => Math.max(1, Math.ceil((toMs - fromMs) / HOUR_MS));

function statusOf(row: z.output<typeof transactionRow>, warnings: Warnings): SaleStatus {
  switch (row.commissionStatus.trim().toLowerCase()) {
    case "approved":
      return row.paidToPublisher === true ? "paid" : "approved";
    case "declined":
    case "deleted":
      return "declined";
    case "pending":
      return "pending";
    default:
      warnings.add(`Row ${row.id}: the status ${JSON.stringify(row.commissionStatus.slice(0, 40))} is not known.`);
      return "pending";
  }
}

function saleOf(row: z.output<typeof transactionRow>, warnings: Warnings): Sale {
  const { commissionAmount, saleAmount } = row;
  const commission = amountOf(commissionAmount.amount, commissionAmount.currency, "commissionAmount");
  return {
    externalId: row.id,
    part: null,
    orderRef: textOrNull(row.orderRef),
    status: statusOf(row, warnings),
    provisional: false,
    // A bonus has no sale.
    sale: saleAmount ? amountOf(saleAmount.amount, saleAmount.currency, "saleAmount") : { ...commission, minor: 0 },
    commission,
    clickId: textOrNull(row.clickRefs?.clickRef),
    advertiserId: row.advertiserId ?? null,
    occurredAtMs: instantOf(row.transactionDate, utcMs, "transactionDate"),
    validatedAtMs: row.validationDate ? instantOf(row.validationDate, utcMs, "validationDate") : null,
    declineReason: textOrNull(row.declineReason),
  };
}

async function askList(operation: string, path: string, session: ReportSession): Promise<Reported<unknown[]>> {
  const publisher = encodeURIComponent(session.fields["publisherId"] ?? "");
  const init = { headers: { Authorization: `Bearer ${session.fields["token"] ?? ""}`, Accept: "application/json" } };
  const answer = await callNetwork(
    { network: "awin", operation, path: `/publishers/${publisher}/${path}`, init },
    session,
  );
  if (!answer.ok) {
    const { failure } = answer;
    // Awin says nothing of when to come back: its limit is by the minute.
    if (failure.kind === "rate_limited") failure.retryAtMs ??= session.deps.clock() + MINUTE_MS;
    return { ok: false, failure };
  }
  const what = `awin ${operation}`;
  const parsed = jsonOf(answer.text(), what, session);
  if (!parsed.ok) return parsed;
  if (Array.isArray(parsed.value)) return { ok: true, value: parsed.value };
  const said = saidIn(parsed.value, "error", "description");
  return said === null
    ? failed("malformed", `${what}: the answer is not a list.`, session)
    : failed(kindOfText(said), `${what}: ${said}`, session);
}

/** Awin's reports. `paceMs` keeps to its 20 calls a minute. */
export const awinReports: ReportClient = {
  network: "awin",
  paceMs: MINUTE_MS / CALLS_PER_MINUTE,

  slices(window, purpose) {
    const kinds = purpose === "recent" ? RECENT : CHANGES;
    return kinds.flatMap((kind) =>
      piecesOf(window, SLICE_HOURS, hoursFrom).map((piece): ReportSlice => ({ ...piece, ...kind })),
    );
  },

  async sales(slice, cursor, session) {
    const window = readCursor(slice, cursor);
    const basis = slice.basis === "processed" ? "occurred" : slice.basis;
    const query = new URLSearchParams({
      startDate: utcSeconds(window.fromMs),
      // Rounded up: a sale within the last second belongs to it.
      endDate: utcSeconds(Math.ceil(window.toMs / SECOND_MS) * SECOND_MS),
      timezone: "UTC",
      dateType: DATE_TYPES[basis],
      ...(slice.status === undefined ? {} : { status: slice.status }),
    });
    const list = await askList("transactions", `transactions/?${query.toString()}`, session);
    if (!list.ok) return orHalf(list.failure, firstHalf(window, hoursOf(window), hoursFrom));
    const warnings = noWarnings();
    const sales = readRows(
      list.value,
      transactionRow,
      (row) => row["id"],
      warnings,
      (row) => saleOf(row, warnings),
    );
    const next = afterWindow(slice, window, hoursOf(window), hoursFrom);
    return { ok: true, value: { sales, next, warnings: warnings.list() } };
  },

  async programmes(_cursor, session) {
    const list = await askList("programmes", "programmes?relationship=joined", session);
    if (!list.ok) return list;
    return programmesPage(
      list.value,
      programmeRow,
      (row) => row["id"],
      ({ id, name, displayUrl, validDomains }) => ({
        externalId: id,
        name,
        domains: hostsOf([...(validDomains ?? []).map((it) => (typeof it === "string" ? it : it.domain)), displayUrl]),
      }),
    );
  },
};
