// The clock as it is in production: it stands still while code runs and moves only when I/O has ended.
import type { Clock } from "../../../src/shared/clock.ts";

/** A clock that shows the time of the last I/O. */
export interface IoClock extends Clock {
  /** Passes an I/O operation through; when it settles, the clock catches up. */
  readonly io: <T>(operation: Promise<T>) => Promise<T>;
}

/** Freezes `source`, which is the real clock or one that the test moves. */
export function ioClock(source: Clock): IoClock {
  let frozenMs = source();
  const catchUp = () => {
    frozenMs = source();
  };
  return Object.assign(() => frozenMs, {
    io: async <T>(operation: Promise<T>): Promise<T> => {
      try {
        return await operation;
      } finally {
        catchUp();
      }
    },
  });
}

/** A clock that a test moves by hand. */
export interface ManualClock extends Clock {
  forward(ms: number): void;
}

/** Starts at a fixed instant unless told otherwise. */
export function manualClock(startMs = Date.UTC(2026, 10, 21, 12)): ManualClock {
  let nowMs = startMs;
  return Object.assign(() => nowMs, {
    forward: (ms: number) => {
      nowMs += ms;
    },
  });
}
