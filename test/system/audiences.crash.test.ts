// Membership changes under load, in disorder, with ten power cuts while buffers send: in the end each segment at Split has
// exactly those members whose newest event is an add.
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { demoSplit } from "../../sandbox/demo.ts";
import { pick, seeded, shuffled } from "../../sandbox/seeded.ts";
import { House } from "./support/house.ts";

const SEED = 20_261_121;
const SEGMENTS = ["s_crash_a", "s_crash_b"];
const PEOPLE = 400;
const PROFILES = 40;
const KILLS = 10;
const LANES = 4;
/** Split takes so long that a cut finds calls under way. */
const CALL_MS = 150;
/** Backoffs after the last cut end within this. */
const SETTLE_MS = 120_000;

const house = new House();
const random = seeded(SEED);
const people = Array.from({ length: PEOPLE }, (_, n) => `-${6_403_478_910_000_000_000n + BigInt(n)}`);
/** The newest event that was acknowledged, by segment and person. */
const truth = new Map<string, { atMs: number; action: "add" | "delete" }>();
let loading = true;
let acknowledged = 0;
/** Event times, each used once, in disorder. */
let times: number[] = [];
let firstMs = 0;

interface Profile {
  mpid: string;
  segment: string;
  action: "add" | "delete";
}

const body = (atMs: number, profiles: readonly Profile[]) => ({
  type: "audience_membership_change_request",
  id: crypto.randomUUID(),
  timestamp_ms: atMs,
  account: { account_id: 1, account_settings: demoSplit },
  user_profiles: profiles.map(({ mpid, segment, action }) => ({
    mpid,
    audiences: [
      { audience_id: 7, audience_name: segment, audience_subscription_settings: { segmentName: segment }, action },
    ],
  })),
});

/** Sends until it is taken, as mParticle does; what was never taken counts for nothing. */
async function send(message: object): Promise<void> {
  for (;;) {
    const answer = await house.call("/mparticle", { method: "POST", body: message }).catch(() => null);
    if (answer?.status === 200) return;
    if (answer !== null && answer.status < 500) throw new Error(`the door answered ${answer.status}: ${answer.text}`);
    await wait(50);
  }
}

/** The next hundred milliseconds, shuffled. */
function pickTime(): number {
  if (times.length === 0) {
    times = shuffled(
      Array.from({ length: 100 }, (_, n) => firstMs + n),
      random,
    );
    firstMs += 100;
  }
  return times.pop()!;
}

/** A message of many people, in disorder with its neighbours. */
async function push(): Promise<void> {
  const atMs = pickTime();
  const profiles = shuffled(people, random)
    .slice(0, PROFILES)
    .map((mpid) => ({ mpid, segment: pick(SEGMENTS, random), action: random() < 0.6 ? "add" : "delete" }) as const);
  await send(body(atMs, profiles));
  acknowledged += profiles.length;
  for (const { mpid, segment, action } of profiles) {
    const known = truth.get(`${segment} ${mpid}`);
    if (known === undefined || atMs > known.atMs) truth.set(`${segment} ${mpid}`, { atMs, action });
  }
}

interface Item {
  id: string;
  pendingAdds: number;
  pendingDeletes: number;
  parked: number;
}

async function segments(): Promise<Item[]> {
  const answer = await house.call("/api/audiences/segments").catch(() => null);
  return answer?.status === 200 ? (JSON.parse(answer.text) as { items: Item[] }).items : [];
}

/** Has the buffers send all the time. */
async function flushing(): Promise<void> {
  while (loading) {
    for (const { id } of await segments()) {
      await house.call(`/api/audiences/segments/${id}/flush`, { method: "POST" }).catch(() => null);
    }
    await wait(100);
  }
}

/** Waits until Split has been called since it had been so many times: a cut is one during flushes. */
async function callAfter(calls: number): Promise<void> {
  const { requests } = house.sandbox.simulators.split;
  await expect.poll(() => requests.length, { timeout: SETTLE_MS, interval: 20 }).toBeGreaterThan(calls);
}

const expected = (segment: string) =>
  people.filter((mpid) => truth.get(`${segment} ${mpid}`)?.action === "add").toSorted();
const held = (segment: string) =>
  [...(house.sandbox.simulators.split.members(demoSplit.environmentId, segment) ?? [])].toSorted();

beforeAll(async () => {
  const { split } = house.sandbox.simulators;
  split.limits.organisation = { calls: 100_000, seconds: 60 };
  split.limits.address = { calls: 100_000, seconds: 60 };
  split.faults.set({ mode: "slow", ms: CALL_MS });
  firstMs = Date.now() - 600_000;
  await house.open();
});
afterAll(() => house.close());

it("has exactly the newest members at Split after ten power cuts during flushes", { timeout: 400_000 }, async () => {
  const lane = async () => {
    while (loading) await push();
  };
  const load = Promise.all([...Array.from({ length: LANES }, lane), flushing()]);
  for (let cut = 0; cut < KILLS; cut++) {
    await callAfter(house.sandbox.simulators.split.requests.length);
    await wait(Math.floor(random() * 900));
    await house.kill();
    await house.start();
  }
  loading = false;
  await load;
  expect(acknowledged).toBeGreaterThan(KILLS * PROFILES);
  for (const { id } of await segments()) await house.call(`/api/audiences/segments/${id}/flush`, { method: "POST" });
  const settled = () =>
    SEGMENTS.every((segment) => JSON.stringify(held(segment)) === JSON.stringify(expected(segment)));
  for (const endsAt = Date.now() + SETTLE_MS; !settled() && Date.now() < endsAt;) await wait(250);
  for (const segment of SEGMENTS) expect(held(segment)).toEqual(expected(segment));
  // What changes nothing at Split may still be on its way.
  const nothing = { pendingAdds: 0, pendingDeletes: 0, parked: 0 };
  const left = async () =>
    (await segments()).map(({ pendingAdds, pendingDeletes, parked }) => ({ pendingAdds, pendingDeletes, parked }));
  await expect.poll(left, { timeout: SETTLE_MS }).toEqual(SEGMENTS.map(() => nothing));
});
