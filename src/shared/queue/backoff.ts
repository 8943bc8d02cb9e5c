// How long a failed message waits. Pure.

const FIRST_SECONDS = 5;
/** With a queue's 100 retries this gives an outage of eight hours before a message is parked. */
const LONGEST_SECONDS = 300;

/** Seconds until the next attempt: 5, 10, 20, … 300. `attempts` counts the one that just failed, from 1. */
export function backoffSeconds(attempts: number): number {
  const doublings = Math.min(Math.max(0, Math.trunc(attempts) - 1), 16);
  return Math.min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** doublings);
}
