// Awin's report read as a client must read it, and held to the ledger; it must never reach the network.
import { describe, expect, it } from "vitest";
import { createLedger } from "../ledger/ledger.ts";
import { writePast } from "../ledger/past.ts";
import type { Sale } from "../ledger/sale.ts";
import { trueTransactions } from "../ledger/truth.ts";
import { createAwin } from "./app.ts";

const headers = { Authorization: "Bearer sandbox-awin-token" };
const END = Date.UTC(2026, 10, 21, 16);
const DAY_MS = 86_400_000;

function house(sales: number) {
  let now = END;
  const ledger = createLedger(() => now);
  writePast(ledger, { seed: 5, sales, networks: ["awin"] });
  const { app } = createAwin({ ledger, now: () => now, callsPerMinute: 1_000 });
  const ask = (query: Record<string, string>) => {
    const search = new URLSearchParams({ timezone: "UTC", ...query });
    return app.request(`/publishers/223344/transactions/?${search.toString()}`, { headers });
  };
  return { ledger, app, ask, goTo: (ms: number) => (now = ms) };
}

const stamp = (ms: number) => new Date(ms).toISOString().slice(0, 19);
const day = (from: number, to: number) => ({ startDate: stamp(from), endDate: stamp(to) });

interface Row {
  id: number;
  commissionStatus: string;
  paidToPublisher: boolean;
  saleAmount: { amount: number; currency: string };
  commissionAmount: { amount: number };
  clickRefs: { clickRef?: string } | null;
}

const statusOf = (row: Row) => {
  if (row.paidToPublisher) return "paid";
  return row.commissionStatus === "deleted" ? "declined" : row.commissionStatus;
};

async function rowsOf(ask: ReturnType<typeof house>["ask"], query: Record<string, string>): Promise<Row[]> {
  const response = await ask(query);
  expect(response.status).toBe(200);
  return (await response.json()) as Row[];
}

