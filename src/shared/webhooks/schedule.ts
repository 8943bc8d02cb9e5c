// What becomes of a delivery after an attempt, by the schedule of Standard Webhooks. Pure: chance is passed in.
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../clock.ts";

/** Before each attempt, since the one before failed; ten in all, over three days. */
const DELAYS_MS = [
  0,
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
] as const;

/** Attempts before a delivery is parked. */
export const MAX_ATTEMPTS = DELAYS_MS.length;

/** Up to a tenth more, so that what failed together does not come back together. */
const JITTER = 0.1;
/** A receiver may ask for more patience than the schedule has, but not for ever. */
const LONGEST_ASKED_MS = DAY_MS;
/** A receiver that is overloaded or away is left alone for so long with what it has not seen yet. */
const REST_MS = MINUTE_MS;
const LONGEST_REST_MS = HOUR_MS;

/** How an attempt ended. */
export type Attempt =
  | { ok: true; status: number }
  | {
      ok: false;
      /** A snake_case word. */
      reason: string;
      /** A sentence without secrets. */
      detail: string;
      status?: number | undefined;
      /** When the receiver asked us to come back. */
      retryAtMs?: number | undefined;
    };

/** What follows from it. `disable`: the receiver wants nothing any more. */
export type Next =
  | { state: "delivered" }
  | { state: "pending"; dueAtMs: number; restUntilMs: number | null }
  | { state: "parked"; disable: boolean };

/** What follows from the `attempts`-th attempt, counted from 1. `chance` is from 0 to 1. */
export function nextOf(attempt: Attempt, attempts: number, nowMs: number, chance: number): Next {
  if (attempt.ok) return { state: "delivered" };
  if (attempt.status === 410) return { state: "parked", disable: true };
  const delayMs = DELAYS_MS[attempts];
  if (delayMs === undefined) return { state: "parked", disable: false };
  const asked = Math.min(attempt.retryAtMs ?? 0, nowMs + LONGEST_ASKED_MS);
  const dueAtMs = Math.round(Math.max(nowMs + delayMs * (1 + JITTER * chance), asked));
  return { state: "pending", dueAtMs, restUntilMs: overloaded(attempt) ? restOf(asked, nowMs) : null };
}

/** Whether the failure tells of the receiver and not of what was sent: by the specification such a one is spared. */
function overloaded({ status, reason }: { status?: number | undefined; reason: string }): boolean {
  if (status === undefined) return reason === "timeout" || reason === "unavailable";
  return status === 429 || (status >= 502 && status <= 504);
}

function restOf(askedMs: number, nowMs: number): number {
  return Math.min(Math.max(askedMs, nowMs + REST_MS), nowMs + LONGEST_REST_MS);
}
