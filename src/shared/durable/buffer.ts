// The coalescing buffer: changes are acknowledged when they are on disk, and the newest of each key is sent in few calls.
// One rule carries it: a row leaves the journal only after each of its changes was sent, parked, carried over, or is no newer
// than one that was. What was sent is told by the order memory, so a drain may be cut off at any await and begun again.
import { MINUTE_MS } from "../clock.ts";
import type { Clock } from "../clock.ts";
import { nextBatch } from "./batch.ts";
import type { Batch } from "./batch.ts";
import type { Change, Encoded, NewChange } from "./change.ts";
import { decide, settleGroups } from "./decisions.ts";
import { append, openDisk, traceOf, undecided } from "./disk.ts";
import type { Disk, KeyTrace } from "./disk.ts";
import { dispatch } from "./dispatch.ts";
import type { Decision } from "./dispatch.ts";
import type { ParkedChange } from "./parked.ts";
import type { Policy, Stop } from "./policy.ts";
import { readState, stoppedBy, writeState } from "./state.ts";
import type { BufferState, Stopped } from "./state.ts";
import type { Store } from "./store.ts";
import type { WakeUp } from "./wake-up.ts";

/** Parked changes that one replay puts back. */
const REPLAY_AT_ONCE = 50_000;
/** Groups that are given up at once. */
const GIVE_UP_AT_ONCE = 500;

/** An alarm may run for 15 minutes; a call that began in time may take a while more. */
const ALARM_MS = 5 * MINUTE_MS;

/** What the buffer stands on. */
export interface BufferPort {
  store: Store;
  wakeUp: Pick<WakeUp, "by">;
  clock: Clock;
  /** From 0 to 1, for jitter. */
  chance: () => number;
  /** Resolves when the calls that arrived together have all come in: they are written as one. */
  turn: () => Promise<void>;
}

/** What an operator may see of a buffer. */
export interface BufferLook {
  /** Changes that wait, by kind, each as it came. */
  pending: Record<string, number>;
  oldestPendingMs: number | null;
  carriedGroups: number;
  /** By reason. */
  parked: Record<string, number>;
  stopped: Stopped | null;
  drainedMs: number | null;
  nextWakeMs: number | null;
}

/** See the head of this file. */
export class CoalescingBuffer<V> {
  readonly #port: BufferPort;
  readonly #policy: Policy<V>;
  readonly #disk: Disk<V>;
  #state: BufferState;
  /** The highest number given to a row of the journal. */
  #lastSeq: number;
  /** Changes in the journal. */
  #size: number;
  #arriving: { parts: Encoded[]; written: Promise<void> } | null = null;
  #draining: Promise<void> | null = null;

  constructor(port: BufferPort, policy: Policy<V>) {
    this.#port = port;
    this.#policy = policy;
    this.#disk = openDisk(port.store, policy);
    this.#state = readState(port.store.sql);
    this.#lastSeq = Math.max(this.#state.through, this.#disk.journal.ends()?.last ?? 0);
    this.#size = this.#disk.journal.size();
  }

  /** Takes changes; resolves when they are on disk and an alarm stands. Throws RangeError for one that is too large. */
  async put(changes: readonly NewChange<V>[]): Promise<void> {
    await this.take(this.#disk.journal.encode(changes));
  }

  /** As `put`, of changes that were encoded elsewhere (`encoding.ts`). */
  async take(parts: readonly Encoded[]): Promise<void> {
    if (parts.length === 0) return;
    this.#arriving ??= { parts: [], written: this.#write() };
    for (const part of parts) this.#arriving.parts.push(part);
    await this.#arriving.written;
  }

  async #write(): Promise<void> {
    await this.#port.turn();
    const { parts } = this.#arriving!;
    this.#arriving = null;
    const changes = parts.reduce((sum, part) => sum + part.changes, 0);
    const { flushAt, flushAfterMs } = this.#policy.limits;
    const nowMs = this.#port.clock();
    const dueMs = this.#size + changes >= flushAt ? nowMs : nowMs + flushAfterMs;
    await this.#port.wakeUp.by(Math.max(dueMs, this.#state.stopped?.untilMs ?? 0));
    this.#lastSeq = append(this.#disk, parts, this.#port.clock(), this.#lastSeq);
    this.#size += changes;
  }

