// Rakuten's rows must add up to the truth by (order, SKU), at every moment of a sale's life.
import { describe, expect, it } from "vitest";
import { createLedger } from "./ledger.ts";
import { writePast } from "./past.ts";
import { rakutenRows } from "./rakuten-rows.ts";
import type { RakutenRow } from "./rakuten-rows.ts";
import type { Sale, SaleChange } from "./sale.ts";
import { trueTransactions } from "./truth.ts";

const lines = [{ sku: "A", product: "Fone", quantity: 2, saleMinor: 5_000, commissionMinor: 500 }];
const placed: SaleChange = { at: 100, kind: "placed", lines };

function sale(...history: SaleChange[]): Sale {
  const about = { advertiserId: "43984", orderRef: "O1", clickId: "k1", url: "https://a.example/", currency: "BRL" };
  return { ...about, id: 1, network: "rakuten", kind: "sale", clickedAt: 50, occurredAt: 90, history };
}
const shape = ({ isEvent, type, line, processedAt }: RakutenRow) =>
  `${isEvent ? "Y" : "N"} ${type} ${line.quantity} ${line.saleMinor} ${processedAt}`;

describe("the rows of a sale", () => {
  it("begin as an event, which becomes the transaction under the same id", () => {
    const rows = rakutenRows(sale(placed, { at: 200, kind: "approved" }), 200);
    expect(rows.map(shape)).toEqual(["Y realtime 2 5000 100", "N realtime 2 5000 200"]);
    expect(rows[0]?.etransactionId).toBe(rows[1]?.etransactionId);
    expect(rakutenRows(sale(placed, { at: 200, kind: "approved" }), 199)).toHaveLength(1);
  });

  it("have no event where the transaction came at once", () => {
    const rows = rakutenRows(sale(placed, { at: 100, kind: "approved" }), 100);
    expect(rows.map(shape)).toEqual(["N realtime 2 5000 100"]);
  });

  it("are corrected by a batch row of the difference and taken back by a negative one", () => {
    const [line] = lines;
    if (line === undefined) throw new Error("there is a line");
    const less = [{ ...line, quantity: 1, saleMinor: 2_000, commissionMinor: 200 }];
    const approved: SaleChange = { at: 200, kind: "approved" };
    const amended: SaleChange = { at: 300, kind: "amended", lines: less, reason: "Partial return" };
    const returned: SaleChange = { at: 400, kind: "declined", reason: "Order returned" };
    const rows = rakutenRows(sale(placed, approved, amended, returned), 400);
    expect(rows.slice(2).map(shape)).toEqual(["N batch -1 -3000 300", "N batch -1 -2000 400"]);
    expect(new Set(rows.map(({ etransactionId }) => etransactionId)).size).toBe(3);
  });

  it("give back by a batch row what was taken back too soon", () => {
    const declined: SaleChange = { at: 200, kind: "declined", reason: "Payment refused" };
    const rows = rakutenRows(sale(placed, declined, { at: 300, kind: "approved" }), 300);
    expect(rows.slice(1).map(shape)).toEqual(["N realtime 2 5000 200", "N batch -2 -5000 200", "N batch 2 5000 300"]);
  });

  it("post and take back at once what was declined as an event", () => {
    const rows = rakutenRows(sale(placed, { at: 200, kind: "declined", reason: "Order cancelled" }), 200);
    expect(rows.map(shape)).toEqual(["Y realtime 2 5000 100", "N realtime 2 5000 200", "N batch -2 -5000 200"]);
  });
});

it("a past of 5,000 sales adds up to the cent, at any time", () => {
  const END = Date.UTC(2026, 10, 21);
  let now = END;
  const ledger = createLedger(() => now);
  writePast(ledger, { seed: 11, sales: 5_000, networks: ["rakuten"] });
  for (const day of [-60, -7, 0, 30]) {
    now = END + day * 86_400_000;
    const sums = new Map<string, { sale: number; commission: number; posted: boolean }>();
    // A transaction takes the place of the event with its id.
    const rows = ledger.sales("rakuten").flatMap((one) => rakutenRows(one, now));
    const byId = new Map(rows.map((row) => [row.etransactionId, row]));
    for (const { sale: one, line, isEvent } of byId.values()) {
      const key = `${one.orderRef}/${line.sku}`;
      const sum = sums.get(key) ?? { sale: 0, commission: 0, posted: false };
      sum.sale += line.saleMinor;
      sum.commission += line.commissionMinor;
      sum.posted ||= !isEvent;
      sums.set(key, sum);
    }
    const read = [...sums].map(([id, { sale: saleMinor, commission: commissionMinor, posted }]) => {
      const status = saleMinor <= 0 ? "declined" : posted ? "approved" : "pending";
      return { id, saleMinor, commissionMinor, status };
    });
    const truth = trueTransactions(ledger, "rakuten").map(({ id, saleMinor, commissionMinor, status }) => {
      return { id, saleMinor, commissionMinor, status };
    });
    const inOrder = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
    expect(read.toSorted(inOrder)).toEqual(truth.toSorted(inOrder));
  }
});
