// Rakuten's report read as a client must read it, and held to the ledger; it must never reach the network.
import { describe, expect, it } from "vitest";
import { createLedger } from "../ledger/ledger.ts";
import { writePast } from "../ledger/past.ts";
import { trueTransactions } from "../ledger/truth.ts";
import { createRakuten } from "./app.ts";

const END = Date.UTC(2026, 10, 21, 16);
const DAY_MS = 86_400_000;

interface Row {
  etransaction_id: string;
  order_id: string;
  sku_number: string;
  sale_amount: number;
  commissions: number;
  currency: string;
  is_event: string;
  process_date: string;
  transaction_type: string;
  u1?: string;
}

function house(sales = 0) {
  let now = END;
  const ledger = createLedger(() => now);
  writePast(ledger, { seed: 17, sales, networks: ["rakuten"] });
  const rakuten = createRakuten({ ledger, now: () => now, callsPerMinute: 10_000 });
  const { app } = rakuten;
  const signIn = async () => {
    const response = await app.request("/token", {
      method: "POST",
      headers: { Authorization: `Bearer ${btoa("sandbox-rakuten-client:sandbox-rakuten-secret")}` },
      body: new URLSearchParams({ scope: "4640000" }),
    });
    const { access_token } = (await response.json()) as { access_token: string };
    return { Authorization: `Bearer ${access_token}` };
  };
  const ask = (query: Record<string, string>, headers: Record<string, string>) =>
    app.request(`/events/1.0/transactions?${new URLSearchParams(query).toString()}`, { headers });
  return { ledger, rakuten, signIn, ask, goTo: (ms: number) => (now = ms) };
}

const stamp = (ms: number) => new Date(ms).toISOString().slice(0, 19).replace("T", " ");
const processed = (from: number, to: number) => ({ process_date_start: stamp(from), process_date_end: stamp(to) });

async function rowsOf(response: Response | Promise<Response>): Promise<Row[]> {
  return (await (await response).json()) as Row[];
}

