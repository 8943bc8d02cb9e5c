// One buffer in a hostile world: its disk, its platform, its upstream, and the promises that are checked at every step.
import type * as Core from "../../src/shared/durable/buffer.ts";
import type { Change, NewChange } from "../../src/shared/durable/change.ts";
import { openDisk } from "../../src/shared/durable/disk.ts";
import { encodeRun } from "../../src/shared/durable/encoding.ts";
import type { Policy, Verdict } from "../../src/shared/durable/policy.ts";
import type { Store } from "../../src/shared/durable/store.ts";
import type * as Alarm from "../../src/shared/durable/wake-up.ts";
import type { Chance } from "./chance.ts";
import { Crash, Disk } from "./disk.ts";
import type { Process } from "./disk.ts";
import { ObjectHost } from "./object-host.ts";
import { Timeline } from "./timeline.ts";
import { Truth, Violation } from "./truth.ts";
import { Upstream } from "./upstream.ts";

/** The code under trial: the house's own, or a copy with something broken. */
export interface Trial {
  CoalescingBuffer: typeof Core.CoalescingBuffer;
  WakeUp: typeof Alarm.WakeUp;
}

type Buffer = Core.CoalescingBuffer<string>;

/** Small, so that windows, rows, pages and calls meet their borders within a few dozen changes. */
export const LIMITS = {
  flushAfterMs: 10_000,
  flushAt: 12,
  windowChanges: 30,
  orderMemoryMs: 24 * 3_600_000,
  rowChanges: 8,
  memoryPageChars: 150,
};

/** Keys that a call of the policy without groups may have. */
const FULL_CALL = 10;

const GIVE_UP_MS = 100_000;

const START_MS = 1_700_000_000_000;

/** `unheardOf`: nobody ever put anything into it, so it has no tables and may be cut off while it makes them. */
interface Kind {
  grouped: boolean;
  givesUp: boolean;
  unheardOf: boolean;
}

/** The object around the buffer, as thin as the real ones. */
class BufferObject {
  readonly buffer: Buffer;
  readonly #wakeUp: Alarm.WakeUp;
  readonly #failed: (error: unknown) => void;

  constructor(buffer: Buffer, wakeUp: Alarm.WakeUp, failed: (error: unknown) => void) {
    this.buffer = buffer;
    this.#wakeUp = wakeUp;
    this.#failed = failed;
  }

  alarm(): Promise<void> {
    return this.#wakeUp.run(
      () => this.buffer.work(),
      () => this.buffer.nextWakeMs(),
      this.#failed,
    );
  }
}

/** See the head of this file. */
export class BufferWorld {
  readonly timeline = new Timeline(START_MS);
  readonly disk: Disk;
  readonly truth = new Truth();
  readonly upstream: Upstream<string>;
  readonly host: ObjectHost<BufferObject>;
  readonly lines: string[] = [];
  /** Puts that have no answer yet. */
  unanswered = 0;
  /** The first broken promise. */
  violation: Violation | null = null;
  /** Each call is for one customer, and may fail by itself. */
  readonly #grouped: boolean;
  readonly #chance: Chance;
  readonly #trial: Trial;
  readonly #traced: boolean;
  #underWay = 0;
  /** Until when the object knows that it may not call, and since how many crashes. */
  #told = { untilMs: 0, crashes: 0 };

  /** What cannot be sent for minutes is parked. */
  readonly givesUp: boolean;

