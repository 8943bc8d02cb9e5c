// SegmentBuffer: the changes of one segment of one environment on their way to Split, on the shared coalescing buffer. What it
// acknowledged is on its disk; the alarm makes the wish true first, then sends. It never keeps a key of its tenant.
import { AskedObject } from "../../../src/shared/durable/asked.do.ts";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../src/shared/clock.ts";
import { config } from "../../../src/shared/config.ts";
import { database, together } from "../../../src/shared/db/client.ts";
import { CoalescingBuffer } from "../../../src/shared/durable/buffer.ts";
import type { Policy } from "../../../src/shared/durable/policy.ts";
import { storeOf } from "../../../src/shared/durable/store.ts";
import { WakeUp } from "../../../src/shared/durable/wake-up.ts";
import { CounterOutbox, Counters } from "../../../src/shared/telemetry/counters.ts";
import { log } from "../../../src/shared/telemetry/log.ts";
import { metricsDoor } from "../../../src/shared/telemetry/metrics.ts";
import { publish } from "../../../src/shared/webhooks/publish.ts";
import type * as Doors from "../objects.ts";
import type { Verb } from "../objects.ts";
import { tenant } from "../reach.ts";
import { REMOVED, SegmentFlow } from "./flow.client.ts";
import { limitsOf, planCalls, SEGMENT_FULL } from "./plan.ts";
import { called, forgettable, lookOf, parkedChange, refusedWish, removed, UNSEEN, wished, wishOpen } from "./record.ts";
import type { Wish } from "./record.ts";
import { alertOf, IDLE_AFTER_MS, OVERDUE_AFTER_MS, TOLD_EVERY_MS, toldLately, traced } from "./shown.ts";
import { recordKept, RecordRow } from "./store-record.ts";
import { SegmentCalls } from "../split/segment-calls.client.ts";
import { environmentsOf, forgetSegment, reportSegment } from "../store-segments.ts";

/** What is there once the first change or wish came. */
interface Opened {
  buffer: CoalescingBuffer<Verb>;
  flow: SegmentFlow;
  record: RecordRow;
  outbox: CounterOutbox;
}

