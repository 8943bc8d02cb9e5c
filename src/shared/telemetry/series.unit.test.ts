// A series as text: equal labels make equal text, and it can be read back.
import { describe, expect, test } from "vitest";
import { parseSeries, refusal, seriesText } from "./series.ts";

describe("a series' text", () => {
  test("does not depend on the order of labels", () => {
    const text = 'visit_total{cache="kv",network="awin",outcome="tracked"}';
    expect(seriesText("visit_total", { outcome: "tracked", cache: "kv", network: "awin" })).toBe(text);
    expect(seriesText("visit_total", { network: "awin", outcome: "tracked", cache: "kv" })).toBe(text);
  });

  test.for(["plain", 'a"b', "a\\", "a\nb", 'x",y="z', "}", "="])("is read back with the label value %j", (value) => {
    const text = seriesText("visit_rejected_total", { code: value });
    expect(parseSeries(text)?.pairs).toHaveLength(1);
    expect(refusal(text)).toBeNull();
  });

  test.for([
    ["nonsense", "unknown_metric"],
    ["toString", "malformed"],
    ["visit_total", "wrong_labels"],
    ['visit_rejected_total{code="a",code="b"}', "wrong_labels"],
    ['visit_rejected_total{code="a}', "malformed"],
    ['visit_rejected_total{code="a"} 5\nx{}', "malformed"],
    ["visit_seconds", "unknown_metric"],
    ['visit_seconds_bucket{le="1"}', null],
    ["visit_seconds_sum", null],
  ] as const)("is judged: %s", ([text, reason]) => {
    expect(refusal(text)).toBe(reason);
  });
});