  constructor(chance: Chance, trial: Trial, kind: Kind, traced: boolean) {
    this.#chance = chance;
    this.#trial = trial;
    this.#grouped = kind.grouped;
    this.givesUp = kind.givesUp;
    this.disk = new Disk(kind.unheardOf ? null : makeTables);
    this.#traced = traced;
    this.upstream = new Upstream(this.timeline, chance);
    const trace = (line: string) => this.trace(line);
    this.host = new ObjectHost(this.timeline, chance, (process, alarm) => this.#start(process, alarm), trace);
    this.host.onCrash = () => {
      this.#underWay = 0;
    };
    this.host.onBug = (error) => this.broken(String(error));
  }

  /** A line of the story, with its time; made only where somebody reads it. */
  trace(line: string | (() => string)): void {
    if (!this.#traced) return;
    const seconds = ((this.timeline.nowMs - START_MS) / 1_000).toFixed(3);
    this.lines.push(`${seconds.padStart(11)} s  ${typeof line === "string" ? line : line()}`);
  }

  /** A person ends all patience. */
  mayCallAtOnce(): void {
    this.#told.untilMs = 0;
  }

  /** Notes a broken promise. */
  broken(words: string): void {
    this.trace(`BROKEN: ${words}`);
    this.violation ??= new Violation(words);
  }

  /** Lets time pass until something is broken or the time is over. */
  async pass(ms: number): Promise<void> {
    await this.timeline.runUntil(this.timeline.nowMs + ms, () => this.#check());
  }

  /** Puts changes as a caller does that sends again until it has its answer. */
  async put(changes: readonly NewChange<string>[]): Promise<void> {
    this.unanswered += 1;
    await this.#putUntilTaken(changes);
    this.unanswered -= 1;
  }

  async #putUntilTaken(changes: readonly NewChange<string>[]): Promise<void> {
    const parts = changes.flatMap(({ key, value, atMs }) => encodeRun({ value, atMs, keys: [key] }, kindOf(value)));
    for (let attempt = 1; attempt < 50; attempt++) {
      try {
        await this.host.call(({ buffer }) => (this.givesUp ? buffer.take(parts) : buffer.put(changes)));
        this.truth.commit(this.disk.journalled);
        const lost = changes.find(({ value }) => !this.truth.has(value));
        if (lost !== undefined) this.broken(`acknowledged, not on disk: ${lost.value}`);
        return;
      } catch (error) {
        if (!(error instanceof Crash)) return this.broken(String(error));
        await this.timeline.wait(this.#chance.whole(10, 3_000));
      }
    }
  }

  #start(process: Process, alarm: Alarm.AlarmPort): BufferObject {
    const clock = () => this.timeline.nowMs;
    const wakeUp = new this.#trial.WakeUp(alarm, clock);
    const port = {
      store: this.disk.open(process),
      wakeUp,
      clock,
      chance: () => this.#chance.next(),
      turn: () => this.timeline.wait(0),
    };
    const buffer = new this.#trial.CoalescingBuffer(port, this.#policy(process));
    return new BufferObject(buffer, wakeUp, (error) => {
      if (!(error instanceof Crash)) this.broken(`an alarm failed: ${String(error)}`);
    });
  }

  #policy(process: Process): Policy<string> {
    const send = (changes: readonly Change<string>[]) => this.#send(process, changes);
    const limits = this.givesUp ? { ...LIMITS, giveUpAfterMs: GIVE_UP_MS } : LIMITS;
    if (!this.#grouped) {
      const plan = (changes: Change<string>[]) => {
        const of = (kind: string) => changes.filter(({ value }) => kindOf(value) === kind);
        return { calls: [...chunks(of("delete"), FULL_CALL), ...chunks(of("add"), FULL_CALL)] };
      };
      return { limits: { ...limits, inFlight: 1 }, kindOf, plan, send };
    }
    const groupOf = (key: string) => key.split(".")[0]!;
    const plan = (changes: Change<string>[]) => ({
      calls: [...Map.groupBy(changes, ({ key }) => groupOf(key)).values()],
    });
    return { limits: { ...limits, inFlight: 3 }, kindOf, groupOf, plan, send };
  }

  async #send(process: Process, changes: readonly Change<string>[]): Promise<Verdict> {
    process.step("send");
    if (process.dead) throw new Crash();
    const { crashes } = this.host;
    this.#begin(changes, crashes);
    const refusal = (offending: string[]) => this.#refusal(offending);
    const verdict = await this.upstream.take(changes, refusal, () => process.dead);
    if (process.dead) throw new Crash();
    this.#underWay -= 1;
    const word = verdict.kind === "delivered" ? "delivered" : `${verdict.kind} ${verdict.reason}`;
    this.trace(() => `<- ${word}: ${namesOf(changes)}`);
    if (verdict.kind === "delivered") this.truth.confirmed(changes, crashes);
    const alone = this.#grouped && verdict.kind === "retry" && verdict.reason !== "rate_limited";
    if (verdict.kind === "retry" && verdict.retryAtMs !== undefined)
      this.#told = { untilMs: verdict.retryAtMs, crashes };
    process.step("answer");
    return alone ? { kind: "retry_call", reason: verdict.reason } : verdict;
  }

  #begin(changes: readonly Change<string>[], crashes: number): void {
    this.trace(() => `-> ${namesOf(changes)}`);
    this.truth.commit(this.disk.journalled);
    try {
      this.truth.sending(changes, crashes);
    } catch (error) {
      this.broken((error as Error).message);
    }
    this.#underWay += 1;
    if (this.#underWay > (this.#grouped ? 3 : 1)) this.broken("too many calls at once");
    if (!this.#grouped && changes.length > FULL_CALL) this.broken("a call is too large");
    if (this.timeline.nowMs < this.#told.untilMs && this.#told.crashes === crashes)
      this.broken("called before its time");
  }

  #refusal(offending: string[]): Verdict {
    const keys = this.#grouped && this.#chance.happens(0.5) ? { keys: offending } : {};
    return { kind: "refused", reason: "rejected", detail: offending.join(" "), ...keys };
  }

  #check(): void {
    this.truth.commit(this.disk.journalled);
    if (this.host.awake) return;
    // Nothing can wait before the first row was committed, nor can the tables be counted on.
    if (this.disk.journalled.length > 0 && this.disk.waiting() > 0) this.broken("changes wait and no alarm stands");
  }
}

function kindOf(value: string): string {
  return value.split("#")[0]!;
}

function makeTables(store: Store): void {
  openDisk(store, { limits: LIMITS } as Policy<string>);
}

function namesOf(changes: readonly Change<string>[]): string {
  return changes.map(({ key, value }) => `${key}=${value}`).join(" ");
}

function chunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, n) => all.slice(n * size, (n + 1) * size));
}
