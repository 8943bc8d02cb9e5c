// Lomadee's report read as a client must read it, and held to the ledger; it must never reach the network.
import { describe, expect, it } from "vitest";
import { createLedger } from "../ledger/ledger.ts";
import { writePast } from "../ledger/past.ts";
import type { Sale, SaleChange } from "../ledger/sale.ts";
import { SAO_PAULO, wallClock } from "../ledger/zones.ts";
import { trueTransactions } from "../ledger/truth.ts";
import { createLomadee } from "./app.ts";

const END = Date.UTC(2026, 10, 21, 16);
const DAY_MS = 86_400_000;
const signIn = "/api/lomadee/createToken?user=ofertas%40sluice.example&password=sandbox-lomadee-password";

function house(sales = 0) {
  let now = END;
  const ledger = createLedger(() => now);
  writePast(ledger, { seed: 9, sales, networks: ["lomadee"] });
  const lomadee = createLomadee({ ledger, now: () => now });
  const token = async () => ((await (await lomadee.app.request(signIn)).json()) as { token: string }).token;
  const report = async (query: Record<string, string>) => {
    const search = new URLSearchParams({ publisherId: "22790001", ...query });
    return lomadee.app.request(`/api/lomadee/reportTransaction?${search.toString()}`);
  };
  return { ledger, lomadee, token, report, goTo: (ms: number) => (now = ms) };
}

/** ddMMyyyy of a day of Sao Paulo. */
function dayOf(ms: number): string {
  const [year, month, day] = wallClock(ms, SAO_PAULO).slice(0, 10).split("-");
  return `${day}${month}${year}`;
}

const textOf = (xml: string, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? "";
const itemsOf = (xml: string) => xml.split("<item>").slice(1);

describe("the report", () => {
  it("read status by status is the ledger, to the cent", async () => {
    const { ledger, token, report } = house(5_000);
    const held = await token();
    const read = [];
    const statuses = { "0": "pending", "1": "approved", "2": "declined", "99": "approved" } as const;
    for (const [eventStatus, status] of Object.entries(statuses)) {
      for (const [from, to] of [
        [END - 95 * DAY_MS, END - 46 * DAY_MS],
        [END - 45 * DAY_MS, END],
      ] as const) {
        const window = { startDate: dayOf(from), endDate: dayOf(to) };
        const xml = await (await report({ token: held, eventStatus, ...window })).text();
        expect(textOf(xml, "code")).toBe("200");
        for (const item of itemsOf(xml)) {
          // The item's own amounts stand outside its events.
          const outside = item.replace(/<events>.*<\/events>/, "");
          const minor = (name: string) => Math.round(Number(textOf(outside, name)) * 100);
          expect(textOf(item, "statusId")).toBe(eventStatus);
          read.push({
            id: textOf(item, "transactionId"),
            status,
            saleMinor: minor("gmv"),
            commissionMinor: minor("commission"),
            clickId: textOf(item, "associateId") || null,
          });
        }
      }
    }
    const truth = trueTransactions(ledger, "lomadee").map(({ id, status, saleMinor, commissionMinor, clickId }) => {
      return { id, status, saleMinor, commissionMinor, clickId };
    });
    const inOrder = (a: { id: string }, b: { id: string }) => Number(a.id) - Number(b.id);
    expect(read.toSorted(inOrder)).toEqual(truth.toSorted(inOrder));
    expect(read.length).toBeGreaterThan(4_500);
  });

  const lines = [{ sku: "A", product: "Panela & tampa", quantity: 1, saleMinor: 12_000, commissionMinor: 420 }];
  // Half past eleven at night in Sao Paulo, the next day in UTC.
  const at = Date.UTC(2026, 10, 2, 2, 30);
  const placed: SaleChange = { at, kind: "placed", lines };
  const sale = (...history: SaleChange[]): Omit<Sale, "id"> => ({
    network: "lomadee",
    kind: "sale",
    advertiserId: "6101",
    orderRef: "ORD-77",
    clickId: null,
    clickedAt: at - 60_000,
    occurredAt: at,
    url: "https://www.livrariasabia.example/p/1",
    currency: "BRL",
    history,
  });

  it("lists by days of Sao Paulo, both included, with the documented elements", async () => {
    const { ledger, token, report } = house();
    ledger.place(sale(placed));
    const held = await token();
    const on = async (day: string) =>
      (await report({ token: held, eventStatus: "0", startDate: day, endDate: day })).text();
    expect(itemsOf(await on("02112026"))).toEqual([]);
    const xml = await on("01112026");
    expect(xml).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?><result xmlns="urn:lomadee"><details><timestamp>/);
    expect(xml).toContain(
      "<item><date>01/11/2026</date><currency>BRL</currency><commission>4.20</commission><associateId/>",
    );
    expect(xml).toContain("<advertiserId>6101</advertiserId><advertiserName>Livraria Sabiá</advertiserName>");
    expect(xml).toContain("Panela &amp; tampa</eventName><commission>4.20</commission><gmv>120.00</gmv></event>");
    expect(xml).toContain("<statusId>0</statusId><statusName>PENDENTE</statusName><processedDate/>");
  });

  it("moves a sale from one status to the next as it is decided", async () => {
    const { ledger, token, report, goTo } = house();
    ledger.place(sale(placed, { at: END + DAY_MS, kind: "approved" }));
    const count = async (eventStatus: string) => {
      const window = { startDate: "01112026", endDate: "22112026" };
      return itemsOf(await (await report({ token: await token(), eventStatus, ...window })).text()).length;
    };
    expect([await count("0"), await count("1")]).toEqual([1, 0]);
    goTo(END + DAY_MS);
    expect([await count("0"), await count("1")]).toEqual([0, 1]);
  });

  it("tells a bonus from a sale once it is confirmed", async () => {
    const { ledger, token, report } = house();
    const approved: SaleChange = { at: at + DAY_MS, kind: "approved" };
    const bonus = ledger.place({ ...sale(placed, approved), kind: "bonus" });
    ledger.place(sale(placed, approved));
    const window = { startDate: "01112026", endDate: "01112026" };
    const idsOf = async (eventStatus: string) => {
      const xml = await (await report({ token: await token(), eventStatus, ...window })).text();
      return itemsOf(xml).map((item) => Number(textOf(item, "transactionId")));
    };
    expect([await idsOf("99"), await idsOf("1")]).toEqual([[bonus.id], [bonus.id + 1]]);
  });

  it("comes in ISO-8859-1 with decimal commas where the dialect says so", async () => {
    const { ledger, lomadee, token, report } = house();
    ledger.place(sale(placed));
    lomadee.dialect.encoding = "ISO-8859-1";
    lomadee.dialect.decimalComma = true;
    const window = { startDate: "01112026", endDate: "01112026" };
    const response = await report({ token: await token(), eventStatus: "0", ...window });
    expect(response.headers.get("Content-Type")).toBe("text/xml; charset=ISO-8859-1");
    const xml = new TextDecoder("iso-8859-1").decode(await response.arrayBuffer());
    expect(xml).toContain('encoding="ISO-8859-1"');
    expect(xml).toContain("Livraria Sabiá");
    expect(xml).toContain("<gmv>120,00</gmv>");
  });
});

