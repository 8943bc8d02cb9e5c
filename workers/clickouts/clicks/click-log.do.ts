// ClickLog: the clicks of one UTC day (and shard), the truth of clickouts. Appending twice counts once; totals and counters
// are written with the clicks. Addresses are hashed with the day's own salt, which dies with the day, and never stored.
import { AskedObject } from "../../../src/shared/durable/asked.do.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/shared/clock.ts";
import { config } from "../../../src/shared/config.ts";
import { CounterOutbox, Counters, PUSH_EVERY_MS } from "../../../src/shared/telemetry/counters.ts";
import { log } from "../../../src/shared/telemetry/log.ts";
import { metricsDoor } from "../../../src/shared/telemetry/metrics.ts";
import {
  ADD_HOURS,
  ADD_SKIPS,
  ALL_REFS,
  CLICK_TABLE,
  FALLEN_SINCE,
  FIND_CLICKS,
  INSERT_CLICKS,
  REF_TOTALS,
  readRow,
  rowOf,
  whereOf,
} from "./click-log.ts";
import type { ClickLogDoor, FoundClick, RefTotals, StoreFall, StoredClick } from "./click-log.ts";
import type { ClickFilter, ClickRow } from "./click.ts";
import type { ClickBatch } from "./handover.ts";
import { noteEmptied, writeTotals } from "./store-totals.ts";
import type { DayTotals } from "./store-totals.ts";
import { tally } from "./tally.ts";
import type { SkipTotal } from "./tally.ts";
import { VisitorMemory } from "./visitor-memory.ts";

/** Late batches of a queue still find the salt for this long after their day. */
const SALT_GRACE_MS = HOUR_MS;
/** Totals reach D1 no later than this after a click. */
const TOTALS_EVERY_MS = MINUTE_MS;

/** See the head of this file. Addressed by `<day>:<shard>`. */
export class ClickLog extends AskedObject implements ClickLogDoor {
  readonly #sql: SqlStorage;
  #counters: CounterOutbox | null = null;
  readonly #visitors = new VisitorMemory();
  readonly #day: string;
  readonly #shard: number;
  readonly #dayEndsMs: number;
  #alarmAtMs = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const [day = "", shard = ""] = (ctx.id.name ?? "").split(":");
    this.#day = day;
    this.#shard = Number(shard);
    this.#dayEndsMs = Date.parse(`${day}T00:00:00Z`) + DAY_MS;
    this.#sql = ctx.storage.sql;
    if (this.#sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'click'").toArray().length > 0) this.#open();
  }

