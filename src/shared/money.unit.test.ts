// Amounts: read and written digit by digit, for currencies of every kind, and halves rounded to even.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  currencyDigits,
  decimalOf,
  decimalText,
  divideHalfEven,
  moneyOf,
  moneyText,
  withDecimalPoint,
} from "./money.ts";

describe("a currency's digits", () => {
  test.for([
    ["BRL", 2],
    ["USD", 2],
    ["JPY", 0],
    ["CLP", 0],
    ["KWD", 3],
    ["IQD", 3],
    ["CLF", 4],
    ["MGA", 2],
    ["MRU", 2],
    ["brl", null],
    ["XYZ", null],
    ["", null],
    ["constructor", null],
  ] as const)("of %s are %s", ([currency, digits]) => {
    expect(currencyDigits(currency)).toBe(digits);
  });
});

describe("a decimal", () => {
  test.for([
    ["120.5", "BRL", 12_050],
    [120.5, "BRL", 12_050],
    [0.07, "BRL", 7],
    [1.005e2, "BRL", 10_050],
    ["1.5e3", "JPY", 1_500],
    ["259.9000", "BRL", 25_990],
    ["-9.99", "BRL", -999],
    [" +8 ", "BRL", 800],
    ["5.", "BRL", 500],
    ["120", "JPY", 120],
    ["120.000", "JPY", 120],
    ["1.234", "KWD", 1_234],
    ["0", "BRL", 0],
    ["90071992547409.91", "BRL", 9_007_199_254_740_991],
  ] as const)("%s %s is read exactly", ([value, currency, minor]) => {
    expect(moneyOf(value, currency)).toEqual({ minor, currency });
  });

  test.for([
    ["1,5", "BRL"],
    ["1.234,56", "BRL"],
    ["1 000", "BRL"],
    ["", "BRL"],
    [".5", "BRL"],
    ["R$ 5", "BRL"],
    ["0x10", "BRL"],
    [Number.NaN, "BRL"],
    [Infinity, "BRL"],
    ["90071992547409.92", "BRL"],
    [1e21, "BRL"],
    ["9".repeat(5_000), "BRL"],
    ["1e99", "BRL"],
    ["5", "ABC"],
  ] as const)("%s %s is refused", ([value, currency]) => {
    expect(moneyOf(value, currency)).toBeNull();
  });

  test.for([
    ["18.1949", 1_819],
    ["18.195", 1_820],
    ["18.185", 1_818],
    ["-18.185", -1_818],
    ["-18.195", -1_820],
    ["0.005", 0],
    ["0.0050001", 1],
    [1e-7, 0],
  ] as const)("%s of an upstream is rounded to cents, halves to even", ([value, minor]) => {
    expect(moneyOf(value, "BRL")).toEqual({ minor, currency: "BRL" });
  });

  test("that floating point would spoil is not spoilt", () => {
    // 1.005 * 100 is 100.49999999999999, 4.35 * 100 is 434.99999999999994.
    expect(moneyOf("4.35", "BRL")?.minor).toBe(435);
    expect(moneyOf(1.15, "BRL")?.minor).toBe(115);
    expect(decimalOf("0.1")).toEqual({ units: 1n, digits: 1 });
  });
});

describe("an amount", () => {
  test.for([
    [12_000, "BRL", "120.00"],
    [5, "BRL", "0.05"],
    [-5, "BRL", "-0.05"],
    [0, "BRL", "0.00"],
    [120, "JPY", "120"],
    [-1_234, "KWD", "-1.234"],
  ] as const)("of %s minor units of %s is written %s", ([minor, currency, value]) => {
    expect(moneyText({ minor, currency })).toEqual({ value, currency });
  });

  test("comes back from its text as it was", () => {
    const amount = fc.record({ minor: fc.maxSafeInteger(), currency: fc.constantFrom("BRL", "JPY", "KWD", "CLF") });
    fc.assert(
      fc.property(amount, (money) => {
        expect(moneyOf(decimalText(money), money.currency)).toEqual({ ...money, minor: money.minor + 0 });
      }),
    );
  });
});

test("a division rounds to the nearest, halves to even, whatever the signs", () => {
  const rows = [
    [5n, 2n, 2n],
    [7n, 2n, 4n],
    [-5n, 2n, -2n],
    [-7n, 2n, -4n],
    [7n, -2n, -4n],
    [8n, 3n, 3n],
    [-8n, 3n, -3n],
    [1n, 2n, 0n],
    [-1n, 2n, 0n],
    [6n, 3n, 2n],
  ] as const;
  for (const [numerator, denominator, quotient] of rows) expect(divideHalfEven(numerator, denominator)).toBe(quotient);
});

test.for([
  ["1.234,56", "1234.56"],
  ["1.234.567,8", "1234567.8"],
  ["1,234.56", "1234.56"],
  ["4,20", "4.20"],
  ["-4,20", "-4.20"],
  ["4.20", "4.20"],
  ["120", "120"],
  ["1234,5", "1234.5"],
  ["1.2,3.4", "1.2,3.4"],
] as const)("%s with a point is %s", ([text, read]) => {
  expect(withDecimalPoint(text)).toBe(read);
});