/** See the head of this file. Addressed by the segment's id. */
export class SegmentBuffer extends AskedObject implements Doors.SegmentBufferDoor {
  readonly #id: string;
  readonly #wakeUp: WakeUp;
  /** Counted since the last write: one row for all calls of an alarm. */
  readonly #counted = new Counters();
  #opened: Opened | null = null;
  #gauged = { atMs: 0, empty: false };
  #reporting = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#id = ctx.id.name ?? "";
    this.#wakeUp = new WakeUp(ctx.storage, Date.now);
    // An object that is only looked at stays without tables.
    if (recordKept(storeOf(ctx.storage))) this.#open();
  }

  async put(identity: Doors.SegmentIdentity, changes: Doors.MembershipChanges): Promise<Doors.PutAnswer> {
    const { buffer, record } = this.#open();
    const { atMs, parts } = changes;
    const taken = parts.reduce((sum, part) => sum + part.changes, 0);
    record.identify(identity);
    const registered = record.known.reported !== null;
    if (atMs <= record.known.removedAtMs) return { taken: 0, stale: taken, registered };
    await buffer.take(parts);
    this.#tellThatBusy(record);
    return { taken, stale: 0, registered };
  }

  async want(
    identity: Doors.SegmentIdentity,
    state: Wish["state"],
    atMs: number,
  ): Promise<Pick<Doors.PutAnswer, "registered">> {
    const { buffer, record } = this.#open();
    record.identify(identity);
    const next = wished(record.known, { state, atMs });
    if (next !== record.known) {
      await this.#wakeUp.by(Date.now());
      record.set(wished(record.known, { state, atMs }));
      if (buffer.stopReason() === REMOVED) await buffer.resume();
      this.#tellThatBusy(record);
    }
    return { registered: record.known.reported !== null };
  }

  async flush(): Promise<{ pending: number }> {
    await this.#opened?.buffer.flush();
    return { pending: this.#opened?.buffer.size ?? 0 };
  }

  async replay(mpids?: readonly string[]): Promise<{ replayed: number }> {
    if (this.#opened === null) return { replayed: 0 };
    const { buffer, record } = this.#opened;
    // A deletion that Split refused is tried again with the rest.
    const refused = mpids === undefined && record.known.refusal !== null;
    await this.#wakeUp.by(Date.now());
    if (refused) record.set({ refusal: null });
    const replayed = await buffer.replay(mpids === undefined ? {} : { keys: mpids });
    return { replayed: replayed + Number(refused) };
  }

  async parked(afterMpid: string | null, limit: number): Promise<Doors.ParkedChange[]> {
    if (this.#opened === null) return [];
    const { buffer, record } = this.#opened;
    const refused = afterMpid === null ? refusedWish(record.known) : [];
    return [...refused, ...buffer.parked(afterMpid ?? "", limit).map(parkedChange)].slice(0, limit);
  }

  async trace(mpid: string): Promise<Doors.MpidTrace | null> {
    return this.#opened === null ? null : traced(this.#opened.buffer.trace(mpid));
  }

  async look(): Promise<Doors.SegmentLook | null> {
    return this.#opened === null || !this.#opened.record.isNamed ? null : this.#look(this.#opened);
  }

  async rename(segment: string): Promise<Doors.SegmentLook> {
    const opened = this.#open();
    const { record } = opened;
    if (record.known.target !== segment) {
      await this.#wakeUp.by(Date.now());
      const wish = record.known.wish ?? { state: "active", atMs: Date.now() };
      record.set({ ...UNSEEN, target: segment, reality: "unknown", wish });
    }
    return this.#look(opened);
  }

  async resume(): Promise<void> {
    await this.#opened?.buffer.resume();
  }

  async arm(): Promise<void> {
    if (this.#opened === null) return this.#unregister();
    const nextMs = this.#nextMs();
    if (nextMs !== null) await this.#wakeUp.by(nextMs);
    await this.#report(this.#opened, nextMs === null ? null : nextMs + OVERDUE_AFTER_MS);
  }

  override async alarm(): Promise<void> {
    await this.#wakeUp.run(
      () => this.#work(),
      () => this.#nextMs(),
      (error) => log("segment_alarm_failed", { level: "error", segment: this.#id, error }),
    );
  }

  async #work(): Promise<void> {
    if (this.#opened === null || !this.#opened.record.isNamed) return;
    const { buffer, flow, record } = this.#opened;
    const { orderMemoryHours } = config(this.env);
    if (buffer.size === 0 && forgettable(record.known, Date.now(), orderMemoryHours)) return this.#forget();
    if (wishOpen(record.known)) await buffer.drain(Date.now() + MINUTE_MS);
    await buffer.work();
    const mayCall = buffer.stoppedUntilMs() <= Date.now();
    if (mayCall && (await flow.lookForRoom(buffer.look().drainedMs))) await buffer.replay({ reason: SEGMENT_FULL });
    await this.#tell(this.#opened);
  }

  /** When something is to be done; null when nothing is. */
  #nextMs(): number | null {
    if (this.#opened === null || !this.#opened.record.isNamed) return null;
    const { buffer, outbox, record } = this.#opened;
    const { known } = record;
    const wish = wishOpen(known) ? Math.max(Date.now(), buffer.stoppedUntilMs()) : Infinity;
    const ends = removed(known) && known.reality === "deleted" && buffer.size === 0;
    const end = ends ? known.wish!.atMs + config(this.env).orderMemoryHours * HOUR_MS : Infinity;
    const untold = known.nearlyFull?.told === false ? Date.now() + MINUTE_MS : Infinity;
    const nextMs = Math.min(wish, end, untold, buffer.nextWakeMs() ?? Infinity, outbox.nextPushAtMs() ?? Infinity);
    return nextMs === Infinity ? null : Math.max(nextMs, Date.now());
  }

  #open(): Opened {
    if (this.#opened !== null) return this.#opened;
    const store = storeOf(this.ctx.storage);
    const record = new RecordRow(store);
    const flow = new SegmentFlow({
      segmentId: this.#id,
      record,
      calls: this.#calls(record),
      environmentsOf: (workspaceId, name) => environmentsOf(database(this.env), workspaceId, name, this.#id),
      publish: (event) => publish(this.env, [event], Date.now()),
      clock: Date.now,
    });
    const turn = () => scheduler.wait(0);
    const port = { store, wakeUp: this.#wakeUp, clock: Date.now, chance: Math.random, turn };
    const buffer = new CoalescingBuffer(port, this.#policy(flow, record));
    const outbox = new CounterOutbox(this.ctx.storage, `segment:${this.#id}`);
    this.#opened = { buffer, flow, record, outbox };
    return this.#opened;
  }

  #policy(flow: SegmentFlow, record: RecordRow): Policy<Verb> {
    return {
      limits: limitsOf(config(this.env)),
      kindOf: (verb) => verb,
      plan: (changes) => planCalls(changes, record.known),
      ready: () => flow.ready(),
      send: (changes) => flow.send(changes),
    };
  }

  #calls(record: RecordRow): SegmentCalls {
    return new SegmentCalls({
      segmentId: this.#id,
      apiUrl: config(this.env).splitApiUrl,
      tenant: () => tenant(this.env, record.known.identity.workspaceId),
      deps: {
        fetch: (input, init) => fetch(input, init),
        clock: Date.now,
        count: (...one) => this.#counted.add(...one),
      },
      clock: Date.now,
      wait: (ms) => scheduler.wait(ms),
      called: (verb, status, keys) => {
        this.#counted.add("segment_calls_total", { verb, status });
        this.#counted.add("segment_keys_total", { verb }, keys);
        record.note(called(record.known, keys, Date.now()));
      },
    });
  }

  /** What an alarm counted is written, and told to `Metrics` and D1; where they are away, the next alarm tells it. */
  async #tell(opened: Opened): Promise<void> {
    const { flow, outbox, record } = opened;
    if (this.#counted.size > 0) {
      this.ctx.storage.transactionSync(() => {
        outbox.addAll(this.#counted.take());
        record.set({});
      });
    }
    const pushMs = outbox.nextPushAtMs() ?? Infinity;
    if (pushMs <= Date.now() || Date.now() - this.#gauged.atMs >= TOLD_EVERY_MS) this.#gauge(opened);
    const nextMs = this.#nextMs();
    const fresh = toldLately(record.known.reported, this.#look(opened), Date.now());
    const told = await Promise.allSettled([
      outbox.push(metricsDoor(this.env)),
      flow.warn(),
      ...(fresh
        ? []
        : [this.#report(opened, nextMs === null ? Date.now() + IDLE_AFTER_MS : nextMs + OVERDUE_AFTER_MS)]),
    ]);
    for (const one of told) if (one.status === "rejected") this.#untold(one.reason);
  }

  #gauge({ buffer, outbox }: Opened): void {
    // A buffer that was empty and is empty has nothing new to tell.
    if (buffer.size === 0 && this.#gauged.empty) return;
    const { pending, oldestPendingMs } = buffer.look();
    const oldestSeconds = oldestPendingMs === null ? 0 : (Date.now() - oldestPendingMs) / SECOND_MS;
    outbox.gaugeAll([
      ["segment_pending", { verb: "add" }, pending["add"] ?? 0],
      ["segment_pending", { verb: "delete" }, pending["delete"] ?? 0],
      ["segment_oldest_pending_seconds", {}, Math.max(0, oldestSeconds)],
    ]);
    this.#gauged = { atMs: Date.now(), empty: buffer.size === 0 };
  }

  #look({ buffer, record }: Opened): Doors.SegmentLook {
    return lookOf(record.known, buffer.look(), Date.now());
  }

  /** A row that is not due is not seen by the sweep: who wakes an idle buffer has it told, behind the answer. */
  #tellThatBusy({ known: { reported } }: RecordRow): void {
    if (this.#reporting || reported === null || reported.dueAtMs !== null) return;
    this.#reporting = true;
    const report = this.#report(this.#open(), Date.now() + OVERDUE_AFTER_MS)
      .catch((error: unknown) => this.#untold(error))
      .finally(() => {
        this.#reporting = false;
      });
    this.ctx.waitUntil(report);
  }

  async #report(opened: Opened, dueAtMs: number | null): Promise<void> {
    const look = this.#look(opened);
    const { workspaceId, environmentId, segment, audienceId } = opened.record.known.identity;
    const made = { id: this.#id, workspaceId, environmentId, segment, audienceId };
    const db = database(this.env);
    await together(db, [reportSegment(db, made, look, Date.now(), dueAtMs)]);
    opened.record.set({ reported: { alert: alertOf(look), atMs: Date.now(), dueAtMs } });
  }

  /** The tombstone has expired: nothing older can come any more. */
  async #forget(): Promise<void> {
    this.#opened = null;
    // Nothing may be awaited before this: what comes meanwhile finds new tables or an error, never a lost acknowledgement.
    await this.ctx.storage.deleteAll();
    this.#wakeUp.forget();
    await this.#unregister();
  }

  async #unregister(): Promise<void> {
    const db = database(this.env);
    await together(db, [forgetSegment(db, this.#id)]);
  }

  #untold(error: unknown): void {
    log("segment_untold", { level: "warn", segment: this.#id, error });
  }
}
