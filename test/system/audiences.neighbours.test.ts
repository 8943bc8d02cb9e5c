// One tenant with a wrong key and one whose Split hangs, beside ten healthy ones: what the healthy ones wait for their flush
// does not change. Each tenant is an organisation of its own at Split, as customers of a deployment are.
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { House } from "./support/house.ts";

const HEALTHY = Array.from({ length: 10 }, (_, n) => `healthy-${n}`);
const WRONG_KEY = "wrong-key";
const HANGING = "hanging";
/** Segments of each sick tenant that have something to send. */
const SICK_SEGMENTS = 8;
const ROUNDS = 4;
const PROFILES = 100;
const FLUSH_SECONDS = 1;
/** What a busy machine may add by itself. A flush that waits for a hanging call, or for a refused key, waits for 10 s. */
const MEDIAN_NOISE_MS = 3_000;
const WORST_NOISE_MS = 6_000;

const house = new House({ vars: { SEGMENT_FLUSH_SECONDS: String(FLUSH_SECONDS) } });
const split = () => house.sandbox.simulators.split;
let people = 0;

const environmentOf = (tenant: string) => `${tenant}-production`;

/** Sends the changes of a hundred new people of one segment; resolves when they are acknowledged. */
async function put(tenant: string, segment = "s_all"): Promise<void> {
  const account_settings = {
    apiKey: `key-of-${tenant}`,
    workspaceId: tenant,
    environmentId: environmentOf(tenant),
    trafficTypeId: "user",
  };
  const audience = { audience_id: 1, audience_name: "all", audience_subscription_settings: { segmentName: segment } };
  const body = {
    type: "audience_membership_change_request",
    id: crypto.randomUUID(),
    timestamp_ms: Date.now(),
    account: { account_id: 1, account_settings },
    user_profiles: Array.from({ length: PROFILES }, () => {
      return { mpid: `-${++people}`, audiences: [{ ...audience, action: "add" }] };
    }),
  };
  const answer = await house.call("/mparticle", { method: "POST", body });
  expect(answer).toMatchObject({ status: 200 });
  expect(JSON.parse(answer.text)).toMatchObject({ suspend_subscription: false });
}

/** From the acknowledgement of a message to its call at Split, in milliseconds. */
async function flushDelay(tenant: string): Promise<number> {
  const mine = () => split().memberCalls.filter(({ environmentId }) => environmentId === environmentOf(tenant));
  const before = mine().filter(({ status }) => status === 200).length;
  await put(tenant);
  const acknowledgedMs = Date.now();
  for (const deadline = acknowledgedMs + 15_000; Date.now() < deadline; await wait(10)) {
    const call = mine().filter(({ status }) => status === 200)[before];
    if (call !== undefined) return call.at - acknowledgedMs;
  }
  return Infinity;
}

/** The flush delays of all healthy tenants, some rounds one after the other, in order of their length. */
async function flushDelays(): Promise<number[]> {
  const delays: number[] = [];
  for (let round = 0; round < ROUNDS; round++) delays.push(...(await Promise.all(HEALTHY.map(flushDelay))));
  return delays.toSorted((a, b) => a - b);
}

const medianOf = (sorted: readonly number[]) => sorted[Math.floor(sorted.length / 2)]!;
const worstOf = (sorted: readonly number[]) => sorted.at(-1)!;

const requestsOf = (tenant: string) => split().requests.filter(({ path }) => path.includes(`/${tenant}`)).length;

/** What an operator sees of a tenant. */
async function tenantOf(workspaceId: string): Promise<object> {
  const { items } = JSON.parse((await house.call("/api/audiences/tenants?limit=100")).text) as {
    items: { workspaceId: string }[];
  };
  return items.find((item) => item.workspaceId === workspaceId)!;
}

beforeAll(async () => {
  await house.open();
  for (const tenant of [...HEALTHY, WRONG_KEY, HANGING]) {
    split().state.add({
      name: tenant,
      keys: { [tenant === WRONG_KEY ? "another" : `key-of-${tenant}`]: { kind: "admin" } },
      workspaces: [
        {
          id: tenant,
          name: tenant,
          environments: [{ id: environmentOf(tenant), name: "Production" }],
          trafficTypes: [{ id: "user", name: "user" }],
        },
      ],
    });
  }
});
afterAll(() => house.close());

it("the flush delay of ten healthy tenants is the same beside a wrong key and a hanging Split", async () => {
  // Segments are made at Split by the first changes.
  await Promise.all(HEALTHY.map(flushDelay));
  const alone = await flushDelays();
  expect(worstOf(alone)).toBeLessThan(Infinity);

  const segments = "/internal/api/v2/segments";
  const paths = [`${segments}/${environmentOf(HANGING)}`, `${segments}/ws/${HANGING}`];
  split().faults.set(...paths.map((path) => ({ mode: "hang", path }) as const));
  const sick = [WRONG_KEY, HANGING].flatMap((tenant) =>
    Array.from({ length: SICK_SEGMENTS }, (_, n) => [tenant, `s_${n}`] as const),
  );
  await Promise.all(sick.map((one) => put(...one)));
  for (let n = 0; n < 100 && (requestsOf(HANGING) === 0 || requestsOf(WRONG_KEY) === 0); n++) await wait(50);
  const beside = await flushDelays();
  expect(requestsOf(HANGING)).toBeGreaterThanOrEqual(SICK_SEGMENTS);
  expect(await tenantOf(WRONG_KEY)).toMatchObject({ state: "needs_credentials", pending: SICK_SEGMENTS * PROFILES });
  expect(await tenantOf(HANGING)).toMatchObject({ state: "ok" });

  const told = (sorted: readonly number[]) => `median ${medianOf(sorted)} ms, worst ${worstOf(sorted)} ms`;
  process.stdout.write(`flush delay alone: ${told(alone)}; beside the sick: ${told(beside)}\n`);
  expect(medianOf(beside) - medianOf(alone), "more at the median, ms").toBeLessThan(MEDIAN_NOISE_MS);
  expect(worstOf(beside) - worstOf(alone), "more at worst, ms").toBeLessThan(WORST_NOISE_MS);
}, 240_000);
