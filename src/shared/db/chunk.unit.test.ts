import { expect, test } from "vitest";
import { inChunks, jsonChunks } from "./chunk.ts";

test("items come in slices of the size, the last one shorter", () => {
  expect([...inChunks([1, 2, 3, 4, 5], 2)]).toEqual([[1, 2], [3, 4], [5]]);
  expect([...inChunks([], 2)]).toEqual([]);
});

test("JSON chunks hold every row once, in order, and none is over the size", () => {
  const rows = Array.from({ length: 50 }, (_, n) => ({ n, text: "é".repeat(n) }));
  const chunks = [...jsonChunks(rows, 300)];
  expect(chunks.flatMap((chunk) => JSON.parse(chunk) as unknown[])).toEqual(rows);
  expect(Math.max(...chunks.map((chunk) => new TextEncoder().encode(chunk).byteLength))).toBeLessThanOrEqual(300);
});

test("a row over the size stands alone", () => {
  expect([...jsonChunks(["a", "b".repeat(100), "c"], 20)]).toEqual(['["a"]', `["${"b".repeat(100)}"]`, '["c"]']);
});
