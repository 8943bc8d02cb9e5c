// Windows: cut, halved and followed, they always cover what they were cut from, once.
import fc from "fast-check";
import { expect, test } from "vitest";
import { daysFrom, daysOf } from "./report-days.ts";
import { afterWindow, cursorOf, firstHalf, piecesOf, readCursor } from "./report-window.ts";

const DAY = 86_400_000;
const hoursFrom = (fromMs: number, hours: number) => fromMs + hours * 3_600_000;
const someWindow = fc
  .record({
    fromMs: fc.integer({ min: Date.UTC(2015, 0), max: Date.UTC(2026, 0) }),
    ms: fc.integer({ min: 1, max: 90 * DAY }),
  })
  .map(({ fromMs, ms }) => ({ fromMs, toMs: fromMs + ms }));

test("pieces follow each other from end to end, none longer than allowed", () => {
  fc.assert(
    fc.property(someWindow, fc.boolean(), (window, byDays) => {
      const pieces = piecesOf(window, 31, byDays ? daysFrom : hoursFrom);
      expect([pieces[0]?.fromMs, pieces.at(-1)?.toMs]).toEqual([window.fromMs, window.toMs]);
      for (const [i, piece] of pieces.entries()) {
        expect(piece.toMs).toBeGreaterThan(piece.fromMs);
        if (i > 0) expect(piece.fromMs).toBe(pieces[i - 1]?.toMs);
        if (byDays) expect(daysOf(piece)).toBeLessThanOrEqual(31);
        else expect(piece.toMs - piece.fromMs).toBeLessThanOrEqual(31 * 3_600_000);
      }
    }),
  );
});

test("halves of a slice, however often halved, cover it to its end", () => {
  fc.assert(
    fc.property(someWindow, fc.integer({ min: 1, max: 3 }), (slice, times) => {
      let window = { ...slice, more: null as string | null };
      for (let i = 0; i < times; i++) {
        const half = firstHalf(window, daysOf(window), daysFrom);
        if (half !== null) window = readCursor(slice, half);
      }
      expect(window.fromMs).toBe(slice.fromMs);
      for (let guard = 0; guard < 200; guard++) {
        const next = afterWindow(slice, window, daysOf(window), daysFrom);
        if (next === null) break;
        const after = readCursor(slice, next);
        expect(after.fromMs).toBe(window.toMs);
        expect(after.toMs).toBeGreaterThan(after.fromMs);
        window = after;
      }
      expect(window.toMs).toBe(slice.toMs);
    }),
  );
});

test("a single day is not halved", () => {
  const window = { fromMs: Date.UTC(2024, 4, 1, 12), toMs: Date.UTC(2024, 4, 1, 20) };
  expect(firstHalf(window, daysOf(window), daysFrom)).toBeNull();
});

test("a cursor keeps what the upstream said to ask next", () => {
  const slice = { fromMs: 5, toMs: 50 };
  expect(readCursor(slice, cursorOf({ fromMs: 7, toMs: 9 }, "page=2&x=a?b"))).toEqual({
    fromMs: 7,
    toMs: 9,
    more: "page=2&x=a?b",
  });
  expect(readCursor(slice, null)).toEqual({ ...slice, more: null });
});
