// The gate of one network: five failures, thirty seconds, one probe, a cap per minute, and the upstream's own word.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admit, circuitOf, failed, OPEN_GATE, paused, refused, succeeded } from "./gate.ts";
import type { GateState } from "./gate.ts";

const T = 1_763_700_000_000;
const MANY = 1_000;

function passed(state: GateState, nowMs: number, cap = MANY): GateState {
  const answer = admit(state, nowMs, cap);
  if (refused(answer)) throw new Error(`refused: ${answer.skip}`);
  return answer;
}

/** A gate after so many calls that failed at `nowMs`. */
function afterFailures(times: number, nowMs = T): GateState {
  let state = OPEN_GATE;
  for (let n = 0; n < times; n += 1) state = failed(passed(state, nowMs), nowMs);
  return state;
}

describe("the circuit", () => {
  test("stays closed for four failures and opens at the fifth, for thirty seconds", () => {
    expect(circuitOf(afterFailures(4), T)).toBe("closed");
    const open = afterFailures(5);
    expect(circuitOf(open, T)).toBe("open");
    expect(admit(open, T + 29_999, MANY)).toEqual({ skip: "circuit_open", untilMs: T + 30_000 });
    expect(circuitOf(open, T + 30_000)).toBe("half_open");
  });

  test("counts failures in a row: one success begins anew", () => {
    const state = failed(passed(succeeded(passed(afterFailures(4), T)), T), T);
    expect(circuitOf(state, T)).toBe("closed");
  });

  test("lets one probe through and nobody beside it", () => {
    const probing = passed(afterFailures(5), T + 30_000);
    expect(admit(probing, T + 30_001, MANY)).toEqual({ skip: "circuit_open", untilMs: T + 35_000 });
  });

  test("closes when the probe succeeds", () => {
    const closed = succeeded(passed(afterFailures(5), T + 30_000));
    expect(circuitOf(closed, T + 30_100)).toBe("closed");
    expect(refused(admit(passed(closed, T + 30_100), T + 30_100, MANY))).toBe(false);
  });

  test("opens for another thirty seconds when the probe fails", () => {
    const open = failed(passed(afterFailures(5), T + 30_000), T + 30_400);
    expect(admit(open, T + 60_399, MANY)).toEqual({ skip: "circuit_open", untilMs: T + 60_400 });
    expect(refused(admit(open, T + 60_400, MANY))).toBe(false);
  });

  test("lets the next caller probe when a probe was lost with its request", () => {
    const probing = passed(afterFailures(5), T + 30_000);
    expect(refused(admit(probing, T + 34_999, MANY))).toBe(true);
    const second = passed(probing, T + 35_000);
    expect(refused(admit(second, T + 35_001, MANY))).toBe(true);
  });

  test("lets a probe through after a probe that was told to wait", () => {
    const waiting = paused(passed(afterFailures(5), T + 30_000), T + 30_000, T + 40_000);
    expect(admit(waiting, T + 39_999, MANY)).toEqual({ skip: "rate_limited", untilMs: T + 40_000 });
    expect(refused(admit(waiting, T + 40_000, MANY))).toBe(false);
  });
});

describe("the cap", () => {
  const minute = T - (T % 60_000);

  test("admits so many calls in a minute and as many in the next", () => {
    let state = OPEN_GATE;
    for (let n = 0; n < 3; n += 1) state = passed(state, minute + n, 3);
    expect(admit(state, minute + 59_999, 3)).toEqual({ skip: "rate_limited", untilMs: minute + 60_000 });
    for (let n = 0; n < 3; n += 1) state = passed(state, minute + 60_000, 3);
    expect(refused(admit(state, minute + 60_001, 3))).toBe(true);
  });

  test("of zero admits nothing", () => {
    expect(admit(OPEN_GATE, T, 0)).toMatchObject({ skip: "rate_limited" });
  });

  test("counts calls that fail", () => {
    expect(afterFailures(4, minute).calls).toBe(4);
  });
});

describe("a network that asks to wait", () => {
  test("is left alone until the time it named, or for a minute", () => {
    expect(admit(paused(OPEN_GATE, T, T + 7_000), T + 6_999, MANY)).toEqual({
      skip: "rate_limited",
      untilMs: T + 7_000,
    });
    expect(refused(admit(paused(OPEN_GATE, T, T + 7_000), T + 7_000, MANY))).toBe(false);
    expect(paused(OPEN_GATE, T, undefined).pausedUntilMs).toBe(T + 60_000);
  });

  test("is not left alone for ever, whatever it named, nor until a time that is past", () => {
    expect(paused(OPEN_GATE, T, T + 999_999_999_000).pausedUntilMs).toBe(T + 3_600_000);
    expect(paused(OPEN_GATE, T, T - 5_000).pausedUntilMs).toBe(T);
  });

  test("has not failed: its circuit stays as it was", () => {
    expect(circuitOf(paused(afterFailures(4), T, undefined), T)).toBe("closed");
  });
});

test("a refusal always names a time at which it ends, and by which someone is let through again", () => {
  const step = fc.record({
    wait: fc.integer({ min: 0, max: 40_000 }),
    end: fc.constantFrom("good", "bad", "limit", "lost"),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (steps, cap) => {
      let [state, nowMs] = [OPEN_GATE, T];
      for (const { wait, end } of steps) {
        nowMs += wait;
        const answer = admit(state, nowMs, cap);
        if (refused(answer)) {
          expect(answer.untilMs).toBeGreaterThan(nowMs);
          continue;
        }
        state = answer;
        if (end === "good") state = succeeded(state);
        if (end === "bad") state = failed(state, nowMs);
        if (end === "limit") state = paused(state, nowMs, undefined);
      }
      expect(refused(admit(state, nowMs + 120_000, cap))).toBe(false);
    }),
  );
});
