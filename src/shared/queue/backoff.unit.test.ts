// The pause between attempts.
import { expect, test } from "vitest";
import { backoffSeconds } from "./backoff.ts";

test("doubles from five seconds to five minutes and stays there", () => {
  expect([1, 2, 3, 4, 5, 6, 7, 8, 100, 1e9].map(backoffSeconds)).toEqual([5, 10, 20, 40, 80, 160, 300, 300, 300, 300]);
});

test("treats nonsense as a first attempt", () => {
  expect([0, -3].map(backoffSeconds)).toEqual([5, 5]);
});
