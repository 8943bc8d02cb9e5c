import { expect, test } from "vitest";
import { configuredCrons, isDue } from "./crons.ts";

const due = (cron: string, at: string) => isDue(cron, new Date(at));

test("a cron is due in its minute, by UTC", () => {
  expect(due("* * * * *", "2026-11-21T12:34:56Z")).toBe(true);
  expect(due("7 * * * *", "2026-11-21T12:07:00Z")).toBe(true);
  expect(due("7 * * * *", "2026-11-21T12:08:00Z")).toBe(false);
  expect(due("11 4 * * *", "2026-11-21T04:11:59Z")).toBe(true);
  expect(due("11 4 * * *", "2026-11-21T05:11:00Z")).toBe(false);
  expect(due("0 0 1 * *", "2026-12-01T00:00:00Z")).toBe(true);
});

test("what it does not understand is an error", () => {
  expect(() => due("*/5 * * * *", "2026-11-21T12:00:00Z")).toThrow("*/5");
});

test("every configured cron is understood", () => {
  const crons = configuredCrons();
  expect(crons).toContain("* * * * *");
  for (const cron of crons) expect(() => due(cron, "2026-11-21T12:00:00Z")).not.toThrow();
});
