// The schedule of Standard Webhooks, and what a receiver may say to it.
import { describe, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../clock.ts";
import { MAX_ATTEMPTS, nextOf } from "./schedule.ts";
import type { Attempt } from "./schedule.ts";

const NOW = 1_763_726_400_000;
const refused = (more: Partial<Extract<Attempt, { ok: false }>> = {}): Attempt => ({
  ok: false,
  reason: "rejected",
  detail: "HTTP 404",
  status: 404,
  ...more,
});

/** Milliseconds from a failed attempt to the next one, or what else follows. */
const waits = (attempt: Attempt, chance: number) =>
  Array.from({ length: MAX_ATTEMPTS }, (_, i) => {
    const next = nextOf(attempt, i + 1, NOW, chance);
    return next.state === "pending" ? next.dueAtMs - NOW : next.state;
  });

test("ten attempts at 0, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h, then parked", () => {
  expect(waits(refused(), 0)).toEqual([
    5 * SECOND_MS,
    5 * MINUTE_MS,
    30 * MINUTE_MS,
    2 * HOUR_MS,
    5 * HOUR_MS,
    10 * HOUR_MS,
    14 * HOUR_MS,
    20 * HOUR_MS,
    24 * HOUR_MS,
    "parked",
  ]);
});

test("chance adds a tenth at most", () => {
  expect(waits(refused(), 1).slice(0, 3)).toEqual([5.5 * SECOND_MS, 5.5 * MINUTE_MS, 33 * MINUTE_MS]);
});

test("any 2xx is delivered, at any attempt", () => {
  expect(nextOf({ ok: true, status: 299 }, 10, NOW, 0)).toEqual({ state: "delivered" });
});

test("410 parks at once and disables", () => {
  expect(nextOf(refused({ status: 410 }), 1, NOW, 0)).toEqual({ state: "parked", disable: true });
});

describe("a receiver that asks for patience", () => {
  test("is asked again when it said, if that is later than the schedule, and within a day", () => {
    const due = (retryAtMs: number) => nextOf(refused({ status: 429, retryAtMs }), 1, NOW, 0);
    expect(due(NOW + 1)).toMatchObject({ dueAtMs: NOW + 5 * SECOND_MS });
    expect(due(NOW + HOUR_MS)).toMatchObject({ dueAtMs: NOW + HOUR_MS, restUntilMs: NOW + HOUR_MS });
    expect(due(NOW + 99 * HOUR_MS)).toMatchObject({ dueAtMs: NOW + 24 * HOUR_MS, restUntilMs: NOW + HOUR_MS });
  });

  test.each([
    [refused({ status: 429 }), true],
    [refused({ status: 502 }), true],
    [refused({ status: 504 }), true],
    [refused({ status: undefined, reason: "timeout" }), true],
    [refused({ status: undefined, reason: "unavailable" }), true],
    [refused({ status: 500 }), false],
    [refused({ status: 301, reason: "redirected" }), false],
    [refused({ status: undefined, reason: "bad_address" }), false],
  ])("%j rests: %s", (attempt, rests) => {
    expect(nextOf(attempt, 1, NOW, 0)).toMatchObject({ restUntilMs: rests ? NOW + MINUTE_MS : null });
  });
});
