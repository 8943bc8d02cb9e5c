// VisitorBuffer: one shard of a site. What it acknowledged is on its disk, and the newest value of each attribute reaches
// Maxymiser; an older one never goes out after a newer. It asks its site's `SiteToken` whether and with what to call.
import { AskedObject } from "../../../src/shared/durable/asked.do.ts";
import { DAY_MS, HOUR_MS, SECOND_MS } from "../../../src/shared/clock.ts";
import { config } from "../../../src/shared/config.ts";
import { CoalescingBuffer } from "../../../src/shared/durable/buffer.ts";
import type { Change } from "../../../src/shared/durable/change.ts";
import type { Fate } from "../../../src/shared/durable/policy.ts";
import { migrate } from "../../../src/shared/durable/schema-version.ts";
import { storeOf } from "../../../src/shared/durable/store.ts";
import { WakeUp } from "../../../src/shared/durable/wake-up.ts";
import { CounterOutbox, Counters } from "../../../src/shared/telemetry/counters.ts";
import { log } from "../../../src/shared/telemetry/log.ts";
import { metricsDoor } from "../../../src/shared/telemetry/metrics.ts";
import type { Ask } from "../access/site-token.ts";
import type { Grant } from "../access/token-keeper.ts";
import { deliveryEvents, enqueueEvents } from "../customer-log/events.ts";
import { DELIVERY_TABLES, appendRecords, newestRecords } from "./delivery-log.ts";
import { Delivery } from "./delivery.ts";
import { siteToken } from "../doors.ts";
import type { ParkedName, ParkedRecord, ShardLook, VisitorBufferDoor } from "../doors.ts";
import { customerOf, keyOf } from "./held.ts";
import type { Handed, Held } from "./held.ts";
import { putProfile } from "../maxymiser/maxymiser.client.ts";
import { keysOf, parkedRecord } from "./parked-names.ts";
import { emptyDay, withDelays } from "./records.ts";
import type { DeliveryRecord, Today } from "./records.ts";

/** Six connections of one object may wait for their headers (platform limit). */
const CALLS_IN_FLIGHT = 6;
/** What cannot be delivered for so long is parked (systems/visitors). */
const GIVE_UP_MS = 24 * HOUR_MS;
/** Lines in memory, some 200 bytes each; a held shard drains seldom. */
const MAX_RECORDS = 5_000;
const PARKED_KEPT_MS = 30 * DAY_MS;
/** Objects that restart are back within seconds. */
const TOKEN_AWAY_MS = 2 * SECOND_MS;
/** Changes of one window: at 40 customers a second a larger one would let a visitor's next value wait behind strangers. */
const WINDOW_CHANGES = 5_000;

type KeyedHeld = Pick<Change<Held>, "key" | "value">;

/** What is made at the first change: a shard that is only looked at stays without tables. */
interface Opened {
  buffer: CoalescingBuffer<Held>;
  delivery: Delivery;
  counters: CounterOutbox;
}

