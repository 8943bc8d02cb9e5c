import { describe, expect, test } from "vitest";
import { newClickId, storeCode } from "../clicks/click-id.ts";
import { clickOf, foldRows, newsOf, sumOf } from "./merge.ts";
import type { ReportedSale } from "./merge.ts";
import type { Transaction } from "./transaction.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const HOUR = 3_600_000;
const CLICK = newClickId(NOW - HOUR, storeCode(7));

function row(change: Partial<ReportedSale> = {}): ReportedSale {
  return {
    externalId: "301",
    part: null,
    orderRef: "ORD-1",
    status: "pending",
    provisional: false,
    sale: { minor: 12_000, currency: "BRL" },
    commission: { minor: 840, currency: "BRL" },
    clickId: CLICK,
    advertiserId: "17648",
    occurredAtMs: NOW - HOUR,
    validatedAtMs: null,
    declineReason: null,
    ...change,
  };
}

const asStored = (rows: readonly Transaction[]) => new Map(rows.map((one) => [one.id, one]));
const fold = (rows: readonly ReportedSale[], stored: readonly Transaction[] = []) =>
  foldRows("awin", asStored(stored), rows, NOW);
const part = (id: string, minor: number, provisional = false) =>
  row({
    part: id,
    status: null,
    provisional,
    sale: { minor, currency: "BRL" },
    commission: { minor: minor / 10, currency: "BRL" },
  });

describe("a row", () => {
  test("that is new becomes a transaction without history", () => {
    const stored = asStored([]);
    const [one] = fold([row()]);
    expect(one).toMatchObject({ id: "awin:301", clickoutId: CLICK, storeId: 7, clickFound: false, parts: null });
    expect(newsOf(stored, [one!])).toEqual({ rows: [one], created: 1, changes: [] });
  });

  test("that says what is known changes nothing, however often", () => {
    const before = fold([row()]);
    expect(newsOf(asStored(before), fold([row(), row()], before))).toEqual({ rows: [], created: 0, changes: [] });
  });

  test("that says something else is history: what the network says last is true, also when it goes back", () => {
    const before = fold([row({ status: "approved" })]);
    const next = fold(
      [row({ status: "declined", commission: { minor: 0, currency: "BRL" }, declineReason: "gone" })],
      before,
    );
    expect(newsOf(asStored(before), next).changes).toEqual([
      { transactionId: "awin:301", field: "status", from: "approved", to: "declined" },
      { transactionId: "awin:301", field: "commission", from: "8.40 BRL", to: "0.00 BRL" },
      { transactionId: "awin:301", field: "declineReason", from: null, to: "gone" },
    ]);
  });

  test("that says less keeps what was told before", () => {
    const before = fold([row()]);
    const [one] = fold([row({ orderRef: null, advertiserId: null, clickId: null })], before);
    expect(one).toMatchObject({ orderRef: "ORD-1", advertiserId: "17648", clickId: CLICK, clickoutId: CLICK });
  });

  test("keeps what the log said of its click, until the network names another click", () => {
    const [plain] = fold([row()]);
    const before = [{ ...plain!, storeId: 9, ref: "deal_1", clickFound: true }];
    expect(fold([row({ status: "paid" })], before)[0]).toMatchObject({ storeId: 9, ref: "deal_1", clickFound: true });
    const other = newClickId(NOW, storeCode(3));
    expect(fold([row({ clickId: other })], before)[0]).toMatchObject({
      clickoutId: other,
      storeId: 3,
      ref: null,
      clickFound: false,
    });
  });
});

describe("a sub-id", () => {
  test.for([
    [null, "is none"],
    ["newsletter-7", "has another form"],
    [CLICK.toUpperCase(), "has another alphabet"],
    [newClickId(Date.UTC(2001, 1, 1), storeCode(7)), "is older than the house"],
    [newClickId(NOW + 2 * 24 * HOUR, storeCode(7)), "lies in the future"],
  ] as const)("%s %s", ([clickId]) => {
    expect(clickOf(clickId, NOW)).toBeNull();
    expect(fold([row({ clickId })])[0]).toMatchObject({ clickId, clickoutId: null, storeId: null });
  });

  test("of ours says its store, or that no store was known", () => {
    expect(clickOf(CLICK, NOW)).toEqual({ clickoutId: CLICK, storeId: 7 });
    const none = newClickId(NOW, storeCode(0));
    expect(clickOf(none, NOW)).toEqual({ clickoutId: none, storeId: null });
  });
});

describe("parts", () => {
  test("add up, whatever their order, and each counts once", () => {
    const rows = [part("a", 20_000), part("b", -5_000), part("a", 20_000)];
    for (const order of [rows, rows.toReversed()]) {
      expect(fold(order)[0]).toMatchObject({
        status: "approved",
        sale: { minor: 15_000, currency: "BRL" },
        commission: { minor: 1_500, currency: "BRL" },
      });
    }
    const before = fold(rows);
    expect(newsOf(asStored(before), fold(rows.toReversed(), before)).rows).toEqual([]);
  });

  test("are pending while there are only early events, which then count no more", () => {
    const early = fold([part("a:event", 20_000, true), part("b:event", 1_000, true)]);
    expect(early[0]).toMatchObject({ status: "pending", sale: { minor: 21_000 } });
    const posted = fold([part("a", 20_000)], early);
    expect(posted[0]).toMatchObject({ status: "approved", sale: { minor: 20_000 } });
    expect(newsOf(asStored(early), posted).changes.map(({ field, from, to }) => [field, from, to])).toEqual([
      ["status", "pending", "approved"],
      ["sale", "210.00 BRL", "200.00 BRL"],
      ["commission", "21.00 BRL", "20.00 BRL"],
    ]);
    expect(fold([part("b:event", 1_000, true)], posted)[0]).toMatchObject({ sale: { minor: 20_000 } });
  });

  test.for([
    [[], "pending"],
    [[20_000, -20_000], "declined"],
    [[-1], "declined"],
    [[1], "approved"],
  ] as const)("%j make it %s", ([minors, status]) => {
    const parts = Object.fromEntries(
      minors.map((saleMinor, n) => [`p${n}`, { saleMinor, commissionMinor: 0, provisional: false }]),
    );
    expect(sumOf(parts).status).toBe(status);
  });

  test("were ordered when the first of them was", () => {
    const before = fold([part("a", 1)]);
    expect(fold([{ ...part("b", 1), occurredAtMs: NOW }], before)[0]!.occurredAtMs).toBe(NOW - HOUR);
  });
});
