// The rows of time series inside `Metrics`, beside the totals that they come from: what was counted since the last look goes
// into the row of its minute and of its hour. Looking twice counts nothing twice.
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../clock.ts";
import { metricOf } from "../telemetry/catalogue.ts";
import type { Metric } from "../telemetry/catalogue.ts";
import { parseSeries } from "../telemetry/series.ts";
import type { NamedSpec, PastQuery, PastRow } from "./spec.ts";

/** How long the rows of a minute and of an hour are kept. */
const KEEP_MINUTES_MS = 2 * DAY_MS;
const KEEP_HOURS_MS = 400 * DAY_MS;

/** Counts reach `Metrics` some seconds late, and so does the sweep: what it finds belongs to the minute before. */
const LATE_MS = MINUTE_MS / 2;

/** `seen` holds each line's total at the last look, and a row for each series, so that a new one begins at nothing. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS seen (name TEXT PRIMARY KEY, total REAL NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS rolled (
    name TEXT NOT NULL, step INTEGER NOT NULL, at INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (name, step, at)
  ) WITHOUT ROWID;
`;

/** Names of one series and its lines: `.` is followed by `/`. */
const OF_SERIES = "(name = ?1 OR (name > ?1 || '.' AND name < ?1 || '/'))";

/** The rows, over the tables `series` and `gauge` of `Metrics`. Its caller holds the transaction. */
export class Rollups {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(SCHEMA);
  }

  /** Moves what was counted since the last look into rows, and forgets rows that are too old. */
  roll(specs: readonly NamedSpec[], nowMs: number): void {
    const minuteMs = floor(nowMs - LATE_MS, MINUTE_MS);
    for (const spec of specs) {
      const metric = metricOf(spec.metric);
      if (metric === undefined) continue;
      const known = this.#seen(spec.name) !== undefined;
      if (!known) this.#see(spec.name, 0);
      for (const [name, total] of this.#linesOf(spec, metric)) {
        if (metric.type === "gauge") this.#level(name, minuteMs, total);
        else if (known) this.#count(name, minuteMs, total - (this.#seen(name) ?? 0));
        this.#see(name, total);
      }
    }
    this.#forget(MINUTE_MS, nowMs - KEEP_MINUTES_MS);
    this.#forget(HOUR_MS, nowMs - KEEP_HOURS_MS);
  }

  /** The past of one series, by line and bucket. Minutes answer for the last two days, hours for what is older. */
  past({ name, fromMs, toMs, bucketMs }: PastQuery, nowMs: number): PastRow[] {
    // Numbers are bound as REAL, whose division keeps its fraction.
    const step = fromMs > nowMs - KEEP_MINUTES_MS ? MINUTE_MS : HOUR_MS;
    const rows = this.#sql.exec<{ name: string; n: number; sum: number; top: number }>(
      `SELECT name, CAST((at - ?2) / ?3 AS INTEGER) AS n, SUM(value) AS sum, MAX(value) AS top FROM rolled
       WHERE name IN (SELECT name FROM seen WHERE ${OF_SERIES}) AND step = ?4 AND at >= ?2 AND at < ?5
       GROUP BY name, n ORDER BY name, n`,
      name,
      fromMs,
      bucketMs,
      step,
      toMs,
    );
    return [...rows].map(({ name: line, ...row }) => ({ line: line.slice(name.length + 1), ...row }));
  }

  /** The lines of a series with their present totals. */
  *#linesOf({ name, metric: family, where = {}, by }: NamedSpec, metric: Metric): Iterable<[string, number]> {
    const stored = metric.type === "histogram" ? `${family}_bucket` : family;
    const table = metric.type === "gauge" ? "gauge" : "series";
    // `{` is followed by `|`.
    const rows = this.#sql.exec<{ series: string; value: number }>(
      `SELECT series, value FROM ${table} WHERE series = ?1 OR (series > ?1 || '{' AND series < ?1 || '|')`,
      stored,
    );
    const highest = metric.type === "gauge" && metric.combine === "max";
    const lines = new Map<string, number>();
    for (const { series, value } of rows) {
      const labels = labelsOf(series);
      if (Object.entries(where).some(([label, values]) => !values.includes(labels.get(label) ?? ""))) continue;
      const line = by === undefined ? name : `${name}.${labels.get(by) ?? ""}`;
      const before = lines.get(line);
      lines.set(line, before === undefined ? value : highest ? Math.max(before, value) : before + value);
    }
    yield* lines;
  }

  #seen(name: string): number | undefined {
    return this.#sql.exec<{ total: number }>("SELECT total FROM seen WHERE name = ?", name).toArray()[0]?.total;
  }

  #see(name: string, total: number): void {
    this.#sql.exec("INSERT OR REPLACE INTO seen VALUES (?, ?)", name, total);
  }

  #count(name: string, minuteMs: number, n: number): void {
    if (n <= 0) return;
    for (const step of [MINUTE_MS, HOUR_MS]) {
      this.#sql.exec(
        "INSERT INTO rolled VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = value + excluded.value",
        name,
        step,
        floor(minuteMs, step),
        n,
      );
    }
  }

  #level(name: string, minuteMs: number, value: number): void {
    this.#sql.exec("INSERT OR REPLACE INTO rolled VALUES (?, ?, ?, ?)", name, MINUTE_MS, minuteMs, value);
    this.#sql.exec(
      "INSERT INTO rolled VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = max(value, excluded.value)",
      name,
      HOUR_MS,
      floor(minuteMs, HOUR_MS),
      value,
    );
  }

  #forget(step: number, beforeMs: number): void {
    this.#sql.exec("DELETE FROM rolled WHERE name IN (SELECT name FROM seen) AND step = ? AND at < ?", step, beforeMs);
  }
}

const floor = (ms: number, step: number) => Math.floor(ms / step) * step;

function labelsOf(text: string): Map<string, string> {
  const pairs = parseSeries(text)?.pairs ?? [];
  return new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 2, -1)]));
}
