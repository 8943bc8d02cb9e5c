// Afilio's report read as a client must read it, and held to the ledger; it must never reach the network.
import { describe, expect, it } from "vitest";
import { createLedger } from "../ledger/ledger.ts";
import { writePast } from "../ledger/past.ts";
import type { Sale, SaleChange } from "../ledger/sale.ts";
import { trueTransactions } from "../ledger/truth.ts";
import { createAfilio } from "./app.ts";

const END = Date.UTC(2026, 10, 21, 16);
const DAY_MS = 86_400_000;

function house(sales = 0) {
  const ledger = createLedger(() => END);
  writePast(ledger, { seed: 13, sales, networks: ["afilio"] });
  const afilio = createAfilio({ ledger, now: () => END });
  const report = async (query: Record<string, string>) => {
    const account = { token: "sandbox-afilio-token", affid: "40021", mode: "list", format: "JSON" };
    const search = new URLSearchParams({ ...account, ...query });
    return (await afilio.app.request(`/api/leadsale_api.php?${search.toString()}`)).text();
  };
  return { ledger, afilio, report };
}

type Row = Record<string, string>;
interface Envelope {
  list: Record<string, Record<string, Row>>[];
  nextUrl: string | null;
}

const rowsOf = (text: string) =>
  (JSON.parse(text) as Envelope).list.flatMap((entry) => Object.values(entry).flatMap((byId) => Object.values(byId)));
const isoDay = (ms: number) => new Date(ms).toISOString().slice(0, 10);

const at = Date.UTC(2026, 10, 2, 2, 30);
const lines = [{ sku: "A", product: "Fone", quantity: 1, saleMinor: 25_990, commissionMinor: 1_819 }];
const placed: SaleChange = { at, kind: "placed", lines };
const sale = (...more: SaleChange[]): Omit<Sale, "id"> => ({
  network: "afilio",
  kind: "sale",
  advertiserId: "2044",
  orderRef: "778120045",
  clickId: "c_01HX",
  clickedAt: at - 60_000,
  occurredAt: at,
  url: "https://www.emporiojatoba.example/p/1",
  currency: "BRL",
  history: [placed, ...more],
});
const onTheFirst = { dateStart: "2026-11-01", dateEnd: "2026-11-01" };

