// No click that was answered is lost or counted twice: a burst, then a power cut.
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { demoStores } from "../../sandbox/demo.ts";
import { seed } from "../../scripts/seed.ts";
import { burst } from "./support/burst.ts";
import { House } from "./support/house.ts";
import { recordedIds } from "./support/recorded.ts";

const VISITS = 10_000;
const CONNECTIONS = 16;
/** A batch is handed over 50 ms after its first click; thirty times that is time enough on a busy machine. */
const AFTER_LAST_ANSWER_MS = 1_500;

const house = new House();
const paths = demoStores.flatMap(({ domains }) =>
  ["a", "b", "c"].map((name) => `/visit?url=${encodeURIComponent(`https://${domains[0]}/produto/${name}`)}`),
);
let answered: string[] = [];

beforeAll(async () => {
  await house.open();
  await seed(house.origin, house.adminToken);
});
afterAll(() => house.close());

it("answers 10,000 visits at 16 connections, each with a click id of its own", async () => {
  const { clickIds, otherStatuses } = await burst(house.origin, paths, VISITS, CONNECTIONS);
  expect(otherStatuses).toEqual([]);
  answered = clickIds.toSorted();
  expect(new Set(answered).size).toBe(VISITS);
});

it("has recorded every one of them exactly once after a kill -9 right behind the last answer", async () => {
  const { clickIds } = await burst(house.origin, paths, 500, CONNECTIONS);
  answered = [...answered, ...clickIds].toSorted();
  await wait(AFTER_LAST_ANSWER_MS);
  await house.kill();
  await house.start();
  const found = await recordedIds(house, answered.length);
  expect(found.length).toBe(answered.length);
  expect(found).toEqual(answered);
});
