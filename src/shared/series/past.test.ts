// Time series inside the real `Metrics` object: counted once, kept as long as said, read back as lines.
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../clock.ts";
import type { System } from "../system.ts";
import { gaugePush } from "../telemetry/counters.ts";
import { metricsDoor } from "../telemetry/metrics.ts";
import { lastDay, pastOf, rollSeries } from "./past.ts";

const systems: System[] = [
  {
    name: "clickouts",
    series: {
      clicks: { metric: "visit_total", by: "outcome" },
      tracked: { metric: "visit_total", where: { outcome: ["tracked"] } },
      waits: { metric: "visit_seconds" },
      parked: { metric: "parked" },
    },
  },
];

/** Two seconds after a full minute, as a cron comes. */
const START_MS = Date.UTC(2026, 10, 21, 12, 30, 2);
const MINUTE_BEFORE_MS = Date.UTC(2026, 10, 21, 12, 29);

let seq = 0;

async function visited(outcome: string, n: number): Promise<void> {
  const series = `visit_total{cache="memory",network="awin",outcome="${outcome}"}`;
  await metricsDoor(env).push({ source: "a", seq: ++seq, deltas: [[series, n]], gauges: [], replaces: [] });
}

const roll = (nowMs: number) => rollSeries(systems, env, nowMs);

async function minutes(series: string, kind: "count" | "level" = "count", nowMs = START_MS + 5 * MINUTE_MS) {
  const range = { kind, fromMs: MINUTE_BEFORE_MS, toMs: MINUTE_BEFORE_MS + 4 * MINUTE_MS, bucketMs: MINUTE_MS };
  return Object.fromEntries((await pastOf(env, "clickouts", series, range, nowMs)).lines);
}

describe("a series", () => {
  test("puts what was counted into the minute before the sweep, by line", async () => {
    await roll(START_MS - MINUTE_MS);
    await visited("tracked", 3);
    await visited("fallback", 1);
    await roll(START_MS);
    await visited("tracked", 4);
    await roll(START_MS + MINUTE_MS);
    expect(await minutes("clicks")).toEqual({ tracked: [3, 4, 0, 0], fallback: [1, 0, 0, 0] });
    expect(await minutes("tracked")).toEqual({ "": [3, 4, 0, 0] });
  });

  test("counts once, however often and late the sweep comes, and after an eviction", async () => {
    await roll(START_MS - MINUTE_MS);
    await visited("tracked", 3);
    await Promise.all([roll(START_MS), roll(START_MS), roll(START_MS - MINUTE_MS)]);
    await evictDurableObject(env.METRICS.getByName("metrics"));
    await roll(START_MS);
    await roll(START_MS + 3 * MINUTE_MS);
    const lines = await minutes("tracked");
    expect(lines[""]?.reduce<number>((sum, n) => sum + (n ?? 0), 0)).toBe(3);
  });

  test("that is new begins at nothing, whatever was counted before it", async () => {
    await visited("tracked", 1_000);
    await roll(START_MS);
    await visited("tracked", 2);
    await visited("direct", 1);
    await roll(START_MS + MINUTE_MS);
    expect(await minutes("clicks")).toEqual({ tracked: [0, 2, 0, 0], direct: [0, 1, 0, 0] });
  });

  test("of a gauge is what was seen in each minute, the highest of an hour, and unknown where nobody looked", async () => {
    const parked = async (n: number, nowMs: number) => {
      const gauge = { parked: [[{ system: "a", reason: "b" }, n]] } as const;
      await metricsDoor(env).push(gaugePush("sweep", nowMs, gauge));
      await roll(nowMs);
    };
    await parked(7, START_MS);
    await parked(2, START_MS + 2 * MINUTE_MS);
    expect(await minutes("parked", "level")).toEqual({ "": [7, null, 2, null] });
    const { lines } = await lastDay(env, "clickouts", "parked", "level", START_MS + 3 * MINUTE_MS);
    expect(lines.get("")?.at(-1)).toBe(7);
  });

  test("of a histogram counts its observations", async () => {
    await roll(START_MS - MINUTE_MS);
    const deltas = [['visit_seconds_bucket{le="0.2"}', 2] as const, ['visit_seconds_bucket{le="0.5"}', 1] as const];
    await metricsDoor(env).push({ source: "b", seq: 1, deltas, gauges: [], replaces: [] });
    await roll(START_MS);
    expect(await minutes("waits")).toEqual({ "": [3, 0, 0, 0] });
  });

  test("is kept for two days by the minute and 400 days by the hour", async () => {
    await roll(START_MS - MINUTE_MS);
    await visited("tracked", 5);
    await roll(START_MS);
    await roll(START_MS + 3 * DAY_MS);
    const kept = () =>
      runInDurableObject(env.METRICS.getByName("metrics"), (_, state) => [
        ...state.storage.sql.exec(
          "SELECT step, sum(value) AS n FROM rolled WHERE name = 'clickouts.tracked' GROUP BY step",
        ),
      ]);
    expect(await kept()).toEqual([{ step: HOUR_MS, n: 5 }]);
    const fromMs = MINUTE_BEFORE_MS - (MINUTE_BEFORE_MS % DAY_MS);
    const day = { kind: "count", fromMs, toMs: fromMs + DAY_MS, bucketMs: DAY_MS } as const;
    expect((await pastOf(env, "clickouts", "tracked", day, START_MS + 3 * DAY_MS)).lines.get("")).toEqual([5]);
    await roll(START_MS + 401 * DAY_MS);
    expect(await kept()).toEqual([]);
  });

  test("that nobody counted has no lines", async () => {
    const { at, lines } = await lastDay(env, "clickouts", "clicks", "count", START_MS);
    expect([at.length, lines.size]).toEqual([24, 0]);
  });
});
