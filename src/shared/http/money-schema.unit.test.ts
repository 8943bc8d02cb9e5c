import { expect, test } from "vitest";
import { moneyInput } from "./money-schema.ts";

const schema = moneyInput();

test("money of the contract becomes minor units", () => {
  expect(schema.parse({ value: "120.00", currency: "BRL" })).toEqual({ minor: 12_000, currency: "BRL" });
  expect(schema.parse({ value: "120.5", currency: "BRL" })).toEqual({ minor: 12_050, currency: "BRL" });
  expect(schema.parse({ value: "120", currency: "JPY" })).toEqual({ minor: 120, currency: "JPY" });
  expect(moneyInput({ negative: true }).parse({ value: "-1.5", currency: "KWD" })).toEqual({
    minor: -1_500,
    currency: "KWD",
  });
});

test.for([
  [{ value: "120.005", currency: "BRL" }, "value"],
  [{ value: "1.5", currency: "JPY" }, "value"],
  [{ value: "-1", currency: "BRL" }, "value"],
  [{ value: "007", currency: "BRL" }, "value"],
  [{ value: "1e3", currency: "BRL" }, "value"],
  [{ value: "1,5", currency: "BRL" }, "value"],
  [{ value: 120, currency: "BRL" }, "value"],
  [{ value: "9999999999999999", currency: "BRL" }, "value"],
  [{ value: "1", currency: "brl" }, "currency"],
  [{ value: "1", currency: "ABC" }, "currency"],
  [{ value: "1" }, "currency"],
  [{ value: "1", currency: "BRL", more: 1 }, ""],
] as const)("%j is refused", ([body, path]) => {
  const result = schema.safeParse(body);
  expect(result.success).toBe(false);
  expect(result.error?.issues[0]?.path.join(".")).toBe(path);
});
