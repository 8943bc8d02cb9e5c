// The one alarm of a Durable Object, shared by all that want to be woken. A wish is never lost: it only moves the alarm
// nearer, and an alarm whose work fails is set again. Alarms may fire twice, so work must look whether it is due.
import type { Clock } from "../clock.ts";

/** What the platform offers. */
export interface AlarmPort {
  getAlarm(): Promise<number | null>;
  setAlarm(atMs: number): Promise<void>;
}

/** After work that failed for a reason nobody foresaw. */
const AFTER_FAILURE_MS = 10_000;

/** See the head of this file. */
export class WakeUp {
  readonly #alarm: AlarmPort;
  readonly #clock: Clock;
  /** When the alarm stands; undefined while only the platform knows. */
  #atMs: number | null | undefined;

  constructor(alarm: AlarmPort, clock: Clock) {
    this.#alarm = alarm;
    this.#clock = clock;
  }

  /** Wakes the object no later than this. Await it before what is to be done later is written, so that neither stands alone. */
  async by(atMs: number): Promise<void> {
    if (this.#atMs === undefined) {
      const standing = await this.#alarm.getAlarm();
      // Another wish may have come first while we asked.
      this.#atMs ??= standing;
    }
    if (this.#atMs !== null && this.#atMs <= atMs) return;
    this.#atMs = atMs;
    try {
      await this.#alarm.setAlarm(atMs);
    } catch (error) {
      this.#atMs = undefined;
      throw error;
    }
  }

  /**
   * The whole of an object's `alarm()`: does the work, and whatever becomes of it sets the alarm for what `next` still
   * wants. `failed` is told of an error; nothing is thrown, since the platform gives up an alarm that throws.
   */
  async run(work: () => Promise<void>, next: () => number | null, failed: (error: unknown) => void): Promise<void> {
    // Not null: the platform may fire an alarm again while the next one stands already.
    this.#atMs = undefined;
    let nextMs: number | null = null;
    try {
      await work();
      nextMs = next();
    } catch (error) {
      failed(error);
      nextMs = this.#clock() + AFTER_FAILURE_MS;
    } finally {
      if (nextMs !== null) await this.by(nextMs);
    }
  }

  /** To be called after the object emptied its storage, which takes its alarm along. */
  forget(): void {
    this.#atMs = null;
  }
}