  /** When the buffer wants to be woken: for its oldest change, a full call, a group's turn, or the end of a stop. */
  nextWakeMs(): number | null {
    const { flushAfterMs, flushAt, giveUpAfterMs = Infinity } = this.#policy.limits;
    const { stopped } = this.#state;
    const first = this.#disk.journal.ends()?.first ?? Infinity;
    const atOnce = first < Infinity && (this.#size >= flushAt || first <= this.#state.flushUpTo);
    const wantedMs = Math.min(atOnce ? 0 : first + flushAfterMs, this.#disk.carried.nextMs() ?? Infinity);
    const nextMs = stopped === null ? wantedMs : Math.min(Math.max(wantedMs, stopped.untilMs), first + giveUpAfterMs);
    return nextMs === Infinity ? null : Math.max(nextMs, this.#port.clock());
  }

  /** Whether a drain has something to do now. */
  due(): boolean {
    const nextMs = this.nextWakeMs();
    return nextMs !== null && nextMs <= this.#port.clock();
  }

  /** Until when nothing may be sent; 0 when nothing forbids it. */
  stoppedUntilMs(): number {
    return this.#state.stopped?.untilMs ?? 0;
  }

  /** The work of an alarm: drains as long as something is due, within the time that an alarm may take. */
  async work(): Promise<void> {
    const endMs = this.#port.clock() + ALARM_MS;
    while (this.due() && this.#port.clock() < endMs) await this.drain(endMs);
  }

  /** Why nothing is sent; null when nothing forbids it. */
  stopReason(): string | null {
    return this.#state.stopped?.reason ?? null;
  }

  /** Sends one window. One drain runs at a time; no call begins after `endMs`. What fails is remembered, not thrown. */
  async drain(endMs: number): Promise<void> {
    this.#draining ??= this.#drain(endMs).finally(() => {
      this.#draining = null;
    });
    await this.#draining;
  }

  async #drain(endMs: number): Promise<void> {
    const { clock } = this.#port;
    const { inFlight } = this.#policy.limits;
    this.#giveUp();
    if (clock() < this.stoppedUntilMs()) return;
    const notReady = (await this.#policy.ready?.()) ?? null;
    if (notReady !== null) return this.#stop(notReady, false);
    const batch = nextBatch(this.#disk, this.#policy, this.#windowChanges(), clock());
    if (batch === null)
      return this.#state.stopped === null ? undefined : this.#change({ ...this.#state, stopped: null });
    const { calls, park = [], stale = [] } = this.#policy.plan(batch.changes);
    this.#decide(park.map((one) => ({ kind: "parked", ...one })));
    const waiting: Decision<V>[] = [];
    let progress = false;
    const ending = await dispatch(calls, {
      inFlight,
      send: (changes) => this.#policy.send(changes),
      // As many as are under way at once are written together: a cut repeats no more calls, and fewer rows are written.
      decide: (decision) => {
        progress ||= decision.kind !== "carried";
        if (waiting.push(decision) >= inFlight) this.#decide(waiting.splice(0));
      },
      mayBegin: () => clock() < endMs,
    });
    this.#decide(waiting);
    if (ending === null) this.#finish(batch, [...batch.stale, ...stale]);
    else if (ending.kind !== "time") this.#stop(ending, progress);
  }

  /**
   * An early drain takes a multiple of what made it early; the rest is young and waits for company. A drain that was cut off
   * must find at least its old window again, or an older change of the rest would follow a newer one: none of this shrinks.
   */
  #windowChanges(): number {
    const { windowChanges, flushAt, flushAfterMs } = this.#policy.limits;
    const first = this.#disk.journal.ends()?.first ?? 0;
    const old = first + flushAfterMs <= this.#port.clock() || first <= this.#state.flushUpTo;
    if (old || this.#size < flushAt || this.#size >= windowChanges) return windowChanges;
    return this.#size - (this.#size % flushAt);
  }

  #decide(decisions: readonly Decision<V>[]): void {
    decide(this.#disk, this.#policy, decisions, this.#port.clock(), this.#port.chance());
  }

  /** All of the batch is decided: the journal may lose its front. */
  #finish({ upTo, read, done }: Batch<V>, stale: readonly Change<V>[]): void {
    const nowMs = this.#port.clock();
    const through = Math.max(this.#state.through, upTo);
    this.#change({ ...this.#state, through, stopped: null, drainedMs: nowMs }, () => {
      this.#disk.journal.drop(upTo);
      // What still waits must find what was sent before it came, however long it has waited.
      this.#disk.memory.tidy(Math.min(nowMs, this.#disk.journal.ends()?.first ?? nowMs));
      settleGroups(this.#disk, this.#policy, [...stale, ...done]);
      this.#disk.parked.supersede(stale);
      if (stale.length > 0) this.#policy.observe?.({ kind: "stale", changes: stale });
    });
    this.#size -= read;
  }

  #stop(stop: Stop, progress: boolean): void {
    const { clock, chance } = this.#port;
    this.#change({ ...this.#state, stopped: stoppedBy(stop, this.#state.stopped, progress, clock(), chance()) });
  }

  /** What has waited too long while nothing could be sent is parked. */
  #giveUp(): void {
    const { giveUpAfterMs, windowChanges } = this.#policy.limits;
    const { stopped } = this.#state;
    if (giveUpAfterMs === undefined || stopped === null) return;
    const nowMs = this.#port.clock();
    const { newest, upTo, read } = this.#disk.journal.window(windowChanges, nowMs - giveUpAfterMs);
    const groups = this.#disk.carried.failingSince(nowMs - giveUpAfterMs, GIVE_UP_AT_ONCE);
    if (read === 0 && groups.length === 0) return;
    const all = [newest, ...groups.map(({ changes }) => new Map(changes.map((change) => [change.key, change])))];
    this.#change({ ...this.#state, through: Math.max(this.#state.through, upTo) }, () => {
      for (const { changes, stale } of all.map((some) => undecided(this.#disk, some))) {
        const detail = "nothing could be sent for too long";
        this.#decide([{ kind: "parked", changes, reason: stopped.reason, detail }]);
        if (stale.length > 0) this.#policy.observe?.({ kind: "stale", changes: stale });
      }
      for (const { group } of groups) this.#disk.carried.remove(group);
      this.#disk.journal.drop(upTo);
    });
    this.#size -= read;
  }

