// Afilio's sales, leads and programmes: all values are texts, money is reais, times are São Paulo's, and refusals come with
// HTTP 200. Token and affiliate stand in every query: no URL may ever be told, and no cursor may hold one.

import * as z from "zod";
import { redact } from "../../../src/shared/http/redact.ts";
import {
  amount,
  amountOf,
  callNetwork,
  failed,
  instantOf,
  isRecord,
  jsonOf,
  kindOfText,
  noWarnings,
  orHalf,
  outsideId,
  programmesPage,
  readRows,
  saidIn,
  sessionSecrets,
  textOrNull,
} from "./report-call-client.ts";
import type { Warnings } from "./report-call-client.ts";
import type { Reported, ReportClient, ReportSession, ReportSlice } from "./report-client.ts";
import type { Sale, SaleStatus } from "./report-client.ts";
import { afterDays, halfOfDays, lastMs, monthsOf } from "./report-days.ts";
import { saoPauloDay, saoPauloMs } from "./report-time.ts";
import { cursorOf, readCursor } from "./report-window.ts";

/** Its limits are unknown; other clients run 15 calls at once, so one a second is modest. */
const PACE_MS = 1_000;
/** How deep the rows lie: root, list, sale, id, row. */
const MAX_DEPTH = 8;

const STATUSES: Readonly<Record<string, SaleStatus>> = {
  ...words("pending", "pending", "pendente"),
  ...words("approved", "accepted", "approved", "aceito", "aceita", "aprovado", "aprovada"),
  ...words("declined", "refused", "rejected", "declined", "cancelled", "canceled"),
  ...words("declined", "recusado", "recusada", "rejeitado", "rejeitada", "cancelado", "cancelada"),
};

function words(status: SaleStatus, ...texts: string[]): Record<string, SaleStatus> {
  return Object.fromEntries(texts.map((text) => [text, status]));
}

const saleRow = z
  .object({
    saleid: outsideId.nullish(),
    leadid: outsideId.nullish(),
    status: z.string(),
    progid: outsideId.nullish(),
    order_id: z.union([z.string(), z.number()]).nullish(),
    order_price: amount.nullish(),
    // Spelt with one m, as seen; the other as one client has it.
    comission: amount.nullish(),
    commission: amount.nullish(),
    date: z.string(),
    payment: z.string().nullish(),
    aff_xtra: z.union([z.string(), z.number()]).nullish(),
  })
  .refine((row) => (row.saleid ?? row.leadid ?? null) !== null, "it has no id");

const programmeRow = z
  .object({ id: outsideId.nullish(), progid: outsideId.nullish(), nom: z.string().nullish() })
  .transform(({ id, progid, nom }) => ({ id: progid ?? id ?? null, nom }))
  .refine((row): row is { id: string; nom: typeof row.nom } => row.id !== null, "it has no id");

/** Every object in the document that is a sale or a lead, wherever it lies: clients disagree about the envelope. */
function rowsIn(value: unknown, depth = 0): unknown[] {
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return [];
  if (!Array.isArray(value) && ("saleid" in value || "leadid" in value)) return [value];
  return Object.values(value).flatMap((part) => rowsIn(part, depth + 1));
}

/** What Afilio says is wrong, in XML or JSON; null when it says nothing of the kind. */
function refusalOf(text: string, session: ReportSession): string | null {
  // Redacted before it is cut: half a secret would not be found.
  const clean = redact(text, sessionSecrets(session));
  return (
    /<error>\s*([^<]{0,200})/i.exec(clean)?.[1] ?? /^\s*\{\s*"error"\s*:\s*"([^"]{0,200})"/i.exec(clean)?.[1] ?? null
  );
}

async function askJson(
  operation: string,
  door: string,
  query: Record<string, string>,
  session: ReportSession,
): Promise<Reported<unknown>> {
  const { token = "", affiliateId = "" } = session.fields;
  const search = new URLSearchParams({ ...query, token, affid: affiliateId });
  const answer = await callNetwork({ network: "afilio", operation, path: `${door}?${search.toString()}` }, session);
  if (!answer.ok) return answer;
  const text = answer.text();
  const what = `afilio ${operation}`;
  const refusal = refusalOf(text, session);
  if (refusal !== null) return failed(kindOfText(refusal), `${what}: Afilio said: ${refusal}`, session);
  // Nothing at all is how it says that there is nothing, as some have seen.
  return text.trim() === "" ? { ok: true, value: null } : jsonOf(text, what, session);
}

/** Whether a document without rows says that there are none. */
function isEmptyReport(body: unknown): boolean {
  if (body === null || (Array.isArray(body) && body.length === 0)) return true;
  return isRecord(body) && ["list", "root", "sale", "lead"].some((name) => name in body);
}

