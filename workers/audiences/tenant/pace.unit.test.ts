import { expect, test } from "vitest";
import { Pace } from "./pace.ts";

const T = 1_000_000_000_000;

test("twenty may call at once, the others one a second, in the order in which they asked", () => {
  const pace = new Pace();
  const times = Array.from({ length: 500 }, (_, n) => pace.ask(`buffer-${n}`, T));
  expect(times.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 0));
  expect(times.slice(20)).toEqual(Array.from({ length: 480 }, (_, n) => T + (n + 1) * 1_000));
});

test("a reserved time is kept for its buffer, asked about or not, and is no second call", () => {
  const pace = new Pace();
  for (let n = 0; n < 20; n++) pace.ask(`first-${n}`, T);
  const mine = pace.ask("mine", T);
  expect(pace.ask("mine", T + 10)).toBe(mine);
  expect(pace.ask("other", T + 10)).toBe(mine + 1_000);
  expect(pace.ask("mine", mine)).toBe(0);
  expect(pace.ask("mine", mine)).toBeGreaterThan(mine);
});

test("no minute sees more than eighty calls, however many buffers ask", () => {
  const pace = new Pace();
  const calls: number[] = [];
  const next = new Map(Array.from({ length: 200 }, (_, n) => [`b${n}`, T]));
  for (let nowMs = T; nowMs < T + 180_000; nowMs += 100) {
    for (const [who, atMs] of next) {
      if (atMs > nowMs) continue;
      const until = pace.ask(who, nowMs);
      if (until === 0) calls.push(nowMs);
      next.set(who, until === 0 ? nowMs + 100 : until);
    }
  }
  for (const from of calls) {
    expect(calls.filter((at) => at >= from && at < from + 60_000).length).toBeLessThanOrEqual(80);
  }
  expect(calls.length).toBeGreaterThan(180);
});

test("a block holds for all, voids what was reserved before its end, and nobody storms behind it", () => {
  const pace = new Pace();
  for (let n = 0; n < 25; n++) pace.ask(`b${n}`, T);
  pace.block(T + 60_000);
  pace.block(T + 30_000);
  expect(pace.blockedUntilMs).toBe(T + 60_000);
  expect(pace.ask("b24", T + 5_000)).toBe(T + 60_000);
  expect(pace.ask("new", T + 5_000)).toBe(T + 61_000);
  expect(pace.ask("b24", T + 60_000)).toBe(0);
  expect(new Pace(T + 9_000).ask("a", T)).toBe(T + 9_000);
});

test("a reservation that nobody used is given up", () => {
  const pace = new Pace();
  for (let n = 0; n < 20; n++) pace.ask(`b${n}`, T);
  const mine = pace.ask("mine", T);
  for (let n = 0; n < 20; n++) pace.ask(`c${n}`, mine + 120_000);
  expect(pace.ask("mine", mine + 120_000)).toBeGreaterThan(0);
});
