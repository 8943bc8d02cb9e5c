// From mParticle to Split over the built Worker: what was acknowledged is at Split, also across a power cut and an outage.
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { demoAudiences, demoSplit } from "../../sandbox/demo.ts";
import { mparticleSource } from "../../sandbox/mparticle/source.ts";
import type { MparticleSource } from "../../sandbox/mparticle/source.ts";
import { seeded } from "../../sandbox/seeded.ts";
import { House } from "./support/house.ts";

/** Ten seconds until a buffer's alarm, and time for a machine that does other things too. */
const AT_SPLIT_WITHIN_MS = 60_000;

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

/** Split's members equal those that mParticle counts, for every audience. */
async function inStep(): Promise<void> {
  const { split } = house.sandbox.simulators;
  const state = () =>
    demoAudiences.map(({ id }) => {
      const members = split.members(demoSplit.environmentId, source.settings(id)["segmentName"] ?? "");
      return [id, [...(members ?? [])].toSorted()];
    });
  const truth = demoAudiences.map(({ id }) => [id, [...source.members(id)].toSorted()]);
  const deadline = Date.now() + AT_SPLIT_WITHIN_MS;
  while (JSON.stringify(state()) !== JSON.stringify(truth) && Date.now() < deadline) await wait(250);
  expect(state()).toEqual(truth);
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
  await inStep();
  expect(await pending()).toBe(0);
  const { memberCalls } = house.sandbox.simulators.split;
  expect(memberCalls.length).toBeGreaterThan(0);
  expect(memberCalls.length).toBeLessThan(40);
});

it("loses nothing in a power cut right behind the last answer", async () => {
  await source.burst({ messages: 20, profiles: [50, 100] });
  await house.kill();
  await house.start();
  await inStep();
});

it("tells no secret anywhere", () => {
  const told = `${house.printed}\n${house.answers.slice(1).join("\n")}`;
  for (const secret of [demoSplit.apiKey, key, house.adminToken]) expect(told).not.toContain(secret);
});
