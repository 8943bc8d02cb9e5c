// What a shard remembers of its work for those who look: its newest deliveries, and today's count and delays. Pure.
import { utcDay } from "../../../src/shared/clock.ts";
import type { Attempt } from "./delivery.ts";

/** One line of the list of deliveries. The customer's id becomes a hash before anybody sees it. */
export interface DeliveryRecord extends Omit<Attempt, "outcome" | "status" | "ms"> {
  atMs: number;
  outcome: Attempt["outcome"] | "stale";
  status: string | null;
  ms: number | null;
}

/** Upper bounds of the delays from receipt to delivery; the last bucket has none. */
export const DELAY_BOUNDS_MS = [250, 500, 1_000, 1_500, 2_000, 2_500, 3_000, 5_000, 10_000, 60_000, 600_000, 3_600_000];

/** What one UTC day came to. */
export interface Today {
  day: string;
  delivered: number;
  /** How many delays fell into each bucket. */
  delays: readonly number[];
}

/** A day on which nothing was delivered yet. */
export function emptyDay(nowMs: number): Today {
  return { day: utcDay(nowMs), delivered: 0, delays: DELAY_BOUNDS_MS.map(() => 0).concat(0) };
}

/** The day with these delays counted; a new day begins at nothing. */
export function withDelays(today: Today, nowMs: number, delaysMs: readonly number[]): Today {
  const current = today.day === utcDay(nowMs) ? today : emptyDay(nowMs);
  const delays = [...current.delays];
  for (const delayMs of delaysMs) {
    const bound = DELAY_BOUNDS_MS.findIndex((upper) => delayMs <= upper);
    delays[bound === -1 ? DELAY_BOUNDS_MS.length : bound]! += 1;
  }
  return { day: current.day, delivered: current.delivered + delaysMs.length, delays };
}

/** Sums of the same bucket over several shards. */
export function sumDelays(all: readonly (readonly number[])[]): number[] {
  return DELAY_BOUNDS_MS.concat(0).map((_, bucket) => all.reduce((sum, delays) => sum + (delays[bucket] ?? 0), 0));
}

/** The upper bound of the bucket in which the 99th of a hundred lies; null without any. Beyond the last bound, that bound. */
export function p99Ms(delays: readonly number[]): number | null {
  const total = delays.reduce((sum, n) => sum + n, 0);
  if (total === 0) return null;
  let seen = 0;
  for (const [bucket, n] of delays.entries()) {
    seen += n;
    if (seen >= total * 0.99) return DELAY_BOUNDS_MS[bucket] ?? DELAY_BOUNDS_MS.at(-1)!;
  }
  return null;
}
