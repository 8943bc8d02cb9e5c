// Before and after every test in workerd: a migrated database, a new sandbox, nothing left of the test before.
import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, afterEach, beforeEach, expect, vi } from "vitest";
import { keepLog, neverExpected, takeLog } from "./logged.ts";
import { renewSandbox, sandboxFetch, takeRefused } from "./outgoing.ts";

// Tests, Worker, objects and alarms share this global.
globalThis.fetch = sandboxFetch;
keepLog();

beforeEach(async () => {
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
  renewSandbox();
  // Queues of the runtime may still have delivered messages of the file before, after its last test.
  takeLog();
});

afterEach(async () => {
  const [refused, logged] = [takeRefused(), takeLog()];
  await reset();
  // Asserted here, so that a test fails even where the code under test swallows the error.
  expect(refused, "requests to somewhere else than the sandbox").toEqual([]);
  expect(neverExpected(logged), "log lines that mean a bug").toEqual([]);
});

// The runtime serves the next file too: that one begins with modules that remember nothing.
afterAll(() => void vi.resetModules());
