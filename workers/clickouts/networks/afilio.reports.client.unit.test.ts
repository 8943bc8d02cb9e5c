// Afilio's report: texts for everything, an envelope that nobody is sure of, and refusals that come with status 200.
import { describe, expect, test } from "vitest";
import { recordedNetwork, readSlice } from "../../../test/support/recorded-network.ts";
import type { Canned } from "../../../test/support/recorded-network.ts";
import { afilioReports } from "./afilio.reports.client.ts";

const FIELDS = { token: "canary/4711+x!", affiliateId: "40021", siteId: "30021" };
const DAY = 86_400_000;
const FROM = Date.UTC(2024, 4, 1, 15);
const SLICE = { fromMs: FROM, toMs: FROM + 2 * DAY, basis: "occurred", status: "sale" } as const;

const ROW = {
  saleid: "15500123",
  status: "accepted",
  progid: "2044",
  order_id: "778120045",
  order_price: "259.9000",
  comission: "18.1900",
  date: "2024-05-01 21:14:01",
  payment: "Unpaid",
  xtra: "NULL",
  aff_xtra: "c_01HX",
};
type Row = Record<string, unknown>;
const listed = (...rows: Row[]) =>
  JSON.stringify({
    list: rows.map((row) => ({ sale: { [String(row["saleid"] ?? row["leadid"])]: row } })),
    nextUrl: null,
  });
const read = (body: Canned) => readSlice(afilioReports, SLICE, recordedNetwork(FIELDS, [body]).session);

const SALE = {
  externalId: "15500123",
  part: null,
  orderRef: "778120045",
  status: "approved",
  provisional: false,
  sale: { minor: 25_990, currency: "BRL" },
  commission: { minor: 1_819, currency: "BRL" },
  clickId: "c_01HX",
  advertiserId: "2044",
  occurredAtMs: Date.UTC(2024, 4, 2, 0, 14, 1),
  validatedAtMs: null,
  declineReason: null,
};

