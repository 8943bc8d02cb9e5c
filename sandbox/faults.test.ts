// Each fault as a caller meets it in-process; no fault may take longer than its caller waits.
import { describe, expect, it } from "vitest";
import { createDigidip } from "./digidip/app.ts";
import { createLomadee } from "./lomadee/app.ts";
import { createFaults } from "./faults.ts";
import type { Fault } from "./faults.ts";

const path = "/v3/15600000sandbox/store/_all?sourceId=35990001";

async function struck(fault: Fault): Promise<Response> {
  const { app, faults } = createLomadee();
  faults.set(fault);
  return app.request(path);
}

describe("what a caller sees", () => {
  it("rate_limited is 429, with Retry-After only when given", async () => {
    expect((await struck({ mode: "rate_limited" })).headers.get("Retry-After")).toBeNull();
    const told = await struck({ mode: "rate_limited", retryAfter: 7 });
    expect([told.status, told.headers.get("Retry-After")]).toEqual([429, "7"]);
  });

  it("error is 503 or the status that was asked", async () => {
    expect((await struck({ mode: "error" })).status).toBe(503);
    expect((await struck({ mode: "error", status: 401 })).status).toBe(401);
  });

  it("wrong_type is a page, empty is nothing, redirect leads elsewhere", async () => {
    expect(await (await struck({ mode: "wrong_type" })).text()).toMatch(/^<html>/);
    expect(await (await struck({ mode: "empty" })).text()).toBe("");
    const moved = await struck({ mode: "redirect", location: "https://x.example/" });
    expect([moved.status, moved.headers.get("Location")]).toEqual([302, "https://x.example/"]);
  });

  it("torn gives the first half of the true body, then breaks", async () => {
    const whole = await (await createLomadee().app.request(path)).text();
    const response = await struck({ mode: "torn" });
    expect(response.headers.get("Content-Type")).toContain("application/json");
    const reader = response.body?.getReader();
    const half = await reader?.read();
    expect(whole.startsWith(new TextDecoder().decode(half?.value).slice(0, 100))).toBe(true);
    await expect(reader?.read()).rejects.toThrow("cut");
  });

  it("stall gives half the body and then nothing until the reader leaves", async () => {
    const response = await struck({ mode: "stall" });
    const reader = response.body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    await reader?.cancel();
  });

  it("huge never ends before 8 MiB", async () => {
    const body = await (await struck({ mode: "huge" })).arrayBuffer();
    expect(body.byteLength).toBe(8 * 1024 * 1024);
  });

  it("slow answers late but truly", async () => {
    const response = await struck({ mode: "slow", ms: 5 });
    expect(response.status).toBe(200);
  });

  it("hang ends when the caller goes away", async () => {
    const { app, faults } = createLomadee();
    faults.set({ mode: "hang" });
    const caller = new AbortController();
    const answer = app.request(path, { signal: caller.signal });
    caller.abort();
    expect((await answer).status).toBe(504);
  });
});

describe("where a fault strikes", () => {
  it("as many times as it was told, and then it is off the list", () => {
    const faults = createFaults(() => 0);
    faults.set({ mode: "hang", times: 2 });
    expect([1, 2, 3].map(() => faults.strike("/")?.mode)).toEqual(["hang", "hang", undefined]);
    expect(faults.list()).toEqual([]);
  });

  it("by chance, as the injected randomness says", () => {
    const draws = [0.1, 0.9];
    const faults = createFaults(() => draws.shift() ?? 1);
    faults.set({ mode: "empty", probability: 0.5 });
    expect([faults.strike("/")?.mode, faults.strike("/")]).toEqual(["empty", undefined]);
  });

  it("only below its path, and the first that fits wins", () => {
    const faults = createFaults(() => 0);
    faults.set({ mode: "empty", path: "/api" }, { mode: "huge" });
    expect(["/api/x", "/v2"].map((each) => faults.strike(each)?.mode)).toEqual(["empty", "huge"]);
  });

  it("nowhere after clear, and the calls were recorded all the same", async () => {
    const { app, faults, requests } = createDigidip();
    faults.set({ mode: "error" });
    await app.request("/sluice/visit");
    faults.clear();
    const response = await app.request("/sluice/visit?url=https%3A%2F%2Fa.example");
    expect([response.status, requests.length]).toEqual([302, 2]);
  });
});
