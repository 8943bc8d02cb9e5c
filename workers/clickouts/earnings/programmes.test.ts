// The job `programmes` against the sandbox's networks: what a transition does, what no transition may do, and that neither
// repeated messages nor faults nor hasty operators make anything else of it.
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { interrupted } from "../../../test/support/interrupted.ts";
import { takeLog } from "../../../test/support/logged.ts";
import { sandbox } from "../../../test/support/outgoing.ts";
import { programmesHouse as house } from "../../../test/support/programmes.ts";
import type { ProgrammesHouse as House } from "../../../test/support/programmes.ts";

const awin = () => sandbox().simulators.awin.membership!;
const casa = {
  name: "Casa Aroeira",
  domains: ["casaaroeira.example"],
  networks: [{ network: "awin", externalId: "17648" }],
};

describe("a first list", () => {
  test("makes stores of what is new, leaves what an operator made, and is published once", async () => {
    const at = await house();
    await at.by.call("POST", "/api/clickouts/stores", casa);
    const before = await at.store("casaaroeira.example");
    const run = await at.run();
    expect(run).toMatchObject({ state: "done", job: "programmes" });
    expect(run.steps[0]).toMatchObject({
      name: "awin",
      warnings: [],
      counts: { joined: 6, newStores: 5, rulesChanged: 5 },
    });
    expect(await at.store("casaaroeira.example")).toEqual(before);
    const mare = await at.store("eletromare.example");
    expect(mare).toMatchObject({
      name: "Eletro Maré",
      domains: ["eletromare.example"],
      networks: [{ network: "awin", externalId: "18120", state: "joined" }],
      rule: { networks: ["awin"] },
    });
    expect(await at.rules(mare.storeId)).toEqual([
      { networks: ["awin"], cause: "programmes", author: "job:programmes", open: true },
    ]);
    expect(at.published()).toBe(1);
    const pointer = await env.KV.get<{ version: number }>("routes:pointer", "json");
    expect(await env.KV.get(`routes:${pointer!.version}`)).toContain("eletromare.example");
  });

  test("is followed by a day on which nothing is written or published", async () => {
    const at = await house();
    await at.run();
    const before = [await at.stores(), at.published()];
    expect((await at.nextDay()).steps[0]!.counts).toEqual({ pages: 1, programmes: 6 });
    expect([await at.stores(), at.published()]).toEqual(before);
  });
});