describe("afilio's report", () => {
  test("is asked for by days of São Paulo, with token and affiliate in the query", async () => {
    const { session, asked } = recordedNetwork(FIELDS, [listed(), listed()]);
    await readSlice(afilioReports, SLICE, session);
    await readSlice(afilioReports, { ...SLICE, basis: "validated", status: "lead" }, session);
    expect(asked[0]?.url.pathname).toBe("/api/leadsale_api.php");
    expect(Object.fromEntries(asked[0]!.url.searchParams)).toEqual({
      mode: "list",
      type: "sale",
      dateStart: "2024-05-01",
      dateEnd: "2024-05-03",
      dateType: "transaction",
      format: "JSON",
      token: FIELDS.token,
      affid: "40021",
    });
    expect(asked[1]?.url.searchParams.get("dateType")).toBe("validation");
    expect(asked[1]?.url.searchParams.get("type")).toBe("lead");
  });

  test.for([
    ["a list of sales by id", listed(ROW)],
    ["a root around it", JSON.stringify({ root: JSON.parse(listed(ROW)) })],
    ["one sale by id", JSON.stringify({ sale: { "15500123": ROW } })],
    ["a plain list", JSON.stringify([ROW])],
    ["the other spelling", listed({ ...ROW, comission: undefined, commission: "18.1900" })],
    ["numbers", listed({ ...ROW, saleid: 15500123, progid: 2044, order_price: 259.9, comission: 18.19 })],
  ] as const)("is read out of %s", async ([, body]) => {
    expect(await read(body)).toEqual({ sales: [SALE], warnings: [], cursors: [] });
  });

  test.for([`{"list":[]}`, "[]", `{"list":""}`, `{"root":{"list":[]}}`, `{"sale":{}}`])("%s is empty", async (body) => {
    expect(await read(body)).toEqual({ sales: [], warnings: [], cursors: [] });
  });

  test("without a body is empty too, but says so", async () => {
    expect(await read(" \n")).toMatchObject({ sales: [], warnings: [expect.stringContaining("empty")] });
  });

  test.for([
    ["pending", "pending"],
    ["Pendente", "pending"],
    ["accepted", "approved"],
    ["ACEITO", "approved"],
    ["approved", "approved"],
    ["Aprovado", "approved"],
    ["refused", "declined"],
    ["rejected", "declined"],
    ["cancelled", "declined"],
    ["Recusado", "declined"],
    ["Cancelado", "declined"],
  ] as const)("with the state %s is %s", async ([word, status]) => {
    const { sales, warnings } = await read(listed({ ...ROW, status: word }));
    expect([sales[0]?.status, warnings]).toEqual([status, []]);
  });

  test("is paid when it is accepted and Afilio has paid, and only then", async () => {
    const { sales } = await read(
      listed(
        { ...ROW, saleid: "1", payment: "Paid" },
        { ...ROW, saleid: "2", payment: "Paid", status: "refused" },
        { ...ROW, saleid: "3", payment: "Paid", status: "pending" },
        { ...ROW, saleid: "4", payment: null },
      ),
    );
    expect(sales.map(({ status }) => status)).toEqual(["paid", "declined", "pending", "approved"]);
  });

  test("with a state that nobody knows is pending with a warning", async () => {
    const { sales, warnings } = await read(listed({ ...ROW, status: "em análise" }));
    expect(sales[0]?.status).toBe("pending");
    expect(warnings).toEqual(['Row 15500123: the status "em análise" is not known.']);
  });

  test("of leads has ids of their own, and NULL is nothing", async () => {
    const { saleid: _, ...lead } = ROW;
    const { sales } = await read(
      listed({ ...lead, leadid: "77", aff_xtra: "NULL", order_id: "null", order_price: "" }),
    );
    expect(sales).toEqual([
      { ...SALE, externalId: "lead-77", clickId: null, orderRef: null, sale: { minor: 0, currency: "BRL" } },
    ]);
  });

  test("rounds fractions of a cent to even", async () => {
    const { sales } = await read(
      listed({ ...ROW, comission: "18.1950" }, { ...ROW, saleid: "2", comission: "18.1850" }),
    );
    expect(sales.map(({ commission }) => commission.minor)).toEqual([1_820, 1_818]);
  });

  test("keeps neighbours of rows that cannot be read", async () => {
    const { sales, warnings } = await read(
      listed(
        { ...ROW, saleid: "1" },
        { ...ROW, saleid: "2", date: "0000-00-00 00:00:00" },
        { ...ROW, saleid: "3", comission: "1.234,56" },
        { ...ROW, saleid: null },
        { ...ROW, saleid: "5" },
      ),
    );
    expect(sales.map(({ externalId }) => externalId)).toEqual(["1", "5"]);
    expect(warnings).toHaveLength(3);
    expect(warnings[1]).toBe("Row 3 was left out: comission is no number");
  });

  test("follows the next page on our own host, and no cursor holds the token", async () => {
    const next = (page: number) =>
      `https://elsewhere.example/api/leadsale_api.php?page=${page}&token=${encodeURIComponent(FIELDS.token)}&affid=40021&type=sale`;
    const body = (page: number | null, ...rows: Row[]) =>
      JSON.stringify({ ...JSON.parse(listed(...rows)), nextUrl: page === null ? null : next(page) });
    const { session, asked } = recordedNetwork(FIELDS, [
      body(2, ROW),
      body(3, { ...ROW, saleid: "2" }),
      // It points at itself: the end.
      body(3, { ...ROW, saleid: "3" }),
    ]);
    const { sales, cursors } = await readSlice(afilioReports, SLICE, session);
    expect(sales).toHaveLength(3);
    expect(asked.map(({ url }) => [url.host, url.searchParams.get("page"), url.searchParams.get("token")])).toEqual([
      ["network.example", null, FIELDS.token],
      ["network.example", "2", FIELDS.token],
      ["network.example", "3", FIELDS.token],
    ]);
    expect(JSON.stringify(cursors)).not.toContain("canary");
  });

  test("that is too large is asked for in halves, by days", async () => {
    const large = "[".padEnd(9 * 1024 * 1024, " ");
    const { session, asked } = recordedNetwork(FIELDS, [large, listed(), listed(), listed()]);
    await readSlice(afilioReports, SLICE, session);
    const spans = asked.slice(1).map(({ url }) => [url.searchParams.get("dateStart"), url.searchParams.get("dateEnd")]);
    expect(spans).toEqual(["2024-05-01", "2024-05-02", "2024-05-03"].map((day) => [day, day]));
  });
});

