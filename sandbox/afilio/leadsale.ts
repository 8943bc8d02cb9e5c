// Afilio's report of sales and leads: all values strings, times of Sao Paulo, `comission` with one m.
// Like the rest of Afilio it refuses with status 200 and XML text; formats other than JSON are not simulated.
import type { Context, Hono } from "hono";
import { decimalText } from "../ledger/amounts.ts";
import type { KnownSale, Ledger } from "../ledger/ledger.ts";
import { daysOf, SAO_PAULO, wallClock } from "../ledger/zones.ts";
import { publicBase } from "../simulator.ts";

/** Variants between which the evidence leaves open; a test may change them at any time. */
export interface AfilioDialect {
  /** English in samples, Portuguese in a typed client; `mixed` changes from row to row. */
  statusWords: "english" | "portuguese" | "mixed";
  /** How nothing looks; all four are reckoned with. */
  empty: "list" | "array" | "text" | "nothing";
  /** Rows an answer; `nextUrl` leads on. Null: all in one, as is usual. */
  pageSize: number | null;
}

const WORDS = {
  english: { pending: ["pending"], approved: ["accepted"], declined: ["refused", "rejected"] },
  portuguese: { pending: ["Pendente"], approved: ["Aceito"], declined: ["Recusado"] },
} as const;
const EMPTY = { list: '{"list":[]}', array: "[]", text: '{"list":""}', nothing: "" };

/** Adds the door; authorisation is the caller's, as is the form of a refusal. */
export function leadsaleDoor(
  app: Hono,
  ledger: Ledger,
  dialect: AfilioDialect,
  refused: (c: Context, why: string) => Response,
): void {
  app.get("/api/leadsale_api.php", (c) => {
    const query = c.req.query();
    if (query["mode"] !== "list") return refused(c, "invalid mode");
    if ((query["format"] ?? "json").toLowerCase() !== "json") return refused(c, "invalid format");
    const days = daysOf(query["dateStart"] ?? "", query["dateEnd"] ?? "", SAO_PAULO);
    if (days === null) return refused(c, "invalid date");
    const dateType = query["dateType"] ?? "transaction";
    if (dateType !== "transaction" && dateType !== "validation") return refused(c, "invalid dateType");
    const type = query["type"];
    if (type !== undefined && type !== "sale" && type !== "lead") return refused(c, "invalid type");
    const chosen = ledger.known("afilio").filter(({ sale, state }) => {
      const at = dateType === "validation" ? state.validatedAt : sale.occurredAt;
      const fits = type === undefined || type === listedAs(sale.kind);
      return fits && at !== null && at >= days.from && at <= days.to;
    });
    if (chosen.length === 0) return answer(EMPTY[dialect.empty]);
    const size = dialect.pageSize ?? chosen.length;
    const page = Math.max(1, Number(query["page"]) || 1);
    const next = new URLSearchParams({ ...query, page: `${page + 1}` });
    const nextUrl =
      page * size < chosen.length ? `${publicBase(c.req.raw)}/api/leadsale_api.php?${next.toString()}` : null;
    const list = chosen.slice((page - 1) * size, page * size).map((known) => {
      const { id, kind } = known.sale;
      return { [listedAs(kind)]: { [`${id}`]: itemBody(known, dialect) } };
    });
    return answer(JSON.stringify({ list, nextUrl }));
  });
}

function answer(text: string): Response {
  return new Response(text, { headers: { "Content-Type": "application/json; charset=UTF-8" } });
}

function listedAs(kind: KnownSale["sale"]["kind"]): "lead" | "sale" {
  return kind === "lead" ? "lead" : "sale";
}

function itemBody({ sale, state }: KnownSale, { statusWords }: AfilioDialect) {
  const portuguese = statusWords === "portuguese" || (statusWords === "mixed" && sale.id % 4 < 2);
  const words = WORDS[portuguese ? "portuguese" : "english"];
  const spoken: readonly string[] = words[state.status === "deleted" ? "declined" : state.status];
  return {
    [`${listedAs(sale.kind)}id`]: `${sale.id}`,
    status: spoken[sale.id % spoken.length],
    progid: sale.advertiserId,
    order_id: sale.orderRef,
    order_price: decimalText(state.saleMinor, sale.currency, 4),
    comission: decimalText(state.commissionMinor, sale.currency, 4),
    date: wallClock(sale.occurredAt, SAO_PAULO).replace("T", " "),
    payment: state.paid ? "Paid" : "Unpaid",
    xtra: "NULL",
    aff_xtra: sale.clickId ?? "NULL",
  };
}
