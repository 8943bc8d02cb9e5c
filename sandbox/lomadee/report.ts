// Lomadee's report of transactions: XML, days of Sao Paulo, one status a call, a token that a door of its own mints.
// Errors come with HTTP 200 and their code in `details`, so that a client must read before it believes.
import type { Hono } from "hono";
import { decimalText } from "../ledger/amounts.ts";
import type { KnownSale, Ledger } from "../ledger/ledger.ts";
import { daysOf, SAO_PAULO, wallClock } from "../ledger/zones.ts";

/** Variants that have been seen, or must be reckoned with; a test may change them at any time. */
export interface LomadeeDialect {
  encoding: "UTF-8" | "ISO-8859-1";
  decimalComma: boolean;
}

/** What the report needs to know of the account. */
export interface ReportAccount {
  user: string;
  password: string;
  publisherId: string;
  siteId: string;
  nameOf: (advertiserId: string) => string;
}

/** Tokens live an hour (inferred). */
const TOKEN_LIFE_MS = 3_600_000;
/** Inferred from a client's note: the report looks back no further. */
const MAX_SPAN_MS = 90 * 86_400_000;
const STATUS_NAMES: Readonly<Record<string, string>> = {
  "0": "PENDENTE",
  "1": "CONFIRMADA",
  "2": "CANCELADA",
  "99": "BONUS",
};

/** Adds `createToken` and `reportTransaction`; answers what ends every token. */
export function reportDoors(
  app: Hono,
  ledger: Ledger,
  account: ReportAccount,
  dialect: LomadeeDialect,
  random: () => number,
): () => void {
  const tokens = new Map<string, number>();

  app.get("/api/lomadee/createToken", (c) => {
    if (c.req.query("user") !== account.user || c.req.query("password") !== account.password) {
      return c.json({ status: "ERROR", message: "Invalid user or password", token: null }, 401);
    }
    const token = btoa(`${account.publisherId}:${Math.floor(random() * 2 ** 52).toString(16)}`);
    tokens.set(token, ledger.now() + TOKEN_LIFE_MS);
    return c.json({ status: "OK", message: "SUCCESS", token });
  });

  app.get("/api/lomadee/reportTransaction", (c) => {
    const answer = (code: number, message: string, items = "") =>
      xmlResponse(`<result xmlns="urn:lomadee">${details(ledger.now(), code, message)}${items}</result>`, dialect);
    if ((tokens.get(c.req.query("token") ?? "") ?? 0) <= ledger.now()) return answer(401, "Invalid token");
    if (c.req.query("publisherId") !== account.publisherId) return answer(403, "Invalid publisherId");
    const days = daysOf(isoDay(c.req.query("startDate")), isoDay(c.req.query("endDate")), SAO_PAULO);
    if (days === null || days.to < days.from) return answer(400, "Invalid startDate or endDate");
    if (days.to - days.from > MAX_SPAN_MS) return answer(400, "The period is longer than 90 days");
    const asked = c.req.query("eventStatus");
    if (asked === undefined || STATUS_NAMES[asked] === undefined) return answer(400, "Invalid eventStatus");
    const chosen = ledger
      .known("lomadee")
      .filter(({ sale }) => sale.occurredAt >= days.from && sale.occurredAt <= days.to)
      .filter((known) => statusOf(known) === asked);
    return answer(200, "Success", chosen.map((known) => item(known, account, dialect)).join(""));
  });

  return () => tokens.clear();
}

/** A bonus is told apart only once it is confirmed; payments are not told at all. */
function statusOf({ sale, state }: KnownSale): string {
  if (state.status === "pending") return "0";
  if (state.status !== "approved") return "2";
  return sale.kind === "bonus" ? "99" : "1";
}

/** `ddMMyyyy` as `yyyy-MM-dd`; anything else as a text that is no day. */
function isoDay(text: string | undefined): string {
  const [, day, month, year] = /^(\d{2})(\d{2})(\d{4})$/.exec(text ?? "") ?? [];
  return `${year}-${month}-${day}`;
}

function dayText(ms: number): string {
  const [year, month, day] = wallClock(ms, SAO_PAULO).slice(0, 10).split("-");
  return `${day}/${month}/${year}`;
}

function details(now: number, code: number, message: string): string {
  const timestamp = wallClock(now, SAO_PAULO).replace("T", " ");
  const status = code === 200 ? "Success" : "Error";
  return `<details><timestamp>${timestamp}</timestamp><code>${code}</code><elapsedTime>0</elapsedTime><message>${message}</message><status>${status}</status></details>`;
}

function item(known: KnownSale, account: ReportAccount, dialect: LomadeeDialect): string {
  const { sale, state } = known;
  const money = (minor: number) => {
    const text = decimalText(minor, sale.currency);
    return dialect.decimalComma ? text.replace(".", ",") : text;
  };
  const day = dayText(sale.occurredAt);
  const statusId = statusOf(known);
  const events = state.lines.map(
    (line, index) =>
      `<event><eventId>${10 + index}</eventId><eventName>Vendas - ${escaped(line.product)}</eventName><commission>${money(line.commissionMinor)}</commission><gmv>${money(line.saleMinor)}</gmv></event>`,
  );
  return [
    "<item>",
    element("date", day),
    element("currency", sale.currency),
    element("commission", money(state.commissionMinor)),
    element("associateId", sale.clickId ?? ""),
    `<site>${element("siteId", account.siteId)}${element("siteName", "Sluice")}</site>`,
    `<advertiser>${element("advertiserId", sale.advertiserId)}${element("advertiserName", account.nameOf(sale.advertiserId))}</advertiser>`,
    `<events>${events.join("")}</events>`,
    `<application>${element("applicationId", "1")}${element("applicationName", "Deeplink")}</application>`,
    element("gmv", money(state.saleMinor)),
    element("transactionCode", sale.orderRef),
    element("transactionId", `${sale.id}`),
    element("statusId", statusId),
    element("statusName", STATUS_NAMES[statusId] ?? ""),
    element("processedDate", state.validatedAt === null ? "" : dayText(state.validatedAt)),
    element("clickDate", dayText(sale.clickedAt)),
    element("checkoutDate", day),
    "</item>",
  ].join("");
}

function element(name: string, text: string): string {
  return text === "" ? `<${name}/>` : `<${name}>${escaped(text)}</${name}>`;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Every character of the demo fits ISO-8859-1, whose codes are Unicode's first 256. */
function xmlResponse(content: string, { encoding }: LomadeeDialect): Response {
  const text = `<?xml version="1.0" encoding="${encoding}"?>${content}`;
  const body =
    encoding === "UTF-8"
      ? new TextEncoder().encode(text)
      : Uint8Array.from(text, (character) => character.codePointAt(0) ?? 0);
  return new Response(body, { headers: { "Content-Type": `text/xml; charset=${encoding}` } });
}