/** See the head of this file. Addressed by `<shard>:<site id>`. */
export class VisitorBuffer extends AskedObject implements VisitorBufferDoor {
  readonly #site: string;
  readonly #shard: number;
  readonly #wakeUp: WakeUp;
  #opened: Opened | null = null;
  /** What the drain under way came to; written as one page when it ends. */
  #records: DeliveryRecord[] = [];
  #delaysMs: number[] = [];

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    const name = ctx.id.name ?? "";
    const colon = name.indexOf(":");
    this.#shard = Number(name.slice(0, colon));
    this.#site = name.slice(colon + 1);
    this.#wakeUp = new WakeUp(ctx.storage, Date.now);
    if (ctx.storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'").toArray().length > 0) {
      this.#open();
    }
  }

  async put(json: string): Promise<void> {
    const updates = JSON.parse(json) as readonly Handed[];
    const { buffer, delivery } = this.#open();
    const changes = updates.map(([customerId, attribute, value, atMs, deliveryId]): KeyedHeld & { atMs: number } => {
      return { key: keyOf(customerId, attribute), value: [value, deliveryId], atMs };
    });
    await buffer.put(changes);
    if (delivery.heldFor === null) return;
    this.#record(changes, "held", delivery.heldFor);
    if (this.#records.length > MAX_RECORDS) this.#writeDown();
  }

  async wake(): Promise<void> {
    this.#opened?.delivery.forget();
    await this.#opened?.buffer.resume();
  }

  async lookAfter(): Promise<void> {
    if (this.#opened !== null) {
      this.#opened.buffer.forgetParked(Date.now() - PARKED_KEPT_MS);
      this.#writeDown();
    }
    const nextMs = this.#nextMs();
    if (nextMs === null || (await this.ctx.storage.getAlarm()) !== null) return;
    log("alarm_was_lost", { level: "error", site: this.#site, shard: this.#shard });
    await this.ctx.storage.setAlarm(nextMs);
  }

  async look(): Promise<ShardLook> {
    const look = this.#opened?.buffer.look();
    const today = withDelays(this.#today(), Date.now(), []);
    const sum = (counts: Record<string, number> = {}) => Object.values(counts).reduce((total, n) => total + n, 0);
    const pending = sum(look?.pending) + (look?.carriedGroups ?? 0);
    return {
      pending,
      held: look?.stopped?.kind === "hold" ? pending : 0,
      deliveredToday: today.delivered,
      parked: sum(look?.parked),
      oldestPendingMs: look?.oldestPendingMs ?? null,
      delays: today.delays,
    };
  }

  async records(upToMs: number, most?: number): Promise<DeliveryRecord[]> {
    if (this.#opened === null) return [];
    // What was held since the last drain is not on disk yet.
    return newestRecords(this.ctx.storage.sql, this.#records, upToMs, most);
  }

  async parked(skip: number, limit: number): Promise<ParkedRecord[]> {
    const rows = this.#opened?.buffer.parked("", skip + limit).slice(skip) ?? [];
    return await Promise.all(rows.map(parkedRecord));
  }

  async replay(names: readonly ParkedName[] | null): Promise<number> {
    if (this.#opened === null) return 0;
    const { buffer } = this.#opened;
    if (names === null) return await buffer.replay();
    return await buffer.replay({ keys: await keysOf(names, (after, limit) => buffer.parked(after, limit)) });
  }

  override async alarm(): Promise<void> {
    await this.#wakeUp.run(
      () => this.#work(),
      () => this.#nextMs(),
      (error) => log("visitor_alarm_failed", { level: "error", site: this.#site, shard: this.#shard, error }),
    );
  }

  async #work(): Promise<void> {
    if (this.#opened === null) return;
    const { buffer, counters } = this.#opened;
    let records: DeliveryRecord[] = [];
    try {
      await buffer.work();
    } finally {
      records = this.#writeDown();
    }
    await this.#tellCustomer(records, counters);
    await counters.push(metricsDoor(this.env)).catch((error: unknown) => {
      log("metrics_push_failed", { level: "warn", site: this.#site, shard: this.#shard, error });
    });
  }

  /** What the drain came to, for the customer's own log, if he wants one. */
  async #tellCustomer(records: readonly DeliveryRecord[], counters: CounterOutbox): Promise<void> {
    if (records.length === 0 || config(this.env).logEndpoint === null) return;
    const lost = await enqueueEvents(this.env.VISITOR_LOGS_QUEUE, await deliveryEvents(this.#site, records));
    if (lost > 0) counters.add("visitor_log_events_dropped_total", {}, lost);
  }

  #nextMs(): number | null {
    if (this.#opened === null) return null;
    const { buffer, counters } = this.#opened;
    const nextMs = Math.min(buffer.nextWakeMs() ?? Infinity, counters.nextPushAtMs() ?? Infinity);
    return nextMs === Infinity ? null : Math.max(nextMs, Date.now());
  }

  #open(): Opened {
    if (this.#opened !== null) return this.#opened;
    const { storage } = this.ctx;
    const store = storeOf(storage);
    migrate(store, "visitors", [DELIVERY_TABLES]);
    const counters = new CounterOutbox(storage, `visitors:${this.ctx.id.name}`);
    const settings = config(this.env);
    const deps = { fetch, clock: Date.now, count: counters.add.bind(counters) };
    const token = () => siteToken(this.env, this.#site);
    // What the site's object did not hear the next probe will tell it.
    const unheard = (error: unknown) => log("site_token_away", { level: "warn", site: this.#site, error });
    const delivery = new Delivery(
      {
        flushAfterMs: settings.visitorFlushSeconds * SECOND_MS,
        flushAt: WINDOW_CHANGES,
        windowChanges: WINDOW_CHANGES,
        inFlight: CALLS_IN_FLIGHT,
        orderMemoryMs: settings.orderMemoryHours * HOUR_MS,
        giveUpAfterMs: GIVE_UP_MS,
      },
      {
        clock: Date.now,
        grant: (rejected) => this.#grant(rejected),
        put: (grant, customerId, attributes) =>
          putProfile(
            {
              dataUrl: settings.maxymiserDataUrl,
              region: grant.region,
              token: grant.token,
              mmSiteId: this.#site,
              customerId,
              attributes,
            },
            deps,
          ),
        sitePaused: (reason, detail) => token().paused(reason, detail).catch(unheard),
        siteResumed: () => token().resumed().catch(unheard),
        told: (attempt) => this.#records.push({ atMs: Date.now(), ...attempt }),
      },
      (fate) => this.#observe(fate),
    );
    const buffer = new CoalescingBuffer<Held>(
      { store, wakeUp: this.#wakeUp, clock: Date.now, chance: Math.random, turn: () => scheduler.wait(0) },
      delivery,
    );
    this.#opened = { buffer, delivery, counters };
    return this.#opened;
  }

  async #grant(rejected: number | undefined): Promise<Grant> {
    try {
      const ask: Ask = { purpose: "deliver", ...(rejected === undefined ? {} : { rejected }) };
      return await siteToken(this.env, this.#site).grant(ask, this.#shard);
    } catch (error) {
      log("site_token_away", { level: "warn", site: this.#site, error });
      const untilMs = Date.now() + TOKEN_AWAY_MS;
      return { kind: "hold", reason: "unavailable", untilMs, detail: "The site's object is away." };
    }
  }

  /** Told inside the transaction that made it so; kept in memory until the drain is written down. */
  #observe(fate: Fate<Held>): void {
    const nowMs = Date.now();
    if (fate.kind === "delivered") {
      for (const { seq } of fate.changes) this.#delaysMs.push(Math.max(0, nowMs - seq));
    } else if (fate.kind === "stale") {
      this.#record(fate.changes, "stale", null);
    } else if (fate.kind === "parked" && fate.reason !== "rejected") {
      // Given up: no call of this drain has told it.
      this.#record(fate.changes, "parked", fate.reason);
    }
  }

  /** A line for each customer of whom something became of itself, without a call. */
  #record(changes: readonly KeyedHeld[], outcome: "stale" | "parked" | "held", status: string | null): void {
    for (const [customerId, his] of Map.groupBy(changes, ({ key }) => customerOf(key))) {
      const deliveryIds = [...new Set(his.flatMap(({ value }) => value[1] ?? []))];
      this.#records.push({
        customerId,
        attributes: his.length,
        deliveryIds,
        outcome,
        status,
        ms: null,
        atMs: Date.now(),
      });
    }
  }

  /** One page of records, today's numbers, counters and gauges: what the drain came to, in one transaction. */
  #writeDown(): DeliveryRecord[] {
    const { buffer, counters } = this.#opened!;
    const [records, delaysMs] = [this.#records.splice(0), this.#delaysMs.splice(0)];
    const counted = new Counters();
    for (const delayMs of delaysMs) counted.add("visitor_delivery_delay_seconds", {}, delayMs / SECOND_MS);
    this.ctx.storage.transactionSync(() => {
      appendRecords(this.ctx.storage.sql, records);
      if (delaysMs.length > 0) {
        this.ctx.storage.kv.put<Today>("today", withDelays(this.#today(), Date.now(), delaysMs));
      }
      counters.addAll(counted.list());
      this.#tellGauges(buffer, counters);
    });
    return records;
  }

  /** Gauges that changed: an idle shard tells nothing, and a reason that is gone is told once more, as none. */
  #tellGauges(buffer: CoalescingBuffer<Held>, counters: CounterOutbox): void {
    const { parked } = buffer.look();
    const told = this.ctx.storage.kv.get<{ pending: number; parked: Record<string, number> }>("told");
    const pending = buffer.size;
    for (const reason of new Set([...Object.keys(parked), ...Object.keys(told?.parked ?? {})])) {
      const n = parked[reason] ?? 0;
      if (n !== told?.parked[reason]) counters.gauge("parked", { system: "visitors", reason }, n);
    }
    if (pending !== told?.pending) counters.gauge("visitor_pending", {}, pending);
    if (pending !== told?.pending || JSON.stringify(parked) !== JSON.stringify(told.parked)) {
      this.ctx.storage.kv.put("told", { pending, parked });
    }
  }

  #today(): Today {
    return this.ctx.storage.kv.get<Today>("today") ?? emptyDay(Date.now());
  }
}
