// Prometheus text exposition format 0.0.4, from the series that `Metrics` keeps. Pure.
import { CATALOGUE, METRIC_PREFIX } from "./catalogue.ts";
import type { Metric, MetricName } from "./catalogue.ts";
import { metricOfFamily, parseSeries } from "./series.ts";

/** The `Content-Type` that goes with it: Prometheus 3 refuses a scrape without. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** A series as stored, and its value. The same gauge may occur once per source. */
export type Sample = readonly [series: string, value: number];

interface Family {
  /** Counters and gauges: labels text to value. Histograms: sums. */
  values: Map<string, number>;
  /** Histograms: labels text (without `le`) to the count of each bucket, not cumulative. */
  buckets: Map<string, Map<string, number>>;
}

function labelsText(pairs: readonly string[]): string {
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function put(values: Map<string, number>, key: string, value: number, metric: Metric): void {
  const before = values.get(key);
  if (before === undefined) values.set(key, value);
  else if (metric.type === "gauge" && metric.combine === "max") values.set(key, Math.max(before, value));
  else values.set(key, before + value);
}

function gather(samples: Iterable<Sample>): Map<string, Family> {
  const families = new Map<string, Family>();
  for (const [text, value] of samples) {
    const series = parseSeries(text);
    const found = series === null ? null : metricOfFamily(series.family);
    if (series === null || found === null) continue;
    const family = families.get(found.name) ?? { values: new Map<string, number>(), buckets: new Map() };
    families.set(found.name, family);
    if (found.part === "_bucket") {
      const le = series.pairs.find((pair) => pair.startsWith('le="')) ?? "";
      const key = series.pairs.filter((pair) => pair !== le).join(",");
      const buckets = family.buckets.get(key) ?? new Map<string, number>();
      family.buckets.set(key, buckets);
      put(buckets, le.slice(4, -1), value, found.metric);
    } else {
      put(
        family.values,
        found.part === "_sum" ? series.pairs.join(",") : labelsText(series.pairs),
        value,
        found.metric,
      );
    }
  }
  return families;
}

function* histogramLines(name: string, bounds: readonly number[], family: Family): Generator<string> {
  const keys = [...new Set([...family.buckets.keys(), ...family.values.keys()])].toSorted();
  for (const key of keys) {
    const counts = family.buckets.get(key) ?? new Map<string, number>();
    const comma = key === "" ? "" : `${key},`;
    // A bound that an older version of the code used still counts: in the first bound of today that holds it.
    const sorted = [...counts].map(([le, n]) => [le === "+Inf" ? Infinity : Number(le), n] as const);
    const upTo = (bound: number) => sorted.reduce((sum, [le, n]) => (le <= bound ? sum + n : sum), 0);
    for (const bound of bounds) yield `${name}_bucket{${comma}le="${bound}"} ${upTo(bound)}`;
    const count = upTo(Infinity);
    yield `${name}_bucket{${comma}le="+Inf"} ${count}`;
    yield `${name}_sum${key === "" ? "" : `{${key}}`} ${family.values.get(key) ?? 0}`;
    yield `${name}_count${key === "" ? "" : `{${key}}`} ${count}`;
  }
}

function byLabels([a]: readonly [string, number], [b]: readonly [string, number]): number {
  return a < b ? -1 : Number(a > b);
}

function* lines(samples: Iterable<Sample>): Generator<string> {
  const families = gather(samples);
  for (const name of Object.keys(CATALOGUE) as MetricName[]) {
    const metric: Metric = CATALOGUE[name];
    const full = METRIC_PREFIX + name;
    yield `# HELP ${full} ${metric.help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`;
    yield `# TYPE ${full} ${metric.type}`;
    // What has no labels is there from the start, so that a rate knows its zero.
    const zero: Family = { values: new Map(metric.labels.length === 0 ? [["", 0]] : []), buckets: new Map() };
    const family = families.get(name) ?? zero;
    if (metric.type === "histogram") yield* histogramLines(full, metric.buckets, family);
    else for (const [labels, value] of [...family.values].toSorted(byLabels)) yield `${full}${labels} ${value}`;
  }
}

/** The whole page: families in the catalogue's order, each contiguous, series sorted, a newline at the end. */
export function exposition(samples: Iterable<Sample>): string {
  let text = "";
  for (const line of lines(samples)) text += `${line}\n`;
  return text;
}
