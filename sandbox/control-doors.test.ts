// The control doors of sales, time and programmes, over the whole sandbox.
import { describe, expect, it } from "vitest";
import { createSandbox } from "./apps.ts";

const END = Date.UTC(2026, 10, 21, 16);

function house() {
  const sandbox = createSandbox({ now: () => END });
  const call = async (method: string, path: string, body?: unknown) => {
    const response = await sandbox.app.request(`/control/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  return { sandbox, call };
}

describe("sales", () => {
  it("a click that a network saw becomes a sale, ripens with the clock, and is in the report", async () => {
    const { sandbox, call } = house();
    const click = "/awin/cread.php?awinmid=17648&awinaffid=223344&clickref=k1";
    await sandbox.app.request(`${click}&ued=https%3A%2F%2Fwww.casaaroeira.example%2Fp%2F1`);
    const made = await call("POST", "ledger/sales", { clickId: "k1" });
    expect([made.status, made.body["clickId"]]).toEqual([201, "k1"]);
    await call("PUT", "clock", { advanceMs: 3_600_000 });
    const held = await call("GET", "ledger/awin");
    expect(held.body["transactions"]).toMatchObject([{ clickId: "k1", advertiserId: "17648" }]);
    const path = "/awin/publishers/223344/transactions/?timezone=UTC";
    const report = await sandbox.app.request(
      `${path}&startDate=2026-11-21T00:00:00&endDate=2026-11-22T00:00:00&accessToken=sandbox-awin-token`,
    );
    expect(await report.json()).toMatchObject([{ id: made.body["id"], clickRefs: { clickRef: "k1" } }]);
    expect((await call("POST", "ledger/sales", { clickId: "k2" })).status).toBe(404);
  });

  it("a past is invented on demand and its sales are decided one by one", async () => {
    const { sandbox, call } = house();
    expect((await call("POST", "ledger/past", { seed: 1, sales: 40 })).status).toBe(200);
    const waiting = sandbox.ledger.known("afilio").find(({ state }) => state.status === "pending");
    const id = waiting?.sale.id ?? 0;
    expect((await call("POST", `ledger/afilio/${id}`, { kind: "declined", reason: "x" })).status).toBe(200);
    const decided = sandbox.ledger.known("afilio").find(({ sale }) => sale.id === id);
    expect(decided?.state).toMatchObject({ status: "declined", declineReason: "x" });
    expect(decided?.sale.history.at(-1)?.at).toBe(END);
    expect((await call("POST", `ledger/afilio/${id}`, { kind: "paid" })).status).toBe(409);
    expect((await call("POST", "ledger/afilio/1", { kind: "approved" })).status).toBe(409);
    expect((await call("POST", `ledger/afilio/${id}`, { kind: "declined" })).status).toBe(400);
    expect((await call("POST", "ledger/past", { seed: 1 })).status).toBe(400);
    expect((await call("POST", "ledger/past", { seed: 1, sales: 1, clicks: [{ network: "digidip" }] })).status).toBe(
      400,
    );
    expect((await call("GET", "ledger/digidip")).status).toBe(404);
    expect((await call("GET", "ledger")).body["totals"]).not.toEqual([]);
  });
});

describe("the clock", () => {
  it("moves for all simulators at once", async () => {
    const { sandbox, call } = house();
    expect((await call("PUT", "clock", { now: 1_000 })).body).toEqual({ now: 1_000 });
    await sandbox.app.request("/rakuten/v1/partnerships");
    expect(sandbox.simulators.rakuten.requests[0]?.at).toBe(1_000);
    expect((await call("PUT", "clock", {})).status).toBe(400);
  });
});

describe("programmes", () => {
  it("are joined, left, emptied, mostly lost and reset", async () => {
    const { sandbox, call } = house();
    const all = ["2044", "2051", "2067", "2090"];
    expect((await call("GET", "afilio/programmes")).body).toEqual({ joined: all });
    expect((await call("DELETE", "afilio/programmes/2051")).body).toEqual({ joined: ["2044", "2067", "2090"] });
    expect((await call("PUT", "afilio/programmes/2051")).body).toEqual({ joined: all });
    const shop = { name: "Nova", domains: ["nova.example"] };
    expect((await call("PUT", "afilio/programmes/77", shop)).body).toEqual({ joined: [...all, "77"] });
    expect((await call("POST", "afilio/programmes/leave-most")).body).toEqual({ joined: ["2090", "77"] });
    expect((await call("POST", "afilio/programmes/reset")).body).toEqual({ joined: [...all, "77"] });
    await call("POST", "afilio/programmes/empty-once");
    expect(sandbox.simulators.afilio.membership?.takeEmptyList()).toBe(true);
  });

  it("exist only where there is a network that knows the shop", async () => {
    const { call } = house();
    expect((await call("PUT", "awin/programmes/1")).status).toBe(404);
    expect((await call("DELETE", "awin/programmes/1")).status).toBe(404);
    expect((await call("GET", "digidip/programmes")).status).toBe(404);
  });
});

it("only upstreams that mint tokens can lose them", async () => {
  const { call } = house();
  expect((await call("PUT", "rakuten/fault", { mode: "token_dies" })).status).toBe(200);
  expect((await call("PUT", "awin/fault", { mode: "token_dies" })).status).toBe(400);
});
