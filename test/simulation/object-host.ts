// The platform around one Durable Object: it starts a process when something calls, fires the alarm at least once (again
// after a crash, and now and then twice), and takes the process away when it likes.
import type { AlarmPort } from "../../src/shared/durable/wake-up.ts";
import type { Chance } from "./chance.ts";
import { Crash } from "./disk.ts";
import type { Process } from "./disk.ts";
import type { Timeline } from "./timeline.ts";

/** The platform fires an alarm whose handler was cut off again after this. */
const REFIRE_MS = 2_000;
const FIRES_TWICE = 0.05;

/** What the host may ask of the object. */
export interface HostedObject {
  alarm(): Promise<void>;
}

/** See the head of this file. */
export class ObjectHost<T extends HostedObject> {
  /** When the platform will fire; null if nobody wants it. */
  alarmAtMs: number | null = null;
  crashes = 0;
  /** How likely each step is the last one of its process. */
  crashRate = 0;
  #current: { object: T; process: Process; end: () => void } | null = null;
  #alarmRuns = false;
  readonly #timeline: Timeline;
  readonly #chance: Chance;
  readonly #start: (process: Process, alarm: AlarmPort) => T;
  readonly #trace: (line: string) => void;
  /** Told when a process is gone. */
  onCrash: () => void = () => {};
  /** Told of what an alarm threw, which it must not. */
  onBug: (error: unknown) => void = () => {};

  constructor(
    timeline: Timeline,
    chance: Chance,
    start: (process: Process, alarm: AlarmPort) => T,
    trace: (line: string) => void,
  ) {
    this.#timeline = timeline;
    this.#chance = chance;
    this.#start = start;
    this.#trace = trace;
  }

  /** Whether something may still be done without anybody calling. */
  get awake(): boolean {
    return this.#alarmRuns || this.alarmAtMs !== null;
  }

  get alarmRuns(): boolean {
    return this.#alarmRuns;
  }

  /** Calls the object, starting it if need be. Rejects with Crash if its process ends before the answer. */
  async call<R>(work: (object: T) => Promise<R>): Promise<R> {
    for (;;) {
      try {
        const { object, process } = this.#running();
        return await Promise.race([work(object), process.ended]);
      } catch (error) {
        // A process that ends while it starts has done nothing: the platform starts another.
        if (!(error instanceof StartFailed)) throw error;
      }
    }
  }

  /** Ends the process, whatever it is doing. */
  crash(why: string): void {
    if (this.#current === null) return;
    this.#trace(`crash: ${why}`);
    const { process, end } = this.#current;
    process.dead = true;
    this.#current = null;
    end();
    this.crashes += 1;
    if (this.#alarmRuns) {
      this.#alarmRuns = false;
      this.#schedule(Math.min(this.alarmAtMs ?? Infinity, this.#timeline.nowMs + REFIRE_MS));
    }
    this.onCrash();
  }

  #running(): { object: T; process: Process } {
    if (this.#current !== null) return this.#current;
    const { promise: ended, reject } = Promise.withResolvers<never>();
    // Nobody may be waiting for it.
    ended.catch(() => {});
    const process: Process = {
      dead: false,
      ended,
      step: (what) => {
        if (!this.#chance.happens(this.crashRate)) return;
        if (this.#current?.process === process) this.crash(what.trim().split("\n")[0]!.slice(0, 60));
        process.dead = true;
        throw new Crash();
      },
    };
    try {
      const object = this.#start(process, this.#alarmPort(process));
      this.#current = { object, process, end: () => reject(new Crash()) };
      return this.#current;
    } catch (error) {
      if (error instanceof Crash) throw new StartFailed();
      throw error;
    }
  }

  #alarmPort(process: Process): AlarmPort {
    return {
      getAlarm: async () => {
        if (process.dead) throw new Crash();
        return this.alarmAtMs;
      },
      setAlarm: async (atMs) => {
        process.step("setAlarm");
        if (process.dead) throw new Crash();
        this.#schedule(atMs);
        process.step("setAlarm");
      },
    };
  }

  #schedule(atMs: number): void {
    this.alarmAtMs = atMs;
    this.#timeline.at(atMs, () => this.#fire(atMs));
  }

  #fire(atMs: number): void {
    if (this.alarmAtMs !== atMs || this.#alarmRuns) return;
    this.alarmAtMs = null;
    this.#handle(this.#chance.happens(FIRES_TWICE));
  }

  #handle(twice: boolean): void {
    this.#alarmRuns = true;
    const crashes = this.crashes;
    this.call((object) => object.alarm()).then(
      () => {
        if (crashes !== this.crashes) return;
        this.#alarmRuns = false;
        if (twice) {
          this.#trace("the alarm fires twice");
          this.#handle(false);
        } else if (this.alarmAtMs !== null) {
          // What was set meanwhile could not fire while the handler ran.
          this.#schedule(Math.max(this.alarmAtMs, this.#timeline.nowMs));
        }
      },
      (error: unknown) => {
        if (!(error instanceof Crash)) this.onBug(error);
      },
    );
  }
}

class StartFailed extends Error {}
