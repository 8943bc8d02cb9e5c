// One series as text: `visit_total{cache="memory",network="awin",outcome="tracked"}`, labels sorted, so that equal
// labels make equal text. It is the key in maps, messages and rows, and nearly the exposition line. Pure.
import { metricOf } from "./catalogue.ts";
import type { Metric } from "./catalogue.ts";

/** Label values by name. Keep them few: never an id, a URL or anything that a stranger chooses. */
export type Labels = Readonly<Record<string, string>>;

/** A series taken apart again; labels still hold their escapes. */
export interface Series {
  family: string;
  /** `name="value"` pairs in order. */
  pairs: readonly string[];
}

function escapeValue(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** The text of a series. */
export function seriesText(name: string, labels: Labels): string {
  const names = Object.keys(labels);
  if (names.length === 0) return name;
  names.sort();
  let text = `${name}{`;
  for (const label of names) {
    if (!text.endsWith("{")) text += ",";
    text += `${label}="${escapeValue(labels[label] ?? "")}"`;
  }
  return `${text}}`;
}

const PAIR = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/y;

/** Reads a series' text; null where it is not well formed. */
export function parseSeries(text: string): Series | null {
  const brace = text.indexOf("{");
  if (brace === -1) return /^[a-z][a-z0-9_]*$/.test(text) ? { family: text, pairs: [] } : null;
  if (!text.endsWith("}")) return null;
  const inside = text.slice(brace + 1, -1);
  const pairs: string[] = [];
  PAIR.lastIndex = 0;
  while (PAIR.lastIndex < inside.length) {
    const match = PAIR.exec(inside);
    if (match === null) return null;
    pairs.push(`${match[1]}="${match[2]}"`);
  }
  return { family: text.slice(0, brace), pairs };
}

/** The name of a pair's label. */
export function labelOf(pair: string): string {
  return pair.slice(0, pair.indexOf("="));
}

/** The metric that a sample belongs to: a histogram's samples carry `_bucket` or `_sum` behind its name. */
export function metricOfFamily(family: string): { name: string; metric: Metric; part: "" | "_bucket" | "_sum" } | null {
  const exact = metricOf(family);
  if (exact !== undefined && exact.type !== "histogram") return { name: family, metric: exact, part: "" };
  for (const part of ["_bucket", "_sum"] as const) {
    if (!family.endsWith(part)) continue;
    const name = family.slice(0, -part.length);
    const metric = metricOf(name);
    if (metric?.type === "histogram") return { name, metric, part };
  }
  return null;
}

/** Why a series may not be kept, or null: its name must be in the catalogue and its labels exactly those given there. */
export function refusal(text: string): string | null {
  const series = parseSeries(text);
  if (series === null) return "malformed";
  const found = metricOfFamily(series.family);
  if (found === null) return "unknown_metric";
  const expected = [...found.metric.labels, ...(found.part === "_bucket" ? ["le"] : [])].toSorted();
  const given = series.pairs.map(labelOf);
  return expected.join() === given.join() ? null : "wrong_labels";
}
