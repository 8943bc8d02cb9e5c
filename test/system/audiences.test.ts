// From mParticle to Split over the built Worker: what was acknowledged is at Split, also across a power cut and an outage.
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { demoAudiences, demoSplit } from "../../sandbox/demo.ts";
import { mparticleSource } from "../../sandbox/mparticle/source.ts";
import type { MparticleSource } from "../../sandbox/mparticle/source.ts";
import { seeded } from "../../sandbox/seeded.ts";
import { House } from "./support/house.ts";

/** Ten seconds until a buffer's alarm, and time for a machine that does other things too. */
const AT_SPLIT_WITHIN_MS = 90_000;

const house = new House();
let source: MparticleSource;
let key = "";

/** Adds and deletes that wait in all buffers. */
async function pending(): Promise<number> {
  const { items } = JSON.parse((await house.call("/api/audiences/segments")).text) as {
    items: { pendingAdds: number; pendingDeletes: number }[];
  };
  return items.reduce((sum, item) => sum + item.pendingAdds + item.pendingDeletes, 0);
}

/** Who is in each audience, as mParticle counts it. */
const truth = () => demoAudiences.map(({ id }) => [id, [...source.members(id)].toSorted()]);

/** Who is in each segment at Split, once that is the truth, or when there has been time enough. */
async function atSplit() {
  const { split } = house.sandbox.simulators;
  const now = () =>
    demoAudiences.map(({ id }) => {
      const members = split.members(demoSplit.environmentId, source.settings(id)["segmentName"] ?? "");
      return [id, [...(members ?? [])].toSorted()];
    });
  const deadline = Date.now() + AT_SPLIT_WITHIN_MS;
  while (JSON.stringify(now()) !== JSON.stringify(truth()) && Date.now() < deadline) await wait(250);
  return now();
}

beforeAll(async () => {
  await house.open();
  const scopes = [`audiences:ingest:${demoSplit.workspaceId}`];
  const made = await house.call("/api/keys", { method: "POST", body: { name: "mParticle", scopes } });
  key = (JSON.parse(made.text) as { key: string }).key;
  source = mparticleSource({
    // The port changes with a restart.
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      const body = await request.text();
      return fetch(`${house.origin}${pathname}`, { method: "POST", headers: request.headers, body });
    },
    wait: (ms) => wait(ms / 10),
    url: "http://sluice.test/mparticle",
    token: key,
    account: { id: "split", settings: demoSplit },
    audiences: demoAudiences,
    now: Date.now,
    random: seeded(7),
  });
});
afterAll(() => house.close());

it("registers, subscribes, and has every acknowledged change at Split, by few calls", async () => {
  expect(await source.register()).toMatchObject({ status: 200 });
  for (const { id } of demoAudiences) expect(await source.subscribe(id)).toMatchObject({ status: 200 });
  await source.burst({ messages: 60, profiles: [50, 100], duplicates: 0.2 });
  expect(await source.heartbeat()).toMatchObject({ status: 200 });
  expect([source.state(), source.lost, source.complaints]).toEqual(["sending", [], []]);
  expect(await atSplit()).toEqual(truth());
  expect(await pending()).toBe(0);
  const { memberCalls } = house.sandbox.simulators.split;
  expect(memberCalls.length).toBeGreaterThan(0);
  expect(memberCalls.length).toBeLessThan(40);
});

it("loses nothing in a power cut right behind the last answer", async () => {
  await source.burst({ messages: 20, profiles: [50, 100] });
  await house.kill();
  await house.start();
  expect(await atSplit()).toEqual(truth());
});

it("shows what waits as soon as it is taken, and sends it when told to", async () => {
  const body = {
    ...demoSplit,
    apiToken: demoSplit.apiKey,
    verb: "add",
    segment: "sPelo_lote",
    mpids: ["1", "-2", null],
  };
  const post = (more: object) => house.call("/audiences", { method: "POST", body: { ...body, ...more }, key });
  expect(await post({})).toMatchObject({ status: 200, text: "MPIDs add" });
  expect(await post({ verb: "DELETE", mpids: ["3"] })).toMatchObject({ status: 200, text: "MPIDs DELETE" });
  const { workspaceId, environmentId } = demoSplit;
  const buffer = `${demoSplit.apiKey.slice(0, 4)}****:${workspaceId}:${environmentId}:sPelo_lote`;
  const lines = (await house.call("/cache")).text.split("\n");
  expect(lines).toEqual(expect.arrayContaining([`${buffer}:add => 2`, `${buffer}:delete => 1`]));
  const { items } = JSON.parse((await house.call("/api/audiences/segments")).text) as {
    items: { id: string; segment: string; pendingAdds: number; pendingDeletes: number }[];
  };
  const shown = items.find(({ segment }) => segment === "sPelo_lote")!;
  expect(shown).toMatchObject({ pendingAdds: 2, pendingDeletes: 1 });
  expect((await house.call(`/api/audiences/segments/${shown.id}/flush`, { method: "POST" })).status).toBe(202);
  const members = () => house.sandbox.simulators.split.members(environmentId, "sPelo_lote");
  await expect.poll(() => members()?.size, { timeout: AT_SPLIT_WITHIN_MS }).toBe(2);
  expect(members()).toEqual(new Set(["1", "-2"]));
  const tenants = JSON.parse((await house.call("/api/audiences/tenants")).text) as { items: object[] };
  expect(tenants.items).toEqual([expect.objectContaining({ workspaceId, state: "ok", segments: 5, lastError: null })]);
});

it("takes 500,000 MPIDs in one body, and keeps them while their tenant's key is wrong", async () => {
  const mpids = Array.from({ length: 500_000 }, (_, n) => `-${6_403_478_910_000_000_000n + BigInt(n)}`);
  const body = {
    apiToken: "wrong",
    workspaceId: "large",
    environmentId: "e",
    trafficTypeId: "t",
    verb: "add",
    segment: "s_all",
    mpids,
  };
  expect(await house.call("/audiences", { method: "POST", body })).toMatchObject({ status: 200, text: "MPIDs add" });
  const list = async () =>
    JSON.parse((await house.call("/api/audiences/segments?workspace_id=large")).text) as { items: object[] };
  expect(await list()).toMatchObject({ items: [{ segment: "s_all", pendingAdds: 500_000 }] });
  const [{ id }] = (await list()).items as [{ id: string }];
  await house.call(`/api/audiences/segments/${id}/flush`, { method: "POST" });
  const state = async () => ((await list()).items as [{ state: string }])[0].state;
  await expect.poll(state, { timeout: AT_SPLIT_WITHIN_MS }).toBe("paused");
  expect(await list()).toMatchObject({ items: [{ state: "paused", pendingAdds: 500_000 }] });
  const tenants = JSON.parse((await house.call("/api/audiences/tenants")).text) as { items: object[] };
  expect(tenants.items).toContainEqual(expect.objectContaining({ workspaceId: "large", state: "needs_credentials" }));
  // The neighbour's key works on.
  expect(tenants.items).toContainEqual(expect.objectContaining({ workspaceId: demoSplit.workspaceId, state: "ok" }));
});

it("tells no secret anywhere", () => {
  const told = `${house.printed}\n${house.answers.slice(1).join("\n")}`;
  for (const secret of [demoSplit.apiKey, key, house.adminToken]) expect(told).not.toContain(secret);
});
