// Time series as systems and pages use them: the sweep has them rolled, a tile or a chart reads them in one call.
import { DAY_MS, HOUR_MS } from "../clock.ts";
import type { System } from "../system.ts";
import { metricsDoor } from "../telemetry/metrics.ts";
import { seriesName } from "./spec.ts";
import type { PastRow } from "./spec.ts";

/** A series over time: `at[i]` is when bucket `i` begins (ms). */
export interface Past {
  at: number[];
  /** By line; the one line of a series without `by` is called "". Null: nothing was looked at then (gauges only). */
  lines: Map<string, (number | null)[]>;
}

/** Has `Metrics` move what was counted since the last time into rows. May be called as often as one likes. */
export async function rollSeries(systems: readonly System[], env: Env, nowMs: number): Promise<void> {
  const specs = systems.flatMap(({ name: system, series = {} }) =>
    Object.entries(series).map(([name, spec]) => ({ name: seriesName(system, name), ...spec })),
  );
  if (specs.length > 0) await metricsDoor(env).roll(specs, nowMs);
}

/** Rows as lines with a value for each bucket: counts without a row are 0, levels without one unknown. Pure. */
export function linesOf(rows: readonly PastRow[], buckets: number, kind: "count" | "level"): Past["lines"] {
  const lines: Past["lines"] = new Map();
  for (const { line, n, sum, top } of rows) {
    const values = lines.get(line) ?? Array.from({ length: buckets }, () => (kind === "count" ? 0 : null));
    lines.set(line, values);
    values[n] = kind === "count" ? sum : top;
  }
  return lines;
}

/** The past of a system's series: [fromMs, toMs) in buckets. Two days back at the minute, 400 days at the hour. */
export async function pastOf(
  env: Env,
  system: string,
  series: string,
  { kind, fromMs, toMs, bucketMs }: { kind: "count" | "level"; fromMs: number; toMs: number; bucketMs: number },
  nowMs: number,
): Promise<Past> {
  const buckets = Math.ceil((toMs - fromMs) / bucketMs);
  const rows = await metricsDoor(env).past({ name: seriesName(system, series), fromMs, toMs, bucketMs }, nowMs);
  return { at: Array.from({ length: buckets }, (_, n) => fromMs + n * bucketMs), lines: linesOf(rows, buckets, kind) };
}

/** The 24 hours before `nowMs`, an hour a point: what a tile draws. */
export async function lastDay(
  env: Env,
  system: string,
  series: string,
  kind: "count" | "level",
  nowMs: number,
): Promise<Past> {
  const range = { kind, fromMs: nowMs - DAY_MS, toMs: nowMs, bucketMs: HOUR_MS };
  return await pastOf(env, system, series, range, nowMs);
}