/** A document that is no report: what it says if it says something. */
function strange(body: unknown, session: ReportSession) {
  const said = saidIn(body, "error", "message");
  return said === null
    ? failed("malformed", "afilio transactions: the answer is not a report.", session)
    : failed(kindOfText(said), `afilio transactions: Afilio said: ${said}`, session);
}

/** What to ask next, out of `nextUrl`: its query only, without whom we are. Host and path are always ours. */
function moreOf(body: unknown, session: ReportSession): string | null {
  const root = isRecord(body) && isRecord(body["root"]) ? body["root"] : body;
  const next = isRecord(root) ? textOrNull(typeof root["nextUrl"] === "string" ? root["nextUrl"] : null) : null;
  if (next === null || !URL.canParse(next, session.apiUrl)) return null;
  const { searchParams } = new URL(next, session.apiUrl);
  searchParams.delete("token");
  searchParams.delete("affid");
  return searchParams.size === 0 ? null : searchParams.toString();
}

function statusOf(row: z.output<typeof saleRow>, id: string, warnings: Warnings): SaleStatus {
  const status = STATUSES[row.status.trim().toLowerCase()];
  if (status === undefined) {
    warnings.add(`Row ${id}: the status ${JSON.stringify(row.status.slice(0, 40))} is not known.`);
    return "pending";
  }
  return status === "approved" && row.payment?.trim().toLowerCase() === "paid" ? "paid" : status;
}

function saleOf(row: z.output<typeof saleRow>, warnings: Warnings): Sale {
  // Sales and leads count their ids separately.
  const externalId = row.saleid ?? `lead-${row.leadid}`;
  const commission = row.comission ?? row.commission ?? "";
  return {
    externalId,
    part: null,
    orderRef: textOrNull(row.order_id),
    status: statusOf(row, externalId, warnings),
    provisional: false,
    sale: amountOf(textOrNull(row.order_price) ?? "0", "BRL", "order_price"),
    commission: amountOf(commission, "BRL", "comission"),
    clickId: textOrNull(row.aff_xtra),
    advertiserId: textOrNull(row.progid),
    occurredAtMs: instantOf(row.date, saoPauloMs, "date"),
    validatedAtMs: null,
    declineReason: null,
  };
}

/** Afilio's reports. */
export const afilioReports: ReportClient = {
  network: "afilio",
  paceMs: PACE_MS,

  slices(window, purpose) {
    const basis = purpose === "recent" ? "occurred" : "validated";
    return monthsOf(window).flatMap((piece) =>
      ["sale", "lead"].map((status): ReportSlice => ({ ...piece, basis, status })),
    );
  },

  async sales(slice, cursor, session) {
    const window = readCursor(slice, cursor);
    const query = {
      mode: "list",
      type: slice.status ?? "sale",
      dateStart: saoPauloDay(window.fromMs),
      dateEnd: saoPauloDay(lastMs(window)),
      dateType: slice.basis === "validated" ? "validation" : "transaction",
      format: "JSON",
      ...Object.fromEntries(new URLSearchParams(window.more ?? "")),
    };
    const body = await askJson("transactions", "/api/leadsale_api.php", query, session);
    if (!body.ok) {
      return orHalf(body.failure, window.more === null ? halfOfDays(window) : null);
    }
    const warnings = noWarnings();
    const rows = rowsIn(body.value);
    if (rows.length === 0 && !isEmptyReport(body.value)) return strange(body.value, session);
    if (body.value === null) warnings.add("The answer was empty; it is taken for no sales.");
    const sales = readRows(
      rows,
      saleRow,
      (row) => row["saleid"] ?? row["leadid"],
      warnings,
      (row) => saleOf(row, warnings),
    );
    const more = moreOf(body.value, session);
    // A next page that is this one would never end.
    const next = more === null || more === window.more ? afterDays(slice, window) : cursorOf(window, more);
    return { ok: true, value: { sales, next, warnings: warnings.list() } };
  },

  async programmes(_cursor, session) {
    const body = await askJson("programmes", "/api/prog_api.php", {}, session);
    if (!body.ok) return body;
    const listed = typeof body.value === "object" ? Object.values(body.value ?? {}) : [body.value];
    if (listed.some((entry) => !isRecord(entry))) {
      return failed("malformed", "afilio programmes: the answer is not a list of programmes.", session);
    }
    return programmesPage(
      listed,
      programmeRow,
      (row) => row["progid"] ?? row["id"],
      ({ id, nom }) => ({ externalId: id, name: textOrNull(nom) ?? id, domains: [] }),
    );
  },
};
