// Virtual time: what is to happen stands in one list, and the clock jumps from one event to the next. Events of the same
// instant happen in the order in which they were made, so a run depends on nothing but its seed.
import process from "node:process";
import { setImmediate } from "node:timers/promises";

interface Happening {
  atMs: number;
  order: number;
  happen: () => void;
}

/** See the head of this file. */
export class Timeline {
  nowMs: number;
  #order = 0;
  readonly #coming: Happening[] = [];

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  /** Lets something happen at a time; the past counts as now. */
  at(atMs: number, happen: () => void): void {
    const happening = { atMs: Math.max(atMs, this.nowMs), order: this.#order++, happen };
    // Few events stand here at once: a sorted list is faster than a heap.
    let place = this.#coming.length;
    while (place > 0 && this.#coming[place - 1]!.atMs > happening.atMs) place -= 1;
    this.#coming.splice(place, 0, happening);
  }

  /** A pause in virtual time. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => this.at(this.nowMs + ms, resolve));
  }

  /** Lets everything happen up to a time, and calls `after` when each event has had all its consequences of that instant. */
  async runUntil(endMs: number, after: () => void): Promise<void> {
    // What was asked for just now may have something to come; and the process must hear of other things now and then.
    await setImmediate();
    while (this.#coming.length > 0 && this.#coming[0]!.atMs <= endMs) {
      const { atMs, happen } = this.#coming.shift()!;
      this.nowMs = Math.max(this.nowMs, atMs);
      happen();
      await settled();
      after();
    }
    this.nowMs = Math.max(this.nowMs, endMs);
  }

  /** Whether nothing is to come. */
  get quiet(): boolean {
    return this.#coming.length === 0;
  }
}

/** Resolves when no promise of this instant is left to go on: Node empties that queue before its next tick. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve);
  });
}
