// A micro-batch on its way: every click reaches exactly one log, that of its day and shard, and nothing personal the queue.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { newClickId } from "./click-id.ts";
import type { ClickTuple } from "./click.ts";
import { handovers, logOf, shardOf, withoutVisitors } from "./handover.ts";

const T = Date.parse("2026-11-21T23:59:59.999Z");

const click = (atMs: number): ClickTuple => [
  newClickId(atMs, "001"),
  "https://loja.example/p",
  1,
  "awin",
  1,
  "tracked",
  "",
  [],
  "memory",
  0,
  "BR",
  "",
  "",
  0,
  "203.0.113.7",
  "Mozilla/5.0",
];

describe("a batch", () => {
  test("is split by UTC day, and its counts go along once", () => {
    const clicks = [click(T), click(T + 1), click(T)];
    const parts = handovers({ clicks, rejected: { invalid_url: 2 }, waitedMs: [7] }, 1, T + 1);
    expect(parts.map(({ log }) => log)).toEqual(["2026-11-21:0", "2026-11-22:0"]);
    expect(parts[0]?.batch).toEqual({ clicks: [clicks[0], clicks[2]], rejected: { invalid_url: 2 }, waitedMs: [7] });
    expect(parts[1]?.batch).toEqual({ clicks: [clicks[1]], rejected: {}, waitedMs: [] });
  });

  test("without clicks still carries its counts to today's log", () => {
    const batch = { clicks: [], rejected: { invalid_url: 1 }, waitedMs: [] };
    expect(handovers(batch, 4, T)).toEqual([{ log: "2026-11-21:0", batch }]);
  });

  test("loses no click and gives none twice, whatever the days and shards", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 4 * 86_400_000 })),
        fc.integer({ min: 1, max: 36 }),
        (offsets, shards) => {
          const clicks = offsets.map((offset) => click(T + offset));
          const parts = handovers({ clicks, rejected: {}, waitedMs: [] }, shards, T);
          const given = parts.flatMap(({ log, batch }) => batch.clicks.map(([id]) => `${log} ${id}`));
          expect(given.toSorted()).toEqual(clicks.map(([id]) => `${logOf(id, shards)} ${id}`).toSorted());
          expect(new Set(parts.map(({ log }) => log)).size).toBe(parts.length);
        },
      ),
    );
  });

  test("is without address and user agent where a queue or the log holds it, and the original keeps them", () => {
    const batch = { clicks: [click(T), click(T)], rejected: { x: 1 }, waitedMs: [1] };
    const bare = withoutVisitors(batch);
    expect(JSON.stringify(bare)).not.toMatch(/203\.0\.113|Mozilla/);
    expect(bare.clicks.map((one) => one.slice(0, 14))).toEqual(batch.clicks.map((one) => one.slice(0, 14)));
    expect(bare.clicks[0]).toHaveLength(16);
    expect([bare.rejected, batch.clicks[0]?.[14]]).toEqual([{ x: 1 }, "203.0.113.7"]);
  });
});

describe("a shard", () => {
  test("is always the same for a click, and each gets its share", () => {
    const counts = Array.from({ length: 8 }, () => 0);
    for (let n = 0; n < 8_000; n += 1) {
      const id = newClickId(T, "001");
      const shard = shardOf(id, 8);
      expect(shardOf(id, 8)).toBe(shard);
      counts[shard] = (counts[shard] ?? 0) + 1;
    }
    for (const count of counts) expect(count).toBeGreaterThan(800);
  });

  test("is the only one where there is one", () => {
    expect(shardOf(newClickId(T, "001"), 1)).toBe(0);
  });
});