describe("the report", () => {
  it("read in windows of 31 days is the ledger, to the cent", async () => {
    const { ledger, ask } = house(5_000);
    const rows: Row[] = [];
    for (let from = END - 93 * DAY_MS; from < END; from += 31 * DAY_MS) {
      rows.push(...(await rowsOf(ask, day(from, from + 31 * DAY_MS - 1000))));
    }
    const minor = ({ amount }: { amount: number }) => Math.round(amount * 100);
    const read = rows.map((row) => ({
      id: `${row.id}`,
      status: statusOf(row),
      currency: row.saleAmount.currency,
      saleMinor: minor(row.saleAmount),
      commissionMinor: minor(row.commissionAmount),
      clickId: row.clickRefs?.clickRef ?? null,
    }));
    const truth = trueTransactions(ledger, "awin").map(
      ({ id, status, currency, saleMinor, commissionMinor, clickId }) => {
        return { id, status, currency, saleMinor, commissionMinor, clickId };
      },
    );
    const inOrder = (a: { id: string }, b: { id: string }) => Number(a.id) - Number(b.id);
    expect(read.toSorted(inOrder)).toEqual(truth.toSorted(inOrder));
    expect(read.length).toBeGreaterThan(4_500);
  });

  it("finds a decision by its date although the order is old", async () => {
    const { ledger, ask, goTo } = house(300);
    const before = new Map(ledger.known("awin").map(({ sale, state }) => [sale.id, state.status]));
    goTo(END + 5 * DAY_MS);
    const rows = await rowsOf(ask, { ...day(END, END + 5 * DAY_MS), dateType: "validation" });
    const changed = ledger.known("awin").filter(({ sale, state }) => {
      const now = state.validatedAt ?? 0;
      return now > END && before.get(sale.id) !== state.status;
    });
    expect(changed.length).toBeGreaterThan(3);
    const listed = new Set(rows.map((row) => row.id));
    expect(changed.filter(({ sale }) => !listed.has(sale.id))).toEqual([]);
  });

  it("filters by status and advertiser, and answers by ids", async () => {
    const { ask } = house(300);
    const window = day(END - 30 * DAY_MS, END);
    const declined = await rowsOf(ask, { ...window, status: "declined", advertiserId: "17648,18120" });
    expect(declined.length).toBeGreaterThan(0);
    for (const row of declined) {
      expect(row).toMatchObject({ commissionStatus: "declined", declineReason: expect.any(String) });
    }
    const ids = declined.slice(0, 2).map((row) => row.id);
    expect((await rowsOf(ask, { ids: ids.join(",") })).map((row) => row.id)).toEqual(ids);
  });

  it("tells times in the zone that was asked for", async () => {
    const now = Date.UTC(2026, 6, 1, 12);
    const ledger = createLedger(() => now);
    // In the middle of its second, which the window's text cannot say.
    const at = Date.UTC(2026, 6, 1, 1, 30, 0, 500);
    const lines = [{ sku: "A", product: "Fone", quantity: 1, saleMinor: 12_000, commissionMinor: 840 }];
    const sale: Omit<Sale, "id"> = {
      network: "awin",
      kind: "sale",
      advertiserId: "17648",
      orderRef: "ORD-551",
      clickId: "c_01",
      clickedAt: at - 1_204_000,
      occurredAt: at,
      url: "https://www.casaaroeira.example/p/1",
      currency: "BRL",
      history: [{ at, kind: "placed", lines }],
    };
    ledger.place(sale);
    const { app } = createAwin({ ledger });
    const path = "/publishers/223344/transactions/?timezone=US/Eastern";
    const response = await app.request(`${path}&startDate=2026-06-30T21:30:00&endDate=2026-06-30T21:30:00`, {
      headers,
    });
    expect(await response.json()).toMatchObject([
      {
        id: 301_224_455,
        commissionStatus: "pending",
        commissionAmount: { amount: 8.4, currency: "BRL" },
        saleAmount: { amount: 120, currency: "BRL" },
        clickRefs: { clickRef: "c_01" },
        transactionDate: "2026-06-30T21:30:00",
        validationDate: null,
        lapseTime: 1204,
        amended: false,
        orderRef: "ORD-551",
        paidToPublisher: false,
      },
    ]);
  });

  it.each([
    [{ startDate: "2026-01-01T00:00:00", endDate: "2026-02-01T00:00:01" }],
    [{ startDate: "2026-01-02T00:00:00", endDate: "2026-01-01T00:00:00" }],
    [{ startDate: "2026-01-01", endDate: "2026-01-02" }],
    [{ startDate: "2026-01-01T00:00:00" }],
    [{ ...day(0, 1000), timezone: "America/Sao_Paulo" }],
    [{ ...day(0, 1000), dateType: "payment" }],
    [{ ...day(0, 1000), status: "paid" }],
  ])("refuses %j", async (query: Record<string, string>) => {
    const response = await house(0).ask(query);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: expect.any(String), description: expect.any(String) });
  });

  it("shares its 20 calls a minute with all other doors", async () => {
    const { app } = createAwin({ now: () => 0 });
    for (let call = 0; call < 20; call += 1) await app.request("/publishers/223344/programmes", { headers });
    const window = new URLSearchParams({ timezone: "UTC", ...day(0, 1000) });
    const path = `/publishers/223344/transactions/?${window.toString()}`;
    expect((await app.request(path, { headers })).status).toBe(429);
  });
});

describe("programmes", () => {
  const joined = async (awin: ReturnType<typeof createAwin>) => {
    const response = await awin.app.request("/publishers/223344/programmes?relationship=joined", { headers });
    return ((await response.json()) as { id: number }[]).map(({ id }) => id);
  };

  it("are left, joined again, and joined anew", async () => {
    const awin = createAwin();
    const all = await joined(awin);
    awin.membership?.leave("17648");
    expect(await joined(awin)).toEqual(all.filter((id) => id !== 17_648));
    awin.membership?.join("17648");
    awin.membership?.join("99001", { name: "Nova", domains: ["nova.example"] });
    expect(await joined(awin)).toEqual([...all, 99_001]);
  });

  it("are once none at all, and more than half of them leave", async () => {
    const awin = createAwin();
    const all = await joined(awin);
    awin.membership?.emptyListOnce();
    expect(await joined(awin)).toEqual([]);
    expect(await joined(awin)).toEqual(all);
    awin.membership?.leaveMost();
    expect(await joined(awin)).toHaveLength(all.length / 2 - 1);
    awin.membership?.reset();
    expect(await joined(awin)).toEqual(all);
  });
});

it("a click is noted with its sub-id only for a joined shop", async () => {
  const ledger = createLedger(() => 77);
  const awin = createAwin({ ledger, now: () => 77 });
  const click = "/cread.php?awinmid=17648&awinaffid=223344&clickref=k1&ued=https%3A%2F%2Fwww.casaaroeira.example%2Fp";
  await awin.app.request(click);
  awin.membership?.leave("17648");
  expect((await awin.app.request(click)).status).toBe(302);
  const url = "https://www.casaaroeira.example/p";
  expect(ledger.clicks).toEqual([{ network: "awin", clickId: "k1", advertiserId: "17648", url, at: 77 }]);
});
