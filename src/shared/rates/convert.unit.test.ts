// Conversion: exact, rounded once to even, by the newest set of at most seven days that knows both currencies.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { convert, convertPinned, ratesByDay } from "./convert.ts";
import type { RateSet } from "./convert.ts";

const set = (base: string, date: string, rates: Record<string, string>, version = 1): RateSet => ({
  base,
  date,
  version,
  rates: new Map(Object.entries(rates)),
});
const brl = (minor: number) => ({ minor, currency: "BRL" });
const usd = (minor: number) => ({ minor, currency: "USD" });
const DAY = "2026-11-21";
const today = ratesByDay([set("BRL", DAY, { USD: "0.20", JPY: "28.5", KWD: "0.0615", EUR: "0.16" }, 2)]);

describe("an amount is converted", () => {
  test.for([
    ["from the base", brl(1_000), "USD", 200],
    ["into the base", usd(1_000), "BRL", 5_000],
    ["over the base", usd(1_000), "EUR", 800],
    ["to a currency without cents", brl(100), "JPY", 28],
    ["from a currency without cents", { minor: 57, currency: "JPY" }, "BRL", 200],
    ["to a currency with thousandths", brl(1_000), "KWD", 615],
    ["between those", { minor: 615, currency: "KWD" }, "JPY", 285],
    ["below zero", brl(-1_000), "USD", -200],
    ["when it is nothing", brl(0), "USD", 0],
    ["with a half to the even cent below", brl(2), "USD", 0],
    ["with a half to the even yen", { minor: 300, currency: "BRL" }, "JPY", 86],
  ] as const)("%s", ([, money, to, minor]) => {
    expect(convert(money, to, DAY, today)).toEqual({ minor, currency: to });
  });

  test("with halves to even on both sides of zero", () => {
    const rates = ratesByDay([set("BRL", DAY, { USD: "0.5" })]);
    const converted = [1, 3, 5, -1, -3, -5].map((minor) => convert(brl(minor), "USD", DAY, rates)?.minor);
    expect(converted.map((minor) => minor! + 0)).toEqual([0, 2, 2, 0, -2, -2]);
  });

  test("to itself without any rate, unchanged", () => {
    expect(convertPinned(usd(123), "USD", DAY, new Map())).toEqual({ money: usd(123), rateId: null });
  });

  test("with the id of what it was converted by", () => {
    expect(convertPinned(usd(100), "EUR", DAY, today)).toEqual({
      money: { minor: 80, currency: "EUR" },
      rateId: "BRL:2026-11-21:2",
    });
  });

  test("without floating point: a rate of twelve digits keeps all of them", () => {
    const rates = ratesByDay([set("BRL", DAY, { USD: "0.199999999999" })]);
    expect(convert(brl(9_007_199_254_740_991), "USD", DAY, rates)?.minor).toBe(1_801_439_850_939_191);
  });

  test("there and back, within what rounding may take", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 1, max: 999_999 }), (minor, rate) => {
        const rates = ratesByDay([set("BRL", DAY, { USD: `${rate / 100_000}` })]);
        const there = convert(brl(minor), "USD", DAY, rates)!;
        const back = convert(there, "BRL", DAY, rates)!;
        // Half a cent of dollars, in reais, and half a cent of reais.
        expect(Math.abs(back.minor - minor)).toBeLessThanOrEqual(0.5 / (rate / 100_000) + 0.5);
      }),
    );
  });
});

describe("the rate of a day", () => {
  const old = (date: string) => ratesByDay([set("BRL", date, { USD: "0.20" })]);

  test("may be seven days old and no older, and never of a later day", () => {
    expect(convert(usd(100), "BRL", DAY, old("2026-11-14"))).toEqual(brl(500));
    expect(convert(usd(100), "BRL", DAY, old("2026-11-13"))).toBeNull();
    expect(convert(usd(100), "BRL", DAY, old("2026-11-22"))).toBeNull();
    expect(convert(usd(100), "BRL", "2026-03-03", old("2026-02-24"))).toEqual(brl(500));
  });

  test("is the newest that knows both currencies, so that two days are never mixed", () => {
    const rates = ratesByDay([
      set("BRL", "2026-11-20", { USD: "0.25", EUR: "0.20" }),
      set("BRL", DAY, { USD: "0.20" }),
    ]);
    expect(convertPinned(usd(100), "BRL", DAY, rates)).toMatchObject({ money: brl(500), rateId: "BRL:2026-11-21:1" });
    expect(convertPinned(usd(100), "EUR", DAY, rates)).toMatchObject({
      money: { minor: 80 },
      rateId: "BRL:2026-11-20:1",
    });
  });

  test("is of a base among the two before any other", () => {
    const rates = ratesByDay([
      set("BRL", DAY, { USD: "0.20", EUR: "0.16" }),
      set("USD", DAY, { EUR: "0.90", BRL: "5.10" }),
      set("EUR", DAY, { GBP: "0.8" }),
    ]);
    expect(convertPinned(usd(1_000), "EUR", DAY, rates)?.rateId).toBe("USD:2026-11-21:1");
    expect(convert({ minor: 100, currency: "GBP" }, "BRL", DAY, rates)).toBeNull();
  });

  test("is none for a currency that nobody gave, nor for what is none", () => {
    expect(convert(brl(100), "GBP", DAY, today)).toBeNull();
    expect(convert({ minor: 1, currency: "XYZ" }, "BRL", DAY, today)).toBeNull();
    expect(convert(brl(100), "USD", DAY, ratesByDay([]))).toBeNull();
  });

  test("that makes an amount beyond counting converts nothing", () => {
    const rates = ratesByDay([set("BRL", DAY, { USD: "999999999999" })]);
    expect(convert(brl(9_007_199_254_740_991), "USD", DAY, rates)).toBeNull();
  });
});
