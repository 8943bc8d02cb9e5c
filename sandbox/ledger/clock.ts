// The sandbox's clock: real time, or real time moved, so that a test can let a sale ripen for weeks in an instant.

/** `now` is handed to whatever needs time; the clock may only be moved forward by `advance`, anywhere by `set`. */
export interface VirtualClock {
  now: () => number;
  /** It shows `ms` from here on, and runs on from there. */
  set(ms: number): void;
  advance(ms: number): void;
}

/** A clock over `real`, showing the same until it is moved. */
export function virtualClock(real: () => number): VirtualClock {
  let aheadMs = 0;
  return {
    now: () => real() + aheadMs,
    set(ms) {
      aheadMs = ms - real();
    },
    advance(ms) {
      aheadMs += ms;
    },
  };
}
