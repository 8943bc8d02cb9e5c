// How long a buffer waits after its calls failed. Pure: chance is passed in.

/** From 2 s to 10 min (systems/audiences), doubling. */
const FIRST_MS = 2_000;
const LONGEST_MS = 600_000;

/** Milliseconds until the next attempt. `failures` counts the one that just failed, from 1; `chance` is from 0 to 1. */
export function backoffMs(failures: number, chance: number): number {
  const wholeMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 16));
  // Half of it is left to chance, so that buffers that failed together do not come back together.
  return Math.round(wholeMs * (0.5 + chance / 2));
}
