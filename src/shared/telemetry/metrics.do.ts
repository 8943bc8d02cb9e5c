// The one object where counts and gauges meet. It must never add a push twice: a scrape must never go backwards.
import { DAY_MS, HOUR_MS } from "../clock.ts";
import { AskedObject } from "../durable/asked.do.ts";
import { Rollups } from "../series/rollups.ts";
import type { NamedSpec, PastQuery, PastRow } from "../series/spec.ts";
import type { CounterPush, Deltas, MetricsDoor } from "./counters.ts";
import { exposition } from "./exposition.ts";
import { log } from "./log.ts";
import { refusal } from "./series.ts";

/** Isolates come and go by the thousand; one that was silent for so long will not send an old push again. */
const FORGET_SOURCE_AFTER_MS = 7 * DAY_MS;

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS series (series TEXT PRIMARY KEY, value REAL NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS gauge (source TEXT NOT NULL, series TEXT NOT NULL, value REAL NOT NULL, PRIMARY KEY (source, series)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS source (source TEXT PRIMARY KEY, seq INTEGER NOT NULL, seen_at INTEGER NOT NULL) WITHOUT ROWID;
`;

/** Keeps totals for ever and the newest gauges of each source. */
export class Metrics extends AskedObject implements MetricsDoor {
  readonly #sql: SqlStorage;
  readonly #rollups: Rollups;
  #cleanedAtMs = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(SCHEMA);
    this.#rollups = new Rollups(ctx.storage.sql);
  }

  /** Adds a push, all of it or nothing; one that this source has sent before is ignored. */
  async push(push: CounterPush): Promise<void> {
    const deltas = this.#known(push.deltas, push.source);
    const gauges = this.#known(push.gauges, push.source);
    const nowMs = Date.now();
    this.ctx.storage.transactionSync(() => {
      const last = this.#sql.exec<{ seq: number }>("SELECT seq FROM source WHERE source = ?", push.source).toArray()[0];
      if (last !== undefined && push.seq <= last.seq) return;
      this.#sql.exec("INSERT OR REPLACE INTO source VALUES (?, ?, ?)", push.source, push.seq, nowMs);
      this.#sql.exec(
        `INSERT INTO series SELECT value ->> 0, value ->> 1 FROM json_each(?) WHERE true
         ON CONFLICT (series) DO UPDATE SET value = value + excluded.value`,
        JSON.stringify(deltas),
      );
      for (const family of push.replaces) {
        this.#sql.exec(
          "DELETE FROM gauge WHERE source = ? AND (series = ? OR instr(series, ?) = 1)",
          push.source,
          family,
          `${family}{`,
        );
      }
      this.#sql.exec(
        "INSERT OR REPLACE INTO gauge SELECT ?, value ->> 0, value ->> 1 FROM json_each(?)",
        push.source,
        JSON.stringify(gauges),
      );
    });
    this.#forgetOldSources(nowMs);
  }

  /** Prometheus text 0.0.4 of everything; wakes nothing else. */
  async exposition(): Promise<string> {
    const rows = this.#sql.exec<{ series: string; value: number }>(
      "SELECT series, value FROM series UNION ALL SELECT series, value FROM gauge",
    );
    return exposition(rows.raw<[string, number]>());
  }

  async roll(specs: readonly NamedSpec[], nowMs: number): Promise<void> {
    this.ctx.storage.transactionSync(() => this.#rollups.roll(specs, nowMs));
  }

  async past(query: PastQuery, nowMs: number): Promise<PastRow[]> {
    return this.#rollups.past(query, nowMs);
  }

  /** Other versions of the code may count what this one does not know: that must not block what it knows. */
  #known(deltas: Deltas, source: string): Deltas {
    return deltas.filter(([series, value]) => {
      const reason = Number.isFinite(value) ? refusal(series) : "not_a_number";
      if (reason !== null) log("metric_refused", { level: "error", series, source, reason });
      return reason === null;
    });
  }

  #forgetOldSources(nowMs: number): void {
    if (nowMs - this.#cleanedAtMs < HOUR_MS) return;
    this.#cleanedAtMs = nowMs;
    this.#sql.exec(
      "DELETE FROM source WHERE seen_at < ? AND source NOT IN (SELECT source FROM gauge)",
      nowMs - FORGET_SOURCE_AFTER_MS,
    );
  }
}