describe("an operator's word", () => {
  test("stands: a network that he took out of a rule is not put back by a list that says what it said before", async () => {
    const at = await house();
    await at.by.call("POST", "/api/clickouts/stores", {
      ...casa,
      networks: [...casa.networks, { network: "magazinevoce" }],
    });
    await at.run();
    const { storeId } = await at.store("casaaroeira.example");
    const rule = { store_id: storeId, network_priorities: [{ network_id: 5, order_priority: 0 }] };
    expect((await at.by.call("POST", "/rule", rule)).status).toBe(200);
    await at.nextDay();
    await at.nextDay();
    expect((await at.store("casaaroeira.example")).rule?.networks).toEqual(["magazinevoce"]);
  });

  test("that comes between decision and writing is not lost", async () => {
    let asked = 0;
    const meanwhile = async () => {
      asked += 1;
      const answer = await at.by.call("POST", "/api/clickouts/stores", {
        ...casa,
        name: `Loja ${asked}`,
        networks: [],
      });
      if (asked === 1) expect(answer.status).toBe(201);
    };
    const at: House = await house({ bindings: interrupted("programme", 1, meanwhile) });
    expect((await at.run()).state).toBe("done");
    expect(asked).toBe(1);
    // The store came first, so the programme is tied to it, and no store was made twice.
    const store = await at.store("casaaroeira.example");
    expect(store).toMatchObject({ name: "Loja 1", networks: [{ externalId: "17648", state: "joined" }] });
    expect((await at.stores()).map(({ storeId }) => storeId)).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe("a programme that is left", () => {
  test("is taken out of the rule; the last one closes it; joined again it serves again, at the end", async () => {
    const at = await house();
    await at.by.call("POST", "/api/clickouts/stores", {
      ...casa,
      networks: [...casa.networks, { network: "magazinevoce" }],
    });
    await at.run();
    const { storeId } = await at.store("casaaroeira.example");
    const alone = (await at.store("gamescapivara.example")).storeId;

    awin().leave("17648");
    awin().leave("18764");
    expect((await at.nextDay()).steps[0]!.counts).toMatchObject({ left: 2, rulesChanged: 1, rulesClosed: 1 });
    expect((await at.store("casaaroeira.example")).networks[0]).toMatchObject({ externalId: "17648", state: "left" });
    expect((await at.rules(storeId))[0]).toMatchObject({ networks: ["magazinevoce"], cause: "programmes", open: true });
    expect((await at.store("gamescapivara.example")).rule).toBeNull();
    expect((await at.by.call("GET", `/rule?store_id=${alone}`)).status).toBe(404);

    awin().join("17648");
    awin().join("18764");
    expect((await at.nextDay()).steps[0]!.counts).toMatchObject({ joined: 2, rulesChanged: 2 });
    const again = await at.store("casaaroeira.example");
    expect(again.rule?.networks).toEqual(["magazinevoce", "awin"]);
    expect(again.networks).toHaveLength(2);
    expect((await at.store("gamescapivara.example")).rule?.networks).toEqual(["awin"]);
    expect(await at.rules(storeId)).toHaveLength(3);
    expect(at.published()).toBe(3);
  });

  test("leaves the rule alone while another programme of the network serves the store", async () => {
    const at = await house();
    await at.run();
    awin().join("99001", { name: "Games Capivara Outlet", domains: ["outlet.gamescapivara.example"] });
    await at.nextDay();
    const both = await at.store("gamescapivara.example");
    expect(both.domains).toEqual(["gamescapivara.example"]);
    expect(both.networks.map(({ externalId }) => externalId)).toEqual(["18764", "99001"]);
    awin().leave("18764");
    await at.nextDay();
    expect((await at.store("gamescapivara.example")).rule).toEqual(both.rule);
  });
});

describe("a list that says too little", () => {
  test("empty once, is asked again in the same run, and nothing leaves", async () => {
    const at = await house();
    await at.run();
    const before = await at.stores();
    awin().emptyListOnce();
    const run = await at.nextDay();
    expect(run).toMatchObject({ state: "done" });
    expect(run.steps[0]!.warnings).toEqual([expect.stringContaining("awin's list is empty; the last one had 6")]);
    expect(await at.stores()).toEqual(before);
  });

  test("empty for good, is a failed run, and nothing leaves", async () => {
    const at = await house();
    await at.run();
    const before = await at.stores();
    for (const id of awin().list()) awin().leave(id);
    const run = await at.nextDay();
    expect(run).toMatchObject({ state: "failed", steps: [{ error: expect.stringContaining("list is empty") }] });
    expect(await at.stores()).toEqual(before);
    takeLog();
  });

  test("of which half is missing, still acts; of which more is, waits for an operator", async () => {
    const at = await house();
    await at.run();
    const before = await at.stores();
    for (const id of awin().list().slice(0, 3)) awin().leave(id);
    expect((await at.nextDay()).steps[0]!.counts).toMatchObject({ left: 3 });

    expect(awin().leaveMost()).toHaveLength(2);
    awin().join("99002", { name: "Nova", domains: ["nova.example"] });
    const half = await at.stores();
    const asking = await at.nextDay();
    expect(asking).toMatchObject({ state: "needs_confirmation", steps: [{ state: "needs_confirmation" }] });
    expect(asking.steps[0]!.error).toContain("2 of 3 programmes are missing in awin's list");
    expect(await at.stores()).toEqual(half);
    expect(half).toHaveLength(before.length);

    // What is confirmed is the list that was shown, whatever the network says by now.
    for (const id of awin().list()) awin().leave(id);
    await at.confirm(asking.id);
    await at.settle();
    expect(await at.newest()).toMatchObject({
      id: asking.id,
      state: "done",
      steps: [{ counts: { joined: 1, left: 2 } }],
    });
    expect((await at.stores()).filter(({ rule }) => rule !== null)).toHaveLength(2);
    takeLog();
  });

  test("that nobody confirmed, is asked again by the next run", async () => {
    const at = await house();
    await at.run();
    awin().leaveMost();
    const asked = await at.nextDay();
    const again = await at.nextDay();
    expect([asked.state, again.state]).toEqual(["needs_confirmation", "needs_confirmation"]);
    await expect(at.confirm(asked.id)).rejects.toMatchObject({ code: "nothing_to_confirm" });
    takeLog();
  });
});
