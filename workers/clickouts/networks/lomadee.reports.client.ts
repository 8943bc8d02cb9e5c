// Lomadee's transactions (XML behind a token of its own) and stores (JSON). User and password stand in a query, the app token
// in a path: no URL may ever be told.

import * as z from "zod";
import { HOUR_MS, DAY_MS } from "../../../src/shared/clock.ts";
import { withDecimalPoint } from "../../../src/shared/money.ts";
import type { UpstreamFailure } from "../../../src/shared/http/upstream.ts";
import {
  amountOf,
  callNetwork,
  failed,
  instantOf,
  isRecord,
  jsonOf,
  kindOfText,
  noWarnings,
  orHalf,
  programmesPage,
  readRows,
  saidIn,
  textOrNull,
} from "./report-call-client.ts";
import type { Warnings } from "./report-call-client.ts";
import type { Reported, ReportClient, ReportSession, ReportSlice, Sale, SaleStatus } from "./report-client.ts";
import { saoPauloDay, saoPauloMs } from "./report-time.ts";
import { afterDays, halfOfDays, lastMs, monthsOf } from "./report-days.ts";
import { readCursor } from "./report-window.ts";
import type { Window } from "./report-window.ts";
import { decodedXml, parseXml, xmlText } from "./report-xml-client.ts";

/** Its report looks back no further, as far as is known. */
const LOOK_BACK_DAYS = 90;
/** How long a token is used that says nothing of its life. */
const TOKEN_LIFE_MS = HOUR_MS;
/** Its limits are unknown: ten calls a minute are what its newer API allows. */
const PACE_MS = 6_000;

/**
 * `eventStatus` of a call and `statusId` of a row; 99 is a bonus. Pending is asked first: what is decided between two calls is
 * then read twice, and its newer state counts. Changes are found by reading again, as there is no date of validation to ask by.
 */
const STATUSES: Readonly<Record<string, SaleStatus>> = {
  "0": "pending",
  "1": "approved",
  "2": "declined",
  "99": "approved",
};

/** An element without text is empty; one with children by mistake is refused. */
const element = z.string().transform(xmlText);
const optional = element.nullish();
const itemRow = z.object({
  transactionId: element.pipe(z.string().trim().min(1).max(256)),
  transactionCode: optional,
  date: optional,
  checkoutDate: optional,
  processedDate: optional,
  currency: optional,
  commission: element,
  gmv: optional,
  associateId: optional,
  statusId: optional,
  advertiser: z.object({ advertiserId: optional }).nullish(),
});

const storesBody = z.object({
  requestInfo: z.object({ status: z.string(), message: z.string().nullish() }).nullish(),
  pagination: z.object({ page: z.number(), totalPage: z.number() }).nullish(),
  stores: z.array(z.unknown()).nullish(),
});
const storeRow = z.object({ id: z.union([z.string().min(1).max(256), z.int().transform(String)]), name: z.string() });

/** `01082022`, as Lomadee wants a day. */
const dayText = (atMs: number) => saoPauloDay(atMs).split("-").toReversed().join("");

async function newToken(session: ReportSession): Promise<UpstreamFailure | null> {
  const { user = "", password = "" } = session.fields;
  const path = `/api/lomadee/createToken?${new URLSearchParams({ user, password }).toString()}`;
  const answer = await callNetwork({ network: "lomadee", operation: "token", path }, session);
  if (!answer.ok) {
    // A refusal of user and password comes with any 4xx.
    if (answer.failure.kind === "rejected") answer.failure.kind = "unauthorized";
    return answer.failure;
  }
  const parsed = jsonOf(answer.text(), "lomadee token", session);
  if (!parsed.ok) return parsed.failure;
  const body = isRecord(parsed.value) ? parsed.value : {};
  const token = body["token"];
  if (typeof token !== "string" || token === "") {
    const said = saidIn(body, "message") ?? "no reason";
    return failed("unauthorized", `lomadee token: there is none in the answer: ${said}`, session).failure;
  }
  session.token = { value: token, expiresAtMs: session.deps.clock() + TOKEN_LIFE_MS };
  return null;
}

async function askReport(window: Window, status: string, session: ReportSession): Promise<Reported<unknown[]>> {
  const query = new URLSearchParams({
    token: session.token?.value ?? "",
    publisherId: session.fields["publisherId"] ?? "",
    startDate: dayText(window.fromMs),
    endDate: dayText(lastMs(window)),
    eventStatus: status,
  });
  const path = `/api/lomadee/reportTransaction?${query.toString()}`;
  const answer = await callNetwork({ network: "lomadee", operation: "transactions", path }, session);
  if (!answer.ok) return answer;
  const document = parseXml(decodedXml(answer.body, answer.headers.get("Content-Type")));
  const result = isRecord(document) ? document["result"] : undefined;
  if (!isRecord(result) || !isRecord(result["details"])) {
    return failed("malformed", "lomadee transactions: the answer is not the XML of a report.", session);
  }
  const { details, item: items } = result;
  const code = Number(saidIn(details, "code"));
  if (code !== 200) {
    const told = xmlText(saidIn(details, "message") ?? "no message");
    return failed(kindOfCode(code, told), `lomadee transactions: code ${code}: ${told}`, session);
  }
  return { ok: true, value: Array.isArray(items) ? items : [] };
}

