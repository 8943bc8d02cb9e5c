// The way out of a test: the sandbox, and nothing else.
import { expect, test } from "vitest";
import { SANDBOX_ORIGIN, sandbox, takeRefused } from "./outgoing.ts";

test("requests to the sandbox's origin meet its simulators", async () => {
  const response = await fetch(`${SANDBOX_ORIGIN}/awin/no-such-path`);
  expect(response.status).toBeGreaterThanOrEqual(400);
  expect(sandbox().simulators.awin.requests.map(({ path }) => path)).toEqual(["/no-such-path"]);
});

test("each test has a sandbox of its own", () => {
  expect(sandbox().simulators.awin.requests).toEqual([]);
});

test("a request to anywhere else throws and is remembered, even where the throw is swallowed", async () => {
  await fetch("https://api.awin.com/x", { method: "POST" }).catch(() => null);
  expect(takeRefused()).toEqual(["POST https://api.awin.com/x"]);
});

test("a caller's deadline ends a request", async () => {
  await expect(fetch(`${SANDBOX_ORIGIN}/awin/`, { signal: AbortSignal.abort() })).rejects.toThrow();
});
