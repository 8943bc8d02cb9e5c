// A batch's groups: every click once in each, people and machines apart.
import { describe, expect, test } from "vitest";
import type { ClickTuple } from "./click.ts";
import { tally } from "./tally.ts";

const click = (storeId: number, bot: 0 | 1, ref: string): ClickTuple => [
  "",
  "",
  storeId,
  storeId === 0 ? "" : "awin",
  1,
  storeId === 0 ? "fallback" : "tracked",
  "",
  [],
  "none",
  bot,
  "",
  "",
  ref,
  0,
  "",
  "",
];

describe("a tally", () => {
  test("counts each click once by store, by metric and by ref", () => {
    const { totals, visits, refs } = tally([click(1, 0, "a"), click(1, 1, "a"), click(1, 0, ""), click(0, 0, "b")]);
    expect(totals).toEqual([
      { storeId: 1, network: "awin", outcome: "tracked", human: true, clicks: 2 },
      { storeId: 1, network: "awin", outcome: "tracked", human: false, clicks: 1 },
      { storeId: 0, network: "", outcome: "fallback", human: true, clicks: 1 },
    ]);
    expect(visits).toEqual([
      { outcome: "tracked", network: "awin", cache: "none", clicks: 3 },
      { outcome: "fallback", network: "none", cache: "none", clicks: 1 },
    ]);
    expect(refs).toEqual([
      { ref: "a", storeId: 1, network: "awin", clicks: 2, humans: 1 },
      { ref: "b", storeId: 0, network: "", clicks: 1, humans: 1 },
    ]);
  });
});