describe("refusals come with status 200 and a code", () => {
  const good = { startDate: "01112026", endDate: "02112026", eventStatus: "0" };

  it.each([
    [{ token: "no" }, "401"],
    [{ publisherId: "1" }, "403"],
    [{ startDate: "2026-11-01" }, "400"],
    [{ startDate: "31022026" }, "400"],
    [{ startDate: "01012026" }, "400"],
    [{ eventStatus: "7" }, "400"],
  ])("to %j", async (wrong, code) => {
    const { token, report } = house(10);
    const response = await report({ token: await token(), ...good, ...wrong });
    const xml = await response.text();
    expect([response.status, textOf(xml, "code"), itemsOf(xml)]).toEqual([200, code, []]);
  });

  it("to a token of more than an hour, or one that died", async () => {
    const { lomadee, token, report, goTo } = house();
    const codeOf = async (held: string) => textOf(await (await report({ token: held, ...good })).text(), "code");
    const old = await token();
    goTo(END + 3_600_000);
    expect(await codeOf(old)).toBe("401");
    const held = await token();
    lomadee.faults.set({ mode: "token_dies", times: 1, path: "/api/lomadee/reportTransaction" });
    expect([await codeOf(held), await codeOf(held), await codeOf(await token())]).toEqual(["200", "401", "200"]);
  });

  it("XML that is cut has a beginning and no end", async () => {
    const { lomadee, token, report } = house(10);
    const held = await token();
    lomadee.faults.set({ mode: "malformed", times: 1 });
    const xml = await (await report({ token: held, ...good })).text();
    expect([xml.startsWith("<?xml"), xml.endsWith("</result>")]).toEqual([true, false]);
  });
});

it("stores that are left are not listed, linked or tracked", async () => {
  const { ledger, lomadee } = house();
  const product = encodeURIComponent("https://livrariasabia.example/p");
  const manual = `/v2/deeplink?sourceId=35990001&mdasc=k1&url=${product}`;
  const stores = async () => {
    const response = await lomadee.app.request("/v3/15600000sandbox/store/_all?sourceId=35990001");
    return ((await response.json()) as { stores: { id: number }[] }).stores.map(({ id }) => id);
  };
  await lomadee.app.request(manual);
  expect(ledger.clicks).toMatchObject([{ network: "lomadee", clickId: "k1", advertiserId: "6101" }]);
  expect(await stores()).toContain(6101);
  lomadee.membership?.leave("6101");
  expect(await stores()).not.toContain(6101);
  expect((await lomadee.app.request(manual)).headers.get("Location")).toBe("https://livrariasabia.example/p");
  expect(ledger.clicks).toHaveLength(1);
  lomadee.membership?.emptyListOnce();
  expect(await stores()).toEqual([]);
});

it("a click through a made link is noted with the sub-id of the click, else of the link", async () => {
  const { ledger, lomadee } = house();
  const make = "/v2/15600000sandbox/deeplink/_create?sourceId=35990001&mdasc=made&url=";
  const response = await lomadee.app.request(`${make}${encodeURIComponent("https://livrariasabia.example/p")}`);
  const { deeplinks } = (await response.json()) as { deeplinks: { deeplink: string }[] };
  const link = deeplinks[0]?.deeplink ?? "";
  await lomadee.app.request(`${link}?mdasc=k2`);
  await lomadee.app.request(link);
  await createLomadee({ ledger }).app.request(`${link}?mdasc=later`);
  expect(ledger.clicks.map(({ clickId }) => clickId)).toEqual(["k2", "made", "later"]);
});
