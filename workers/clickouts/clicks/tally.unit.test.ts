// A batch's groups: every click once in each, people and machines apart.
import { describe, expect, test } from "vitest";
import { newClickId, storeCode } from "./click-id.ts";
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

  test("counts people's clicks to a store by the hour of their id, and those that no network served", () => {
    const at = (hour: number, change: Partial<Record<number, unknown>> = {}, bot: 0 | 1 = 0): ClickTuple => {
      const id = newClickId(Date.UTC(2026, 10, 21, hour, 59), storeCode(1));
      return Object.assign(click(1, bot, ""), { 0: id, ...change });
    };
    const fallen = { 5: "fallback", 6: "no_link", 7: [{ network: "awin", reason: "timeout" }] };
    const { hours, skips } = tally([at(0), at(23), at(23, fallen), at(23, fallen, 1), click(0, 0, "")]);
    expect(hours).toEqual([
      { hour: 0, storeId: 1, clicks: 1, fallen: 0 },
      { hour: 23, storeId: 1, clicks: 2, fallen: 1 },
    ]);
    expect(skips).toEqual([{ storeId: 1, network: "awin", reason: "timeout", clicks: 1 }]);
  });
});