  /** Makes the tables at the first click: a day that is only looked at stays without storage. */
  #open(): CounterOutbox {
    if (this.#counters === null) {
      this.#sql.exec(CLICK_TABLE);
      this.#counters = new CounterOutbox(this.ctx.storage, `clicks:${this.ctx.id.name}`);
    }
    return this.#counters;
  }

  /** Takes a `ClickBatch` as JSON; resolves when it is on disk. */
  async append(json: string): Promise<void> {
    const batch = JSON.parse(json) as ClickBatch;
    if (Date.now() >= this.#expiresAtMs()) {
      // Their day is emptied or about to be; begun anew it would count them as all that there were.
      log("clicks_after_retention", { level: "warn", log: this.ctx.id.name, clicks: batch.clicks.length });
      return;
    }
    const hashes = await this.#visitors.hash(batch.clicks, this.#salt());
    const outbox = this.#open();
    // First the alarm: clicks on disk without one would never reach the day's totals.
    await this.#wake(Date.now() + PUSH_EVERY_MS);
    this.ctx.storage.transactionSync(() => this.#store(batch, hashes, outbox));
  }

  /** Clicks, newest first. */
  async list(filter: ClickFilter, limit: number): Promise<ClickRow[]> {
    if (this.#counters === null) return [];
    const { where, values } = whereOf(filter);
    const rows = this.#sql.exec<StoredClick>(`SELECT * FROM click ${where} ORDER BY id DESC LIMIT ?`, ...values, limit);
    return [...rows].map(readRow);
  }

  /** Those of these clicks that are here. */
  async find(ids: readonly string[]): Promise<FoundClick[]> {
    if (this.#counters === null) return [];
    const rows = this.#sql.exec<Pick<StoredClick, "id" | "store" | "network" | "ref">>(
      FIND_CLICKS,
      JSON.stringify(ids),
    );
    return [...rows].map(({ id, store, network, ref }) => ({
      clickoutId: id,
      storeId: store || null,
      network: (network || null) as FoundClick["network"],
      ref: ref || null,
    }));
  }

  /** See `ClickLogDoor`. */
  async fallen(sinceHour: number): Promise<StoreFall[]> {
    if (this.#counters === null) return [];
    return this.#sql.exec<StoreFall & Record<string, SqlStorageValue>>(FALLEN_SINCE, sinceHour).toArray();
  }

  /** See `ClickLogDoor`. */
  async refTotals(refs: readonly string[], limit: number): Promise<RefTotals> {
    if (this.#counters === null) return { rows: [], clicks: 0, humans: 0, more: false };
    const all = this.#sql.exec<{ refs: number; clicks: number; humans: number }>(ALL_REFS).one();
    const rows = this.#sql.exec<RefTotals["rows"][number] & Record<string, SqlStorageValue>>(
      REF_TOTALS,
      JSON.stringify(refs),
      limit,
    );
    const found = [...rows];
    return { rows: found, clicks: all.clicks, humans: all.humans, more: all.refs > found.length };
  }

  /** See `ClickLogDoor`. */
  async empty(): Promise<boolean> {
    const nowMs = Date.now();
    if (nowMs < this.#expiresAtMs()) return false;
    await this.#empty(nowMs);
    return true;
  }

  override async alarm(): Promise<void> {
    const nowMs = Date.now();
    let nextMs: number | null = this.#expiresAtMs();
    try {
      this.#alarmAtMs = 0;
      if (nowMs >= this.#expiresAtMs()) {
        await this.#empty(nowMs);
        nextMs = null;
        return;
      }
      if (nowMs >= this.#dayEndsMs + SALT_GRACE_MS) this.ctx.storage.kv.delete("salt");
      else nextMs = this.#dayEndsMs + SALT_GRACE_MS;
      await this.#tell(nowMs);
      if (this.#dirty()) nextMs = Math.min(nextMs, nowMs + TOTALS_EVERY_MS);
      if (this.#counters?.pending() === true) nextMs = Math.min(nextMs, nowMs + PUSH_EVERY_MS);
    } catch (error) {
      log("click_log_alarm_failed", { level: "error", log: this.ctx.id.name, error });
      nextMs = nowMs + PUSH_EVERY_MS;
    } finally {
      if (nextMs !== null) await this.#wake(nextMs);
    }
  }

  /** Gives up the day's clicks. First its totals reach D1, and that it is empty: else nothing is deleted. */
  async #empty(nowMs: number): Promise<void> {
    await this.#counters?.push(metricsDoor(this.env));
    await noteEmptied(this.env, this.#day, this.#shard, this.#totals(), nowMs);
    await this.ctx.storage.deleteAll();
    this.#counters = null;
    this.#alarmAtMs = 0;
  }

  #totals(): DayTotals {
    if (this.#counters === null) return { totals: [], skips: [] };
    const rows = this.#sql.exec<{ store: number; network: string; outcome: string; human: number; clicks: number }>(
      "SELECT * FROM total",
    );
    const skipped = this.#sql.exec<Omit<SkipTotal, "storeId"> & { store: number }>("SELECT * FROM skip_total");
    return {
      totals: [...rows].map(({ store, human, ...rest }) => ({ ...rest, storeId: store, human: human === 1 })),
      skips: [...skipped].map(({ store, ...rest }) => ({ ...rest, storeId: store })),
    };
  }

  /** Writes the clicks that are new, their totals and their counters, in one transaction. */
  #store(batch: ClickBatch, hashes: readonly (string | null)[], outbox: CounterOutbox): void {
    const counters = new Counters();
    const rows = batch.clicks.map((click, n) => rowOf(click, this.#visitors.saw(hashes[n] ?? null, click)));
    const fresh = new Set<string>();
    for (const { id } of this.#sql.exec<{ id: string }>(INSERT_CLICKS, JSON.stringify(rows))) fresh.add(id);
    const { totals, visits, refs, skips, hours } = tally(batch.clicks.filter(([id]) => fresh.delete(id)));
    for (const { clicks, ...labels } of visits) counters.add("visit_total", labels, clicks);
    for (const { storeId, network, outcome, human, clicks } of totals) {
      this.#sql.exec(
        "INSERT INTO total VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET clicks = clicks + excluded.clicks",
        storeId,
        network,
        outcome,
        Number(human),
        clicks,
      );
    }
    for (const { ref, storeId, network, clicks, humans } of refs) {
      this.#sql.exec(
        "INSERT INTO ref_click VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET clicks = clicks + excluded.clicks, humans = humans + excluded.humans",
        ref,
        storeId,
        network,
        clicks,
        humans,
      );
    }
    if (hours.length > 0) this.#sql.exec(ADD_HOURS, JSON.stringify(hours));
    if (skips.length > 0) this.#sql.exec(ADD_SKIPS, JSON.stringify(skips));
    for (const [code, n] of Object.entries(batch.rejected)) counters.add("visit_rejected_total", { code }, n);
    for (const ms of batch.waitedMs) counters.add("visit_seconds", {}, ms / 1_000);
    outbox.addAll(counters.list());
    if (totals.length > 0) this.ctx.storage.kv.put("dirty", true);
  }

  #dirty(): boolean {
    return this.ctx.storage.kv.get("dirty") === true;
  }

  /** Absolute totals to D1 (writing them twice changes nothing), counters to `Metrics`. */
  async #tell(nowMs: number): Promise<void> {
    await this.#counters?.push(metricsDoor(this.env));
    if (!this.#dirty()) return;
    const last = this.ctx.storage.kv.get<number>("totalsAt") ?? 0;
    if (nowMs - last < TOTALS_EVERY_MS) return;
    this.ctx.storage.kv.put("dirty", false);
    try {
      await writeTotals(this.env, this.#day, this.#shard, this.#totals());
      this.ctx.storage.kv.put("totalsAt", nowMs);
    } catch (error) {
      this.ctx.storage.kv.put("dirty", true);
      throw error;
    }
  }

  /** The day's salt, drawn at its first click; null once the day is over and the salt is gone. */
  #salt(): string | null {
    const salt = this.ctx.storage.kv.get<string>("salt");
    if (salt !== undefined) return salt;
    if (Date.now() >= this.#dayEndsMs + SALT_GRACE_MS) return null;
    const drawn = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16)).join("-");
    this.ctx.storage.kv.put("salt", drawn);
    return drawn;
  }

  #expiresAtMs(): number {
    return this.#dayEndsMs + config(this.env).clickoutRetentionDays * DAY_MS;
  }

  async #wake(atMs: number): Promise<void> {
    if (this.#alarmAtMs !== 0 && this.#alarmAtMs <= atMs) return;
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > atMs) await this.ctx.storage.setAlarm(atMs);
    this.#alarmAtMs = Math.min(set ?? atMs, atMs);
  }
}
