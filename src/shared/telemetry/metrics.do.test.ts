// The totals under duplicates, evictions and strangers.
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { takeLog } from "../../../test/support/logged.ts";
import { gaugePush } from "./counters.ts";
import type { CounterPush } from "./counters.ts";
import { metricsDoor } from "./metrics.ts";

// A stub does not outlive the reset between tests.
const metrics = () => metricsDoor(env);

function rejected(seq: number, n: number, source = "a"): CounterPush {
  return { source, seq, deltas: [['visit_rejected_total{code="invalid_url"}', n]], gauges: [], replaces: [] };
}

async function valueOf(series: string): Promise<number | null> {
  const line = (await metrics().exposition()).split("\n").find((text) => text.startsWith(`${series} `));
  return line === undefined ? null : Number(line.slice(series.length + 1));
}

const REJECTED = 'sluice_visit_rejected_total{code="invalid_url"}';

describe("Metrics", () => {
  test("adds the pushes of all sources", async () => {
    await metrics().push(rejected(1, 2));
    await metrics().push(rejected(2, 3));
    await metrics().push(rejected(1, 5, "b"));
    expect(await valueOf(REJECTED)).toBe(10);
  });

  test("counts a push that arrives twice or late once", async () => {
    await metrics().push(rejected(7, 2));
    await metrics().push(rejected(7, 2));
    await metrics().push(rejected(6, 1));
    expect(await valueOf(REJECTED)).toBe(2);
  });

  test("keeps its totals and its memory of pushes when it is evicted", async () => {
    await metrics().push(rejected(7, 2));
    await evictDurableObject(env.METRICS.getByName("metrics"));
    await metrics().push(rejected(7, 2));
    expect(await valueOf(REJECTED)).toBe(2);
  });

  test("refuses a metric that is not in the catalogue, or other labels, and keeps the rest of the push", async () => {
    await metrics().push({
      ...rejected(1, 4),
      deltas: [["nonsense_total", 1], ['visit_rejected_total{id="7"}', 1], ...rejected(1, 4).deltas],
    });
    expect(await valueOf(REJECTED)).toBe(4);
    expect(await metrics().exposition()).not.toContain("nonsense");
    const refused = takeLog().filter(({ event }) => event === "metric_refused");
    expect(refused.map(({ reason }) => reason)).toEqual(["unknown_metric", "wrong_labels"]);
  });

  test("replaces a gauge of one source and sums those of several", async () => {
    const parked = (source: string, seq: number, rows: [string, number][]) =>
      gaugePush(source, seq, { parked: rows.map(([reason, n]) => [{ system: "clickouts", reason }, n]) });
    await metrics().push(
      parked("a", 1, [
        ["malformed", 3],
        ["rejected", 1],
      ]),
    );
    await metrics().push(parked("b", 1, [["malformed", 4]]));
    expect(await valueOf('sluice_parked{reason="malformed",system="clickouts"}')).toBe(7);
    await metrics().push(parked("a", 2, [["malformed", 1]]));
    expect(await valueOf('sluice_parked{reason="malformed",system="clickouts"}')).toBe(5);
    expect(await valueOf('sluice_parked{reason="rejected",system="clickouts"}')).toBeNull();
  });

  test("forgets sources that were silent for long, but not their counts", async () => {
    await metrics().push(rejected(1, 2));
    await runInDurableObject(env.METRICS.getByName("metrics"), (_, state) => {
      state.storage.sql.exec("UPDATE source SET seen_at = 0");
    });
    await evictDurableObject(env.METRICS.getByName("metrics"));
    await metrics().push(rejected(1, 1, "b"));
    await runInDurableObject(env.METRICS.getByName("metrics"), (_, state) => {
      expect(state.storage.sql.exec("SELECT source FROM source").toArray()).toEqual([{ source: "b" }]);
    });
    expect(await valueOf(REJECTED)).toBe(3);
  });
});
