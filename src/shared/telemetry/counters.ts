// Counting, and handing what was counted to the `Metrics` object exactly once: never lost, never added twice.
import { SECOND_MS, systemClock } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { randomText } from "../ids.ts";
import type { NamedSpec, PastQuery, PastRow } from "../series/spec.ts";
import { CATALOGUE } from "./catalogue.ts";
import type { CountedName, GaugeName, Metric } from "./catalogue.ts";
import { seriesText } from "./series.ts";
import type { Labels } from "./series.ts";

/** What was added to each series, as it travels in messages: JSON-safe, in no order. */
export type Deltas = readonly (readonly [series: string, n: number])[];

/** Adds `n` to a counter, or records one observation of `n` (seconds) in a histogram. */
export type Count = (name: CountedName, labels: Labels, n: number) => void;

/** What one source hands to the `Metrics` object. A `seq` that is not greater than the last one is ignored there. */
export interface CounterPush {
  source: string;
  seq: number;
  deltas: Deltas;
  /** Absolute values; the newest of a source replaces its older one. */
  gauges: Deltas;
  /** Gauges whose other series of this source are forgotten before `gauges` are set. */
  replaces: readonly GaugeName[];
}

/** The doors of the `Metrics` object. */
export interface MetricsDoor {
  push(push: CounterPush): Promise<void>;
  /** Prometheus text 0.0.4. */
  exposition(): Promise<string>;
  /** Moves what was counted since the last time into the rows of these time series. */
  roll(specs: readonly NamedSpec[], nowMs: number): Promise<void>;
  /** The rows of one time series, by line and bucket. */
  past(query: PastQuery, nowMs: number): Promise<PastRow[]>;
}

function bucketOf(buckets: readonly number[], value: number): string {
  for (const bound of buckets) if (value <= bound) return String(bound);
  return "+Inf";
}

/** A bag of deltas. */
export class Counters {
  readonly #deltas = new Map<string, number>();

  constructor(deltas: Deltas = []) {
    this.merge(deltas);
  }

  get size(): number {
    return this.#deltas.size;
  }

  /** Adds `n` to a counter; in a histogram, records one observation of `n` seconds. */
  add(name: CountedName, labels: Labels, n = 1): void {
    const metric: Metric = CATALOGUE[name];
    if (metric.type === "histogram") {
      // Buckets are kept apart here and summed up by the exposition: two rows an observation instead of thirteen.
      this.#plus(seriesText(`${name}_bucket`, { ...labels, le: bucketOf(metric.buckets, n) }), 1);
      this.#plus(seriesText(`${name}_sum`, labels), n);
    } else {
      this.#plus(seriesText(name, labels), n);
    }
  }

  /** Adds what another bag counted. */
  merge(deltas: Deltas): void {
    for (const [series, n] of deltas) this.#plus(series, n);
  }

  /** What is in the bag. */
  list(): Deltas {
    return [...this.#deltas];
  }

  /** What is in the bag; the bag is empty afterwards. */
  take(): Deltas {
    const taken = this.list();
    this.#deltas.clear();
    return taken;
  }

  #plus(series: string, n: number): void {
    // A counter that shrinks looks like a restart to its reader.
    if (n > 0) this.#deltas.set(series, (this.#deltas.get(series) ?? 0) + n);
  }
}

/** A source pushes no more often than this, so that one `Metrics` object serves them all (about 1,000 requests a second). */
export const PUSH_EVERY_MS = 10 * SECOND_MS;

interface OutboxState {
  /** The last number given to a push. */
  seq: number;
  pushedAtMs: number;
  deltas: Deltas;
  gauges: Deltas;
  /** Sent, not yet acknowledged: it is sent again, unchanged, until it is. */
  inFlight: CounterPush | null;
}

const EMPTY: OutboxState = { seq: 0, pushedAtMs: 0, deltas: [], gauges: [], inFlight: null };

/** What both outboxes do; they differ in where the state lies and how long it lives. */
abstract class Outbox {
  #pushing: Promise<void> | null = null;

  protected readonly clock: Clock;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  protected abstract source(): string;
  protected abstract read(): OutboxState;
  protected abstract write(state: OutboxState): void;

  /** Adds `n` to a counter, or records one observation of `n` seconds in a histogram. */
  add(name: CountedName, labels: Labels, n = 1): void {
    const counters = new Counters();
    counters.add(name, labels, n);
    this.addAll(counters.list());
  }

  /** Adds what another bag counted, in one write. */
  addAll(deltas: Deltas): void {
    if (deltas.length === 0) return;
    const state = this.read();
    const counters = new Counters(state.deltas);
    counters.merge(deltas);
    this.write({ ...state, deltas: counters.list() });
  }

  /** Sets a gauge of this source. */
  gauge(name: GaugeName, labels: Labels, value: number): void {
    this.gaugeAll([[name, labels, value]]);
  }