describe("the report", () => {
  it.each(["english", "portuguese", "mixed"] as const)(
    "in %s words is the ledger, to the cent",
    async (statusWords) => {
      const { ledger, afilio, report } = house(5_000);
      afilio.dialect.statusWords = statusWords;
      const words: Record<string, string> = {
        pending: "pending",
        pendente: "pending",
        accepted: "approved",
        aceito: "approved",
        refused: "declined",
        rejected: "declined",
        recusado: "declined",
      };
      const rows: Row[] = [];
      for (let from = END - 93 * DAY_MS; from <= END; from += 31 * DAY_MS) {
        rows.push(...rowsOf(await report({ dateStart: isoDay(from), dateEnd: isoDay(from + 30 * DAY_MS) })));
      }
      expect(rows.every((row) => Object.values(row).every((value) => typeof value === "string"))).toBe(true);
      const minor = (text = "") => Math.round(Number(text) * 100);
      const read = rows.map((row) => ({
        id: row["saleid"] ?? row["leadid"],
        status: row["payment"] === "Paid" ? "paid" : words[row["status"]?.toLowerCase() ?? ""],
        saleMinor: minor(row["order_price"]),
        commissionMinor: minor(row["comission"]),
        clickId: row["aff_xtra"] === "NULL" ? null : row["aff_xtra"],
      }));
      const truth = trueTransactions(ledger, "afilio").map(({ id, status, saleMinor, commissionMinor, clickId }) => {
        return { id, status, saleMinor, commissionMinor, clickId };
      });
      const inOrder = (a: { id?: string | undefined }, b: { id?: string | undefined }) => Number(a.id) - Number(b.id);
      expect(read.toSorted(inOrder)).toEqual(truth.toSorted(inOrder));
      expect(read.length).toBeGreaterThan(4_500);
    },
  );

  it("has the envelope, the spelling and the time of Sao Paulo", async () => {
    const { ledger, report } = house();
    ledger.place(sale());
    expect(JSON.parse(await report({ ...onTheFirst, type: "sale" }))).toEqual({
      list: [
        {
          sale: {
            "15500123": {
              saleid: "15500123",
              status: "pending",
              progid: "2044",
              order_id: "778120045",
              order_price: "259.9000",
              comission: "18.1900",
              date: "2026-11-01 23:30:00",
              payment: "Unpaid",
              xtra: "NULL",
              aff_xtra: "c_01HX",
            },
          },
        },
      ],
      nextUrl: null,
    });
    expect(await report({ dateStart: "2026-11-02", dateEnd: "2026-11-02" })).toBe('{"list":[]}');
  });

  it("tells leads from sales", async () => {
    const { ledger, report } = house();
    ledger.place({ ...sale(), kind: "lead", clickId: null });
    expect(await report({ ...onTheFirst, type: "sale" })).toBe('{"list":[]}');
    const [lead] = rowsOf(await report({ ...onTheFirst, type: "lead" }));
    expect(lead).toMatchObject({ leadid: "15500123", aff_xtra: "NULL" });
  });

  it("finds an old order by the day of its validation", async () => {
    const { ledger, report } = house();
    ledger.place(sale({ at: at + 9 * DAY_MS, kind: "declined", reason: "Order cancelled" }));
    const day = { dateStart: "2026-11-10", dateEnd: "2026-11-10" };
    expect(await report(day)).toBe('{"list":[]}');
    const [row] = rowsOf(await report({ ...day, dateType: "validation" }));
    expect(row).toMatchObject({ saleid: "15500123", status: "rejected" });
  });

  it("leads on by nextUrl where it is paged", async () => {
    const { afilio, report, ledger } = house(300);
    afilio.dialect.pageSize = 70;
    const seen = new Set<string>();
    let text = await report({ dateStart: "2026-01-01", dateEnd: "2026-12-31" });
    for (;;) {
      const rows = rowsOf(text);
      expect(rows.length).toBeLessThanOrEqual(70);
      for (const row of rows) seen.add(row["saleid"] ?? row["leadid"] ?? "");
      const { nextUrl } = JSON.parse(text) as Envelope;
      if (nextUrl === null) break;
      text = await (await afilio.app.request(nextUrl)).text();
    }
    expect(seen.size).toBe(ledger.known("afilio").length);
  });

  it("has four ways to say nothing", async () => {
    const { afilio, report } = house();
    const answers: string[] = [];
    for (const empty of ["list", "array", "text", "nothing"] as const) {
      afilio.dialect.empty = empty;
      answers.push(await report(onTheFirst));
    }
    expect(answers).toEqual(['{"list":[]}', "[]", '{"list":""}', ""]);
  });

  it.each([
    { token: "no" },
    { mode: "all" },
    { format: "CSV" },
    { dateStart: "01/11/2026" },
    { dateType: "payment" },
    { type: "click" },
  ])("refuses %j in XML", async (wrong: Record<string, string>) => {
    const { report } = house();
    expect(await report({ ...onTheFirst, ...wrong })).toMatch(/<error>invalid \w+<\/error>$/);
  });
});

it("programmes that are left are not listed, linked or tracked", async () => {
  const { ledger, afilio } = house();
  const account = "token=sandbox-afilio-token&affid=40021";
  const click = "/tracker.php?banid=1&campid=61200;2044&siteid=30021&aff_xtra=k1";
  const listed = async () => (await afilio.app.request(`/api/prog_api.php?${account}`)).json();
  await afilio.app.request(click);
  expect(ledger.clicks).toMatchObject([{ network: "afilio", clickId: "k1", advertiserId: "2044" }]);
  afilio.membership?.leave("2044");
  expect(Object.keys((await listed()) as object)).toEqual(["2051", "2067", "2090"]);
  expect((await afilio.app.request(click)).status).toBe(302);
  expect(ledger.clicks).toHaveLength(1);
  afilio.membership?.emptyListOnce();
  expect(await listed()).toEqual([]);
});