test("afilio's slices ask for sales and leads, changes by validation, within 31 days", () => {
  const window = { fromMs: FROM, toMs: FROM + 60 * DAY };
  const slices = afilioReports.slices(window, "changes");
  expect(slices.map(({ basis, status }) => `${basis} ${status}`)).toEqual([
    "validated sale",
    "validated lead",
    "validated sale",
    "validated lead",
  ]);
  expect([slices[0]?.fromMs, slices.at(-1)?.toMs]).toEqual([window.fromMs, window.toMs]);
  expect(slices[0]?.toMs).toBe(slices[2]?.fromMs);
  expect(afilioReports.slices({ fromMs: FROM, toMs: FROM + DAY }, "recent").map(({ basis }) => basis)).toEqual([
    "occurred",
    "occurred",
  ]);
});

describe("afilio's failures", () => {
  test.for([
    ["<error>invalid token</error>", "unauthorized"],
    [`<?xml version="1.0"?><root><error>Token inválido</error></root>`, "unauthorized"],
    ["<error>Too many requests</error>", "rate_limited"],
    ["<error>Sistema em manutenção</error>", "unavailable"],
    ["<error>dateStart?</error>", "rejected"],
    [`{"error":"invalid affid"}`, "unauthorized"],
    [`{"status":"error","message":"Token expired"}`, "unauthorized"],
    ["<html><body>Voltamos já</body></html>", "malformed"],
    [`{"list":[{"sale":`, "malformed"],
    [`"ok"`, "malformed"],
    [`{"ok":true}`, "malformed"],
    ["[1]", "malformed"],
    [{ body: "", status: 500 }, "unavailable"],
    [{ body: "", status: 403 }, "unauthorized"],
    [{ body: "", status: 429 }, "rate_limited"],
  ] as const)("%j is %s", async ([answer, kind]) => {
    const { session } = recordedNetwork(FIELDS, [answer]);
    expect(await afilioReports.sales(SLICE, null, session)).toMatchObject({ ok: false, failure: { kind } });
  });

  test("never tell the token, not even half of it", async () => {
    const forms = [FIELDS.token, encodeURIComponent(FIELDS.token), new URLSearchParams({ t: FIELDS.token }).toString()];
    for (const form of forms) {
      for (const body of [
        `<error>${"x".repeat(190)}${form}</error>`,
        `{"error":"${form}"}`,
        `{"message":"${form}"}`,
        `<html>${form}`,
      ]) {
        for (const status of [200, 401, 500]) {
          const { session } = recordedNetwork(FIELDS, [
            { body, status },
            { body, status },
          ]);
          const told = [await afilioReports.sales(SLICE, null, session), await afilioReports.programmes(null, session)];
          expect(JSON.stringify(told)).not.toMatch(/canary|4711/);
        }
      }
    }
  });
});

describe("afilio's programmes", () => {
  const programme = { id: "2044", nom: "Loja X", url: "http://www.lojax.example", progid: "2044", saleprice: "7.5" };
  const ask = async (answer: Canned) => afilioReports.programmes(null, recordedNetwork(FIELDS, [answer]).session);

  test("are keyed by id and name no domain", async () => {
    expect(
      await ask(JSON.stringify({ "2044": programme, "2045": { id: 2045, nom: "NULL" }, "2046": { id: null } })),
    ).toEqual({
      ok: true,
      value: {
        programmes: [
          { externalId: "2044", name: "Loja X", domains: [] },
          { externalId: "2045", name: "2045", domains: [] },
        ],
        unread: [null],
        next: null,
        warnings: ["Row number 3 was left out: it has no id"],
      },
    });
  });

  test.for(["[]", "{}", ""])("may be none: %j", async (body) => {
    expect(await ask(body)).toMatchObject({ ok: true, value: { programmes: [] } });
  });

  test.for([
    ["<error>invalid token</error>", "unauthorized"],
    ["<html>", "malformed"],
    [`{"status":"error"}`, "malformed"],
    ["7", "malformed"],
  ] as const)("%j is %s", async ([answer, kind]) => {
    expect(await ask(answer)).toMatchObject({ ok: false, failure: { kind } });
  });
});
