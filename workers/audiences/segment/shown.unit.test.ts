// What of a segment's buffer people are told, and when D1's row of it is renewed before its time.
import { describe, expect, test } from "vitest";
import type { SegmentLook } from "../objects.ts";
import { TOLD_EVERY_MS, alertOf, toldLately, traced } from "./shown.ts";

const look: SegmentLook = {
  segment: "s_vip",
  audienceId: null,
  state: "active",
  pendingAdds: 0,
  pendingDeletes: 0,
  oldestPendingAtMs: null,
  members: 94_000,
  membersAtMs: 1,
  lastFlushAtMs: 1,
  nextFlushAtMs: null,
  callsToday: 1,
  keysToday: 1,
  parked: 0,
};

describe("a row", () => {
  const reported = { alert: alertOf(look), atMs: 0, dueAtMs: 1 };

  test("that was told lately stays, whatever flows", () => {
    expect(toldLately(reported, { ...look, members: 94_999, keysToday: 9 }, TOLD_EVERY_MS - 1)).toBe(true);
  });

  test.for([{ state: "paused" }, { parked: 1 }, { members: 95_000 }] as const)(
    "is renewed at once for %o",
    (change) => {
      expect(toldLately(reported, { ...look, ...change }, 1)).toBe(false);
    },
  );

  test("is renewed after a minute, where it is not due, and where an older version wrote it", () => {
    expect(toldLately(reported, look, TOLD_EVERY_MS)).toBe(false);
    expect(toldLately({ ...reported, dueAtMs: null }, look, 1)).toBe(false);
    expect(toldLately({ atMs: 0, dueAtMs: 1 }, look, 1)).toBe(false);
  });
});

test("an MPID of which nothing is known has no trace", () => {
  expect(traced({ waiting: null, parked: null, sentEventMs: null })).toBeNull();
  expect(traced({ waiting: { value: "add" }, parked: null, sentEventMs: 5 })).toEqual({
    waiting: "add",
    parked: null,
    sentEventMs: 5,
  });
});
