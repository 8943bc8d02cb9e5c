import { expect, test } from "vitest";
import { MAX_SEGMENT_NAME, SEGMENT_NAME, plainName, segmentId, segmentName } from "./segment-name.ts";

test.each([
  ["High value / BR", "sHigh_value___BR", "sHigh_value___BR_456"],
  ["High value & BR", "sHigh_value___BR", "sHigh_value___BR_456"],
  ["A-b_9", "sA-b_9", "sA-b_9_456"],
  ["São Paulo", "sS_o_Paulo", "sS_o_Paulo_456"],
  // As the lambda did it: an emoji is two UTF-16 units.
  ["🎉", "s__", "s___456"],
  ["", "s", "s_456"],
])("the audience %s is %s, or %s with its id", (name, plain, own) => {
  expect(plainName(name)).toBe(plain);
  expect(segmentName(name, "456")).toBe(own);
});

test("a long name is cut and keeps its id whole, so that two audiences never share a segment", () => {
  const names = ["1", "2"].map((id) => segmentName("x".repeat(500), id.repeat(20)));
  for (const name of names) {
    expect(name).toHaveLength(MAX_SEGMENT_NAME);
    expect(name).toMatch(SEGMENT_NAME);
  }
  expect(names[0]).toMatch(/_1{20}$/);
  expect(names[0]).not.toBe(names[1]);
  expect(plainName("x".repeat(500))).toHaveLength(MAX_SEGMENT_NAME);
});

test("an id is the first half of the hash that anybody can compute", async () => {
  // printf 'ws env s_high' | sha256sum | cut -c1-32
  expect(await segmentId("ws", "env", "s_high")).toBe("446d503819f18ada826ad9a642fad0e1");
});