  /** Sets gauges of this source, in one write. */
  gaugeAll(values: readonly (readonly [name: GaugeName, labels: Labels, value: number])[]): void {
    const state = this.read();
    const gauges = new Map(state.gauges);
    for (const [name, labels, value] of values) gauges.set(seriesText(name, labels), value);
    this.write({ ...state, gauges: [...gauges] });
  }

  /** Whether anything waits to be pushed or acknowledged. */
  pending(): boolean {
    const { deltas, gauges, inFlight } = this.read();
    return deltas.length > 0 || gauges.length > 0 || inFlight !== null;
  }

  /** When the next push may go out, in milliseconds; null if nothing waits. An object sets its alarm by it. */
  nextPushAtMs(): number | null {
    return this.pending() ? this.read().pushedAtMs + PUSH_EVERY_MS : null;
  }

  /**
   * Pushes what waits, unless the last push is less than 10 s old. Rejects where `Metrics` does: what was counted stays,
   * and the next call sends it again under the same number, so that a push whose answer was lost counts once.
   */
  async push(metrics: Pick<MetricsDoor, "push">): Promise<void> {
    this.#pushing ??= this.#push(metrics).finally(() => {
      this.#pushing = null;
    });
    return this.#pushing;
  }

  async #push(metrics: Pick<MetricsDoor, "push">): Promise<void> {
    const dueAtMs = this.nextPushAtMs();
    if (dueAtMs === null || this.clock() < dueAtMs) return;
    const unconfirmed = this.read().inFlight;
    if (unconfirmed !== null) await this.#send(unconfirmed, metrics);
    const fresh = this.#freeze();
    if (fresh !== null) await this.#send(fresh, metrics);
  }

  /** Moves what waits into a numbered push, on disk before it leaves. */
  #freeze(): CounterPush | null {
    const state = this.read();
    if (state.deltas.length === 0 && state.gauges.length === 0) return null;
    // Never below the clock: an object that lost its storage must not begin again at 1 and be ignored.
    const seq = Math.max(state.seq + 1, this.clock());
    const { deltas, gauges } = state;
    const inFlight: CounterPush = { source: this.source(), seq, deltas, gauges, replaces: [] };
    this.write({ ...state, seq, deltas: [], gauges: [], inFlight });
    return inFlight;
  }

  async #send(push: CounterPush, metrics: Pick<MetricsDoor, "push">): Promise<void> {
    const before = this.read();
    this.write({ ...before, pushedAtMs: this.clock() });
    await metrics.push(push);
    this.write({ ...this.read(), inFlight: null });
  }
}

/** The outbox of a Durable Object, in one row of its SQLite: what is added commits or rolls back with the caller. */
export class CounterOutbox extends Outbox {
  readonly #sql: SqlStorage;
  readonly #source: string;
  /** The row as last seen and its meaning: parsed again only where a rollback or another writer changed it. */
  #text = "";
  #state: OutboxState = EMPTY;

  constructor(storage: DurableObjectStorage, source: string, clock: Clock = systemClock) {
    super(clock);
    this.#sql = storage.sql;
    this.#source = source;
    this.#sql.exec(
      "CREATE TABLE IF NOT EXISTS counter_outbox (id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL)",
    );
  }

  protected override source(): string {
    return this.#source;
  }

  protected override read(): OutboxState {
    const row = this.#sql.exec<{ state: string }>("SELECT state FROM counter_outbox").toArray()[0];
    if (row === undefined) return EMPTY;
    if (row.state !== this.#text) {
      this.#state = JSON.parse(row.state) as OutboxState;
      this.#text = row.state;
    }
    return this.#state;
  }

  protected override write(state: OutboxState): void {
    this.#state = state;
    this.#text = JSON.stringify(state);
    this.#sql.exec(
      "INSERT INTO counter_outbox VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET state = excluded.state",
      this.#text,
    );
  }
}

/** The outbox of an isolate, for what no object sees (a refused visit). What waits is lost with the isolate. */
export class IsolateOutbox extends Outbox {
  #source = "";
  #state: OutboxState = EMPTY;

  constructor(clock: Clock = systemClock) {
    super(clock);
  }

  protected override source(): string {
    // Drawn at the first push: chance is not to be had while a module loads.
    this.#source ||= `isolate:${randomText(16)}`;
    return this.#source;
  }

  protected override read(): OutboxState {
    return this.#state;
  }

  protected override write(state: OutboxState): void {
    this.#state = state;
  }
}

/** A push of whole gauges by a job that keeps no state: each family given here replaces what `source` reported before. */
export function gaugePush(
  source: string,
  nowMs: number,
  families: Partial<Record<GaugeName, readonly (readonly [Labels, number])[]>>,
): CounterPush {
  const replaces = Object.keys(families) as GaugeName[];
  const gauges = replaces.flatMap((name) =>
    (families[name] ?? []).map(([labels, value]) => [seriesText(name, labels), value] as const),
  );
  return { source, seq: nowMs, deltas: [], gauges, replaces };
}