/** The class of `details.code`; 501 meant an unknown publisher when the API was Buscapé's. */
function kindOfCode(code: number, message: string): UpstreamFailure["kind"] {
  if (code === 401 || code === 403 || code === 501) return "unauthorized";
  if (code === 429) return "rate_limited";
  return code >= 500 ? "unavailable" : kindOfText(message);
}

function saleOf(row: z.output<typeof itemRow>, asked: string, warnings: Warnings): Sale {
  const statusId = textOrNull(row.statusId) ?? asked;
  const status = STATUSES[statusId];
  if (status === undefined) {
    warnings.add(`Row ${row.transactionId}: the status ${JSON.stringify(statusId.slice(0, 40))} is not known.`);
  }
  const currency = textOrNull(row.currency) ?? "BRL";
  const processed = textOrNull(row.processedDate);
  const occurred = textOrNull(row.checkoutDate) ?? textOrNull(row.date) ?? "";
  return {
    externalId: row.transactionId,
    part: null,
    orderRef: textOrNull(row.transactionCode),
    status: status ?? "pending",
    provisional: false,
    sale: amountOf(withDecimalPoint(textOrNull(row.gmv) ?? "0"), currency, "gmv"),
    commission: amountOf(withDecimalPoint(row.commission), currency, "commission"),
    clickId: textOrNull(row.associateId),
    advertiserId: textOrNull(row.advertiser?.advertiserId),
    occurredAtMs: instantOf(occurred, saoPauloMs, "checkoutDate"),
    validatedAtMs: processed === null ? null : instantOf(processed, saoPauloMs, "processedDate"),
    declineReason: null,
  };
}

/** Lomadee's reports (legacy API). */
export const lomadeeReports: ReportClient = {
  network: "lomadee",
  paceMs: PACE_MS,

  slices(window) {
    const fromMs = Math.max(window.fromMs, window.toMs - LOOK_BACK_DAYS * DAY_MS);
    return monthsOf({ fromMs, toMs: window.toMs }).flatMap((piece) =>
      Object.keys(STATUSES).map((status): ReportSlice => ({ ...piece, basis: "occurred", status })),
    );
  },

  async sales(slice, cursor, session) {
    const window = readCursor(slice, cursor);
    const status = slice.status ?? "0";
    const fresh = session.token === null || session.deps.clock() >= session.token.expiresAtMs;
    if (fresh) {
      const failure = await newToken(session);
      if (failure !== null) return { ok: false, failure };
    }
    let items = await askReport(window, status, session);
    if (!items.ok && items.failure.kind === "unauthorized" && !fresh) {
      // The token died before its time: one new one, then its word counts.
      const failure = await newToken(session);
      if (failure !== null) return { ok: false, failure };
      items = await askReport(window, status, session);
    }
    if (!items.ok) {
      if (items.failure.kind === "unauthorized") session.token = null;
      return orHalf(items.failure, halfOfDays(window));
    }
    const warnings = noWarnings();
    const sales = readRows(
      items.value,
      itemRow,
      (row) => row["transactionId"],
      warnings,
      (row) => saleOf(row, status, warnings),
    );
    const next = afterDays(slice, window);
    return { ok: true, value: { sales, next, warnings: warnings.list() } };
  },

  async programmes(cursor, session) {
    const { appToken = "", sourceId = "" } = session.fields;
    const page = Number(cursor ?? "1");
    const query = new URLSearchParams({ sourceId, ...(page > 1 ? { page: String(page) } : {}) });
    const path = `/v3/${encodeURIComponent(appToken)}/store/_all?${query.toString()}`;
    const answer = await callNetwork({ network: "lomadee", operation: "programmes", path }, session);
    if (!answer.ok) return answer;
    const parsed = jsonOf(answer.text(), "lomadee programmes", session);
    if (!parsed.ok) return parsed;
    const body = storesBody.safeParse(parsed.value);
    const info = body.data?.requestInfo;
    if (info && info.status !== "OK") {
      const said = `${info.status}: ${info.message ?? "no reason"}`;
      return failed(kindOfText(said), `lomadee programmes: ${said}`, session);
    }
    const stores = body.data?.stores;
    if (!Array.isArray(stores)) {
      return failed("malformed", "lomadee programmes: the answer is not a list of stores.", session);
    }
    const more = page < (body.data?.pagination?.totalPage ?? 1) && stores.length > 0;
    return programmesPage(
      stores,
      storeRow,
      (row) => row["id"],
      ({ id, name }) => ({ externalId: id, name, domains: [] }),
      more ? String(page + 1) : null,
    );
  },
};
