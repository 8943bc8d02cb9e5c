// A time series: what of the metrics it sums, by the name that its system gave it. Pure.
import type { MetricName } from "../telemetry/catalogue.ts";

/** What of a metric is drawn over time. Counters and histograms are counted by minute, gauges are looked at each minute. */
export interface SeriesSpec {
  metric: MetricName;
  /** Only series with one of these values of a label. */
  where?: Readonly<Record<string, readonly string[]>>;
  /** A label whose values are lines of their own; without it all series add up to one line. */
  by?: string;
}

/** A spec under its full name, as `Metrics` is told of it. */
export interface NamedSpec extends SeriesSpec {
  name: string;
}

/** `clickouts.clicks`; a line of a series with `by` is `clickouts.clicks.tracked`. */
export function seriesName(system: string, series: string): string {
  return `${system}.${series}`;
}

/** What is asked of the past: [fromMs, toMs) in buckets of `bucketMs`. */
export interface PastQuery {
  name: string;
  fromMs: number;
  toMs: number;
  bucketMs: number;
}

/** One bucket of one line; `n` counts buckets from `fromMs`. `line` is empty where the series has one line. */
export interface PastRow {
  line: string;
  n: number;
  /** What was counted. */
  sum: number;
  /** The highest that was seen. */
  top: number;
}
