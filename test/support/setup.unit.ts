// After every test in Node: what the code logged is kept out of the output, and must not tell of a bug.
import { afterAll, afterEach, expect, vi } from "vitest";
import { keepLog, neverExpected, takeLog } from "./logged.ts";

keepLog();

afterEach(() => {
  expect(neverExpected(takeLog()), "log lines that mean a bug").toEqual([]);
});

// The process runs the next file too: that one begins with modules that remember nothing.
afterAll(() => void vi.resetModules());