describe("the report", () => {
  it("paged and netted by order and SKU is the ledger, to the cent", async () => {
    const { ledger, signIn, ask } = house(2_000);
    const headers = await signIn();
    const rows: Row[] = [];
    for (let from = END - 93 * DAY_MS; from < END; from += 31 * DAY_MS) {
      for (let page = 1; ; page += 1) {
        const window = processed(from, from + 31 * DAY_MS - 1000);
        const got = await rowsOf(ask({ ...window, limit: "500", page: `${page}` }, headers));
        rows.push(...got);
        if (got.length < 500) break;
      }
    }
    const minor = (amount: number, currency: string) => Math.round(amount * (currency === "JPY" ? 1 : 100));
    const net = new Map<string, { saleMinor: number; commissionMinor: number; posted: boolean; u1: string | null }>();
    for (const row of new Map(rows.map((one) => [one.etransaction_id, one])).values()) {
      const id = `${row.order_id}/${row.sku_number}`;
      const sum = net.get(id) ?? { saleMinor: 0, commissionMinor: 0, posted: false, u1: row.u1 ?? null };
      sum.saleMinor += minor(row.sale_amount, row.currency);
      sum.commissionMinor += minor(row.commissions, row.currency);
      sum.posted ||= row.is_event === "N";
      net.set(id, sum);
    }
    const read = [...net].map(([id, { saleMinor, commissionMinor, posted, u1: clickId }]) => {
      const status = saleMinor <= 0 ? "declined" : posted ? "approved" : "pending";
      return { id, status, saleMinor, commissionMinor, clickId };
    });
    const truth = trueTransactions(ledger, "rakuten").map(({ id, status, saleMinor, commissionMinor, clickId }) => {
      return { id, status, saleMinor, commissionMinor, clickId };
    });
    const inOrder = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
    expect(read.toSorted(inOrder)).toEqual(truth.toSorted(inOrder));
    expect(rows.filter((row) => row.sale_amount < 0).length).toBeGreaterThan(100);
  });

  it("is a bare array of 100 rows a page, empty after the last", async () => {
    const { signIn, ask } = house(200);
    const headers = await signIn();
    const window = processed(END - 30 * DAY_MS, END);
    expect(await rowsOf(ask(window, headers))).toHaveLength(100);
    expect(await rowsOf(ask({ ...window, page: "99" }, headers))).toEqual([]);
  });

  it("has no status, dates as JavaScript writes them, and u1 only where one was passed", async () => {
    const { ledger, signIn, ask } = house();
    const at = Date.UTC(2026, 10, 4, 11, 40);
    const lines = [{ sku: "SKU1", product: "Tênis", quantity: 1, saleMinor: 19_990, commissionMinor: 999 }];
    const sale = {
      network: "rakuten",
      kind: "sale",
      advertiserId: "43984",
      orderRef: "A-1",
      clickId: "c_01HX",
      clickedAt: at,
      occurredAt: at,
      url: "https://www.tenisdavila.example/p/1",
      currency: "BRL",
      history: [{ at: at + 1_331_000, kind: "placed", lines }],
    } as const;
    ledger.place(sale);
    ledger.place({ ...sale, orderRef: "A-2", clickId: null });
    const query = { transaction_date_start: "2026-11-04 11:40:00", transaction_date_end: "2026-11-04 11:40:00" };
    const [row, other] = await rowsOf(ask(query, await signIn()));
    expect(row).toEqual({
      etransaction_id: expect.stringMatching(/^[0-9a-f]{24}$/),
      advertiser_id: 43_984,
      sid: 4_640_000,
      order_id: "A-1",
      offer_id: "987",
      sku_number: "SKU1",
      sale_amount: 199.9,
      quantity: 1,
      commissions: 9.99,
      process_date: "Wed Nov 04 2026 12:02:11 GMT+0000 (UTC)",
      transaction_date: "Wed Nov 04 2026 11:40:00 GMT+0000 (UTC)",
      transaction_type: "realtime",
      product_name: "Tênis",
      u1: "c_01HX",
      currency: "BRL",
      is_event: "Y",
      commission_list_id: "0",
    });
    expect(Date.parse(row?.process_date ?? "")).toBe(at + 1_331_000);
    expect(other).not.toHaveProperty("u1");
  });

  it("spells ids, events and the list as the dialect says", async () => {
    const { rakuten, signIn, ask } = house(5);
    Object.assign(rakuten.dialect, { quotedIds: true, booleanEvents: true, pluralListId: true });
    const [row] = await rowsOf(ask({ limit: "1" }, await signIn()));
    expect(row).toMatchObject({ sid: "4640000", is_event: expect.any(Boolean), commissions_list_id: "0" });
  });

  it("filters by currency and type", async () => {
    const { signIn, ask } = house(300);
    const headers = await signIn();
    const some = await rowsOf(ask({ currency: "JPY", type: "batch", limit: "1000" }, headers));
    expect(some.length).toBeGreaterThan(0);
    expect(some.every((row) => row.currency === "JPY" && row.transaction_type === "batch")).toBe(true);
  });

  it.each([
    { process_date_start: "2026-11-01 00:00:00" },
    { process_date_start: "2026-11-01T00:00:00", process_date_end: "2026-11-02T00:00:00" },
    { process_date_start: "2026-11-02 00:00:00", process_date_end: "2026-11-01 00:00:00" },
    { process_date_start: "2026-09-01 00:00:00", process_date_end: "2026-11-01 00:00:00" },
  ])("answers an object to %j", async (query: Record<string, string>) => {
    const { signIn, ask } = house();
    const response = await ask(query, await signIn());
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: "invalid_request", error_description: expect.any(String) });
  });

  it("refuses a token that died between two pages and takes a new one", async () => {
    const { rakuten, signIn, ask } = house(200);
    const headers = await signIn();
    rakuten.faults.set({ mode: "token_dies", times: 1, path: "/events/1.0/transactions" });
    expect((await ask({}, headers)).status).toBe(200);
    const second = await ask({ page: "2" }, headers);
    expect([second.status, await second.json()]).toMatchObject([401, { error: "invalid_token" }]);
    expect((await ask({ page: "2" }, await signIn())).status).toBe(200);
  });

  it("counts against the same limit as the lists", async () => {
    const rakuten = createRakuten({ callsPerMinute: 1, now: () => 0 });
    const response = await rakuten.app.request("/token", {
      method: "POST",
      headers: { Authorization: `Basic ${btoa("sandbox-rakuten-client:sandbox-rakuten-secret")}` },
      body: new URLSearchParams({ scope: "4640000" }),
    });
    const { access_token } = (await response.json()) as { access_token: string };
    const headers = { Authorization: `Bearer ${access_token}` };
    expect((await rakuten.app.request("/v1/partnerships", { headers })).status).toBe(200);
    expect((await rakuten.app.request("/events/1.0/transactions", { headers })).status).toBe(429);
  });
});

it("partnerships that are left are removed, unlinked and untracked, and come back", async () => {
  const { ledger, rakuten, signIn } = house();
  const headers = await signIn();
  const active = async () => {
    const response = await rakuten.app.request("/v1/partnerships?partner_status=active", { headers });
    const body = (await response.json()) as { partnerships: { advertiser: { id: number } }[] };
    return body.partnerships.map(({ advertiser }) => advertiser.id);
  };
  const page = encodeURIComponent("https://www.tenisdavila.example/p");
  const click = `/deeplink?id=AbCdEfGhIjk&mid=43984&u1=k1&murl=${page}`;
  await rakuten.app.request(click);
  rakuten.membership?.leave("43984");
  expect(await active()).not.toContain(43_984);
  await rakuten.app.request(click);
  expect(ledger.clicks).toMatchObject([{ network: "rakuten", clickId: "k1", advertiserId: "43984" }]);
  const one = await (await rakuten.app.request("/v1/partnerships/43984", { headers })).json();
  expect(one).toMatchObject({ partnership: { status: "removed" } });
  rakuten.membership?.join("43984");
  expect(await active()).toContain(43_984);
  rakuten.membership?.emptyListOnce();
  expect(await active()).toEqual([]);
});
