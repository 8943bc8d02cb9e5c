// Ten thousand pixels in random order, with duplicates, outages, ended tokens and ten power cuts: in the end Maxymiser holds
// of every attribute the value of the newest event, and never got an older one after a newer.
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { demoMaxymiser } from "../../sandbox/demo.ts";
import { between, pick, seeded, shuffled } from "../../sandbox/seeded.ts";
import { drawCustomerIds, pixelOf, postBody } from "../../sandbox/sdt/pixels.ts";
import type { PixelFact } from "../../sandbox/sdt/pixels.ts";
import { House } from "./support/house.ts";

const { siteId, credentials } = demoMaxymiser;
const SEED = 20_261_121;
const CUSTOMERS = 250;
const ATTRIBUTES = ["customer_type", "nível"];
const VERSIONS = 20;
const KILLS = 10;
const LANES = 6;
/** Backoffs of the shards after the last outage end within this. */
const SETTLE_MS = 200_000;

const house = new House();
const random = seeded(SEED);
const maxymiser = () => house.sandbox.simulators.maxymiser;

/** Every event: the version is its value and its second, so that the newest is known. */
function events(): PixelFact[] {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const facts = drawCustomerIds(CUSTOMERS, random).flatMap((customerId) =>
    ATTRIBUTES.flatMap((attribute) =>
      Array.from({ length: VERSIONS }, (_, version): PixelFact => {
        const utcSeconds = nowSeconds - 3_600 + version;
        return { siteId, customerId, attributes: { [attribute]: String(version) }, utcSeconds };
      }),
    ),
  );
  return shuffled(facts, random);
}

/** Bodies of one to a hundred pixels; a tenth of them come twice. */
function bodies(facts: readonly PixelFact[]): string[] {
  const all: string[] = [];
  for (let at = 0; at < facts.length;) {
    const pixels = facts.slice(at, (at += between(1, 100, random))).map((fact) => pixelOf(fact, random));
    all.push(JSON.stringify(postBody(pixels, Math.floor(Date.now() / 1_000), random)));
  }
  return shuffled([...all, ...all.filter(() => random() < 0.1)], random);
}

/** Pushes as a patient source does: again until it is taken. */
async function push(posts: readonly string[]): Promise<void> {
  const waiting = posts.values();
  const lane = async () => {
    for (const body of waiting) {
      for (;;) {
        const status = await house
          .call("/receive_data/mm", { method: "POST", body })
          .then((answer) => answer.status)
          .catch(() => 0);
        if (status === 200) break;
        if (status !== 0 && status !== 503) throw new Error(`the door answered ${status}`);
        await wait(50);
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** Something goes wrong upstream. */
function trouble(): void {
  const { faults, tokens } = maxymiser();
  if (random() < 0.5) tokens.expire();
  faults.set(
    pick(
      [
        { mode: "error", status: 503, probability: 0.5 } as const,
        { mode: "rate_limited", retryAfter: 1, probability: 0.3 } as const,
        { mode: "slow", ms: 200, probability: 0.5 } as const,
        { mode: "torn", probability: 0.3 } as const,
        { mode: "error", status: 500, path: "/eu/oauth2/", times: 2 } as const,
      ],
      random,
    ),
  );
}

/** Customers whose attributes are not yet those of the newest events. */
function behind(customers: readonly string[]): string[] {
  const newest = JSON.stringify(ATTRIBUTES.map(() => String(VERSIONS - 1)));
  return customers.filter((customer) => {
    const held = maxymiser().attributes(siteId, customer) ?? {};
    return JSON.stringify(ATTRIBUTES.map((name) => held[name])) !== newest;
  });
}

beforeAll(async () => {
  await house.open();
  const put = await house.call(`/api/credentials/maxymiser:${siteId}`, { method: "PUT", body: credentials });
  if (put.status !== 200) throw new Error(put.text);
});
afterAll(() => house.close());

it("brings the newest of ten thousand pixels to Maxymiser, through ten power cuts", { timeout: 400_000 }, async () => {
  const facts = events();
  expect(facts).toHaveLength(10_000);
  const posts = bodies(facts);
  const share = Math.ceil(posts.length / KILLS);
  for (let kill = 0; kill < KILLS; kill++) {
    trouble();
    const pushed = push(posts.slice(kill * share, (kill + 1) * share));
    await wait(between(200, 2_500, random));
    await house.kill();
    maxymiser().faults.clear();
    await house.start();
    await pushed;
  }
  const customers = [...new Set(facts.map(({ customerId }) => customerId))];
  const deadline = Date.now() + SETTLE_MS;
  while (behind(customers).length > 0 && Date.now() < deadline) await wait(500);
  expect(behind(customers)).toEqual([]);

  const seen = new Map<string, number>();
  const backwards: string[] = [];
  for (const { customerId, attributes, status } of maxymiser().puts) {
    for (const [name, value] of status < 300 ? Object.entries(attributes) : []) {
      const key = `${customerId} ${name}`;
      if (Number(value) < (seen.get(key) ?? 0)) backwards.push(`${key}: ${value} after ${seen.get(key)}`);
      seen.set(key, Number(value));
    }
  }
  expect(backwards).toEqual([]);
  const parked = await house.call("/api/visitors/parked");
  expect(JSON.parse(parked.text)).toEqual({ items: [], nextCursor: null });
});
