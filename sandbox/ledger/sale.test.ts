// Histories: what a sale is at each moment, and which histories no network could have.
import { describe, expect, it } from "vitest";
import { createLedger } from "./ledger.ts";
import type { LedgerEntry } from "./ledger.ts";
import { stateAt } from "./sale.ts";
import type { LedgerNetwork, Sale, SaleChange, SaleLine } from "./sale.ts";

const line = (saleMinor: number, sku = "A"): SaleLine => ({
  sku,
  product: "Fone",
  quantity: 1,
  saleMinor,
  commissionMinor: saleMinor / 10,
});
const placed: SaleChange = { at: 100, kind: "placed", lines: [line(12_000), line(800, "B")] };

function sale(history: SaleChange[], network: LedgerNetwork = "awin"): Omit<Sale, "id"> {
  const about = { advertiserId: "17648", orderRef: "O1", clickId: "k1", url: "https://a.example/", currency: "BRL" };
  return { ...about, network, kind: "sale", clickedAt: 50, occurredAt: 90, history };
}

describe("the state of a sale", () => {
  const later: SaleChange[] = [
    { at: 200, kind: "approved" },
    { at: 300, kind: "amended", lines: [line(6_000), line(800, "B")], reason: "Partial return" },
    { at: 400, kind: "paid", paymentId: 7 },
  ];
  const whole = createLedger(() => 0).place(sale([placed, ...later]));

  it("is unknown before the network hears of it, and changes on the millisecond", () => {
    expect(stateAt(whole, 99)).toBeNull();
    expect(stateAt(whole, 199)).toMatchObject({ status: "pending", saleMinor: 12_800, validatedAt: null });
    expect(stateAt(whole, 200)).toMatchObject({ status: "approved", validatedAt: 200, paid: false });
    expect(stateAt(whole, 300)).toMatchObject({
      saleMinor: 6_800,
      commissionMinor: 680,
      amendedAt: 300,
      old: { saleMinor: 12_800, commissionMinor: 1_280 },
    });
    expect(stateAt(whole, 9_999)).toMatchObject({ status: "approved", paid: true, paymentId: 7 });
  });

  it("keeps the reason of a refusal until the shop thinks again", () => {
    const ledger = createLedger(() => 0);
    const { id } = ledger.place(sale([placed, { at: 200, kind: "declined", reason: "Order cancelled" }]));
    const reinstated = ledger.change("awin", id, { at: 250, kind: "approved" });
    expect(stateAt(reinstated, 200)).toMatchObject({ status: "declined", declineReason: "Order cancelled" });
    expect(stateAt(reinstated, 250)).toMatchObject({ status: "approved", declineReason: null, validatedAt: 250 });
  });
});

describe("a ledger", () => {
  it.each<[string, SaleChange[], LedgerNetwork]>([
    ["is paid while pending", [placed, { at: 200, kind: "paid", paymentId: 1 }], "awin"],
    ["begins by being approved", [{ at: 200, kind: "approved" }], "awin"],
    ["is known before it happened", [{ ...placed, at: 10 }], "awin"],
    ["goes back in time", [placed, { at: 99, kind: "approved" }], "awin"],
    ["is placed twice", [placed, placed], "awin"],
    ["changes its lines", [placed, { at: 200, kind: "amended", lines: [line(1)], reason: "x" }], "awin"],
    ["is corrected by Rakuten before it was posted", [placed, { ...placed, kind: "amended", reason: "x" }], "rakuten"],
  ])("refuses a sale that %s", (_, history, network) => {
    const ledger = createLedger(() => 0);
    expect(() => ledger.place(sale(history, network))).toThrow();
    expect(ledger.sales(network)).toEqual([]);
  });

  it("shows a network only what it knows by now", () => {
    let now = 99;
    const ledger = createLedger(() => now);
    ledger.place(sale([placed]));
    expect([ledger.known("awin").length, ledger.sales("awin").length]).toEqual([0, 1]);
    now = 100;
    expect(ledger.known("awin")).toHaveLength(1);
    expect(ledger.known("afilio")).toEqual([]);
  });

  it("can be told again from what it wrote, with new numbers after the old", () => {
    const first = createLedger(() => 1_000);
    const journal: LedgerEntry[] = [];
    first.onWrite((entry) => journal.push(entry));
    const { id } = first.place(sale([placed]));
    first.change("awin", id, { at: 200, kind: "approved" });
    const second = createLedger(() => 1_000);
    second.restore(JSON.parse(JSON.stringify(journal)) as LedgerEntry[]);
    expect(second.known("awin")).toEqual(first.known("awin"));
    expect(second.place(sale([placed])).id).toBe(id + 1);
  });

  it("remembers clicks and tells of them", () => {
    const ledger = createLedger(() => 0);
    const heard: (string | null)[] = [];
    ledger.onClick(({ clickId }) => heard.push(clickId));
    ledger.noteClick({ network: "awin", clickId: "k1", advertiserId: "1", url: "https://a.example/", at: 0 });
    expect([heard, ledger.clicks.length]).toEqual([["k1"], 1]);
  });
});