  #change(state: BufferState, also: () => void = () => {}): void {
    const { store } = this.#port;
    store.transaction(() => {
      also();
      writeState(store.sql, state);
    });
    this.#state = state;
  }

  /** Has all that waits now sent at once, unless the buffer is stopped. */
  async flush(): Promise<void> {
    await this.#port.wakeUp.by(Math.max(this.#port.clock(), this.stoppedUntilMs()));
    this.#change({ ...this.#state, flushUpTo: this.#lastSeq });
  }

  /** Ends a stop: a person acted, or the upstream is known to be back. */
  async resume(): Promise<void> {
    if (this.#state.stopped === null) return;
    await this.#port.wakeUp.by(this.#port.clock());
    this.#change({ ...this.#state, stopped: null });
  }

  /** Puts parked changes back with their own event times: those of `keys`, or all, of one `reason` if given. Returns how many. */
  async replay({ keys, reason }: { keys?: readonly string[]; reason?: string } = {}): Promise<number> {
    const { store, wakeUp, clock } = this.#port;
    await wakeUp.by(Math.max(clock(), this.stoppedUntilMs()));
    const back = store.transaction(() => {
      const parked = keys === undefined ? this.parked("", REPLAY_AT_ONCE, reason) : this.#disk.parked.some(keys);
      for (const { key } of parked) this.#disk.parked.giveBack(key);
      this.#lastSeq = append(this.#disk, this.#disk.journal.encode(parked), clock(), this.#lastSeq);
      return parked.length;
    });
    this.#size += back;
    await this.flush();
    return back;
  }

  /** Parked changes in the order of their keys, after the key `after`. */
  parked(after: string, limit: number, reason?: string): ParkedChange<V>[] {
    return this.#disk.parked.list(after, limit, reason ?? null);
  }

  /** What is known of one key; of what waits only the front of the journal is looked through. */
  trace(key: string): KeyTrace<V> {
    return traceOf(this.#disk, key, this.#policy.limits.windowChanges);
  }

  /** Forgets what was parked before a time: it is kept for a person, not for ever. */
  forgetParked(beforeMs: number): void {
    this.#disk.parked.forget(beforeMs);
  }

  /** What an operator may see. */
  look(): BufferLook {
    const { journal, carried, parked } = this.#disk;
    return {
      pending: journal.tally(),
      oldestPendingMs: journal.ends()?.first ?? null,
      carriedGroups: carried.size(),
      parked: parked.counts(),
      stopped: this.#state.stopped,
      drainedMs: this.#state.drainedMs,
      nextWakeMs: this.nextWakeMs(),
    };
  }

  /** How many changes wait in the journal. */
  get size(): number {
    return this.#size;
  }
}
