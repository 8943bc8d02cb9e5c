// Time and chance, passed in so that tests and simulations can hold them still.

/** Milliseconds since 1970 in UTC. In production it moves only after I/O. */
export type Clock = () => number;

/** The platform's clock. */
export const systemClock: Clock = () => Date.now();

/** `2026-11-21T14:02:11Z`: UTC, without milliseconds when they are zero. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

/** The UTC day of an instant: `2026-11-21`. */
export function utcDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
