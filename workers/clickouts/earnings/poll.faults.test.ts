// Every way in which a network's reports go wrong: each is told, tried again and survived, and delays nobody else.
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { demoCredentials } from "../../../sandbox/demo.ts";
import type { Fault } from "../../../sandbox/faults.ts";
import { writePast } from "../../../sandbox/ledger/past.ts";
import { trueTotals } from "../../../sandbox/ledger/truth.ts";
import { sandbox } from "../../../test/support/outgoing.ts";
import { bookTotals, books, pollingHouse } from "../../../test/support/polling.ts";
import { database } from "../../../src/shared/db/client.ts";
import { credentialSummary } from "../../../src/shared/vault/credentials.ts";
import { credentialTests } from "../networks/credential-tests.ts";
import type { ReportNetwork } from "../networks/report-client.ts";
import { reserveCall } from "../networks/store-pace.ts";

const NOW_MS = Date.UTC(2026, 10, 21, 12, 7);
const DOOR: Record<ReportNetwork, string> = {
  afilio: "/api/leadsale_api.php",
  awin: "/publishers/",
  lomadee: "/api/lomadee/reportTransaction",
  rakuten: "/events/",
};
const NETWORKS = Object.keys(DOOR) as ReportNetwork[];

const FAULTS: Record<string, Fault> = {
  "a 429": { mode: "rate_limited", times: 2 },
  "a 429 that says when": { mode: "rate_limited", retryAfter: 7, times: 1 },
  "a 503": { mode: "error", times: 2 },
  "a torn body": { mode: "torn", times: 1 },
  "a cut body": { mode: "malformed", times: 1 },
  "HTML with HTTP 200": { mode: "wrong_type", times: 2 },
  "a token that dies": { mode: "token_dies", times: 3 },
};

/** Sales of the last weeks on these networks. */
function sell(networks: readonly ReportNetwork[], sales = 40) {
  writePast(sandbox().ledger, { seed: 3, sales, days: 40, endAt: NOW_MS, networks });
}

describe.for(NETWORKS)("%s", (network) => {
  test.for(Object.keys(FAULTS))("survives %s", async (fault) => {
    const house = await pollingHouse(NOW_MS, { networks: [network] });
    sell([network]);
    sandbox().simulators[network].faults.set({ ...FAULTS[fault]!, path: DOOR[network] });
    const run = await house.run();
    expect([run.state, run.steps[0]!.error]).toEqual(["done", null]);
    expect(sandbox().simulators[network].faults.list()).toEqual([]);
    expect(await bookTotals()).toEqual(trueTotals(sandbox().ledger));
  });

  test("survives an empty body", async () => {
    const house = await pollingHouse(NOW_MS, { networks: [network] });
    sell([network]);
    sandbox().simulators[network].faults.set({ mode: "empty", path: DOOR[network], times: 1 });
    const run = await house.run();
    expect(run.state).toBe("done");
    // At Afilio nothing at all may mean that there is nothing, so it is told and not asked again.
    expect(run.steps[0]!.warnings[0]).toContain(network === "afilio" ? "taken for no sales" : "An attempt failed");
    if (network !== "afilio") expect(await bookTotals()).toEqual(trueTotals(sandbox().ledger));
  });

  test("that stays away is given up with its reason, and the next run reads all that was missed", async () => {
    const house = await pollingHouse(NOW_MS, { networks: [network] });
    sell([network]);
    const { faults } = sandbox().simulators[network];
    faults.set({ mode: "wrong_type", path: DOOR[network] });
    const failed = await house.run();
    expect(failed.state).toBe("failed");
    expect(failed.steps[0]!.error).toMatch(/^Given up after 12 attempts\. .*Stored up to part 1 of/);
    expect((await books()).rows).toEqual([]);
    faults.clear();
    expect((await house.run()).state).toBe("done");
    expect(await bookTotals()).toEqual(trueTotals(sandbox().ledger));
  });
});

test("a network that fails delays no other", async () => {
  const house = await pollingHouse(NOW_MS);
  sell(NETWORKS);
  sandbox().simulators.awin.faults.set({ mode: "error" });
  await house.begin();
  await house.deliver();
  const { state, steps } = await house.newest();
  expect(state).toBe("running");
  expect(steps.map((step) => [step.name, step.state])).toEqual([
    ["afilio", "done"],
    ["awin", "running"],
    ["lomadee", "done"],
    ["rakuten", "done"],
  ]);
  expect(steps[1]!.error).toContain("HTTP 503");
  sandbox().simulators.awin.faults.clear();
  await house.settle();
  expect((await house.newest()).state).toBe("done");
  expect(await bookTotals()).toEqual(trueTotals(sandbox().ledger));
});

test("refused credentials are told where credentials are, without their text, until they are good again", async () => {
  const house = await pollingHouse(NOW_MS, { networks: ["awin"] });
  sell(["awin"]);
  sandbox().simulators.awin.faults.set({ mode: "error", status: 401, body: "bad token sandbox-awin-token" });
  const run = await house.run();
  expect(run.steps[0]!.error).toContain("awin refuses the credentials");
  const failing = await credentialSummary(database(env), "awin");
  expect(failing!.lastError).toContain("HTTP 401");
  expect(JSON.stringify([run, failing])).not.toContain("sandbox-awin-token");
  sandbox().simulators.awin.faults.clear();
  await house.run();
  expect((await credentialSummary(database(env), "awin"))!.lastError).toBeNull();
});

test("awin's 20 calls a minute are kept over runs", async () => {
  const house = await pollingHouse(NOW_MS, { networks: ["awin"] });
  sell(["awin"], 5);
  for (let run = 0; run < 20; run++) expect((await house.run()).state).toBe("done");
  const { requests } = sandbox().simulators.awin;
  expect(requests.length).toBeGreaterThan(25);
  for (const [n, { at }] of requests.entries()) {
    const earlier = requests[n - 20];
    if (earlier !== undefined) expect(at - earlier.at).toBeGreaterThan(59_000);
  }
});

test("a test of awin's credentials takes its turn among the calls of polling", async () => {
  const house = await pollingHouse(NOW_MS, { networks: ["awin"] });
  const turn = () => reserveCall(database(env), "awin", 3_000, NOW_MS);
  expect([await turn(), await turn()]).toEqual([NOW_MS, NOW_MS + 3_000]);
  await credentialTests["awin"]!(demoCredentials.awin, env, { ...house.deps, clock: () => NOW_MS + 5_990 }, "awin");
  expect(await turn()).toBe(NOW_MS + 9_000);
  expect(await reserveCall(database(env), "awin", 3_000, NOW_MS + 60_000)).toBe(NOW_MS + 60_000);
});

test("without credentials there is nothing to do", async () => {
  const house = await pollingHouse(NOW_MS, { networks: [] });
  expect(await house.run()).toMatchObject({ state: "done", steps: [] });
});
