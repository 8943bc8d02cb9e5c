import { expect, test } from "vitest";
import { invalidVerb, taken, uptime, verbOf } from "./compat.ts";

test.each([
  [0, "0d:0h:0m:0s"],
  [59_999, "0d:0h:0m:59s"],
  [3_600_000, "0d:1h:0m:0s"],
  [90_061_000, "1d:1h:1m:1s"],
  [-5_000, "0d:0h:0m:0s"],
])("after %d ms the uptime is %s", (ms, text) => {
  expect(uptime(1_000_000, 1_000_000 + ms)).toBe(text);
});

test("a version without a time has no uptime", () => {
  expect(uptime(Number.NaN, 5)).toBe("0d:0h:0m:0s");
});

test("a verb counts in any case, is echoed as sent, and cut where it is long", () => {
  expect([verbOf("ADD"), verbOf("Delete"), verbOf("remove"), verbOf("add ")]).toEqual(["add", "delete", null, null]);
  expect(taken("aDD")).toBe("MPIDs aDD");
  expect(invalidVerb("x")).toBe('invalid verb "x"; must be add or delete');
  expect(invalidVerb("y".repeat(5_000))).toHaveLength('invalid verb ""; must be add or delete'.length + 100);
});
