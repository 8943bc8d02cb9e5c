// How far back a chart looks, by the word in its page's address, and how wide its steps are. Pure.
import { DAY_MS, HOUR_MS } from "../clock.ts";

const RANGES = {
  day: { bucketMs: HOUR_MS, buckets: 24 },
  week: { bucketMs: 6 * HOUR_MS, buckets: 28 },
  month: { bucketMs: DAY_MS, buckets: 30 },
} as const;
export type Range = keyof typeof RANGES;

/** The range that an address names; a day where it names none. */
export function rangeOf(text: string | null): Range {
  return text !== null && Object.hasOwn(RANGES, text) ? (text as Range) : "day";
}

/** What to ask of the past: whole steps, the last of which holds now. */
export function stepsUpTo(range: Range, nowMs: number): { fromMs: number; toMs: number; bucketMs: number } {
  const { bucketMs, buckets } = RANGES[range];
  const toMs = (Math.floor(nowMs / bucketMs) + 1) * bucketMs;
  return { fromMs: toMs - buckets * bucketMs, toMs, bucketMs };
}
