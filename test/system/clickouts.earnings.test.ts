// A sale from outside: a shopper's click, an order, the network's report, and whose it was — on the built Worker's own queue.
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { seed } from "../../scripts/seed.ts";
import { House } from "./support/house.ts";
import { recordedIds } from "./support/recorded.ts";

const PRODUCT = "https://www.petcaramelo.example/produto/racao";
/** Six calls at one a second, and the queue's own waiting. */
const RUN_MS = 120_000;
/** How often it is looked again. */
const AGAIN_MS = 100;

const house = new House();

beforeAll(async () => {
  await house.open();
  await seed(house.origin, house.adminToken);
  // The slower networks are asked once every few seconds: a test does not wait for them.
  for (const name of ["afilio", "awin", "lomadee"]) await house.call(`/api/credentials/${name}`, { method: "DELETE" });
});
afterAll(() => house.close());

const read = async (path: string) => JSON.parse((await house.call(path)).text);

async function ended(runId: string) {
  for (const end = Date.now() + RUN_MS; Date.now() < end; await wait(AGAIN_MS)) {
    const run = (await read("/api/runs")).items.find((one: { runId: string }) => one.runId === runId);
    if (!["queued", "running"].includes(run.state)) return run;
  }
  throw new Error("the run did not end in time");
}

it("what a click earned is read by a run, and shows the click, its ref and its store", async () => {
  const visit = await house.call(`/visit?ref=deal_7&url=${encodeURIComponent(PRODUCT)}`, { key: null });
  const clickId = visit.headers.get("X-Clickout-Id")!;
  expect(visit.headers.get("Location")).toContain("/rakuten/deeplink");
  await fetch(visit.headers.get("Location")!, { redirect: "manual" });
  expect(await recordedIds(house, 1)).toEqual([clickId]);
  const { ledger } = house.sandbox;
  const click = ledger.clicks.find((one) => one.clickId === clickId);
  expect(click).toBeDefined();
  const lines = [{ sku: "T-42", product: "Tênis", quantity: 1, saleMinor: 19_990, commissionMinor: 999 }];
  const atMs = Date.now();
  ledger.place({
    network: "rakuten",
    kind: "sale",
    advertiserId: click!.advertiserId,
    orderRef: "A-1",
    clickId,
    clickedAt: click!.at,
    occurredAt: click!.at,
    url: PRODUCT,
    currency: "BRL",
    history: [
      { at: atMs, kind: "placed", lines },
      { at: atMs, kind: "approved" },
    ],
  });

  const started = await house.call("/api/jobs/transactions", { method: "POST" });
  expect(started.status).toBe(202);
  const { runId } = JSON.parse(started.text);
  expect((await house.call("/api/jobs/transactions", { method: "POST" })).status).toBe(409);
  expect(await ended(runId)).toMatchObject({
    job: "transactions",
    cause: "operator",
    state: "done",
    steps: [{ name: "rakuten", state: "done", counts: { created: 1 } }],
  });
  const { items } = await read("/api/clickouts/transactions?ref=deal_7");
  expect(items).toMatchObject([
    {
      network: "rakuten",
      orderRef: "A-1",
      status: "approved",
      sale: { value: "199.90", currency: "BRL" },
      commission: { value: "9.99", currency: "BRL" },
      clickoutId: clickId,
      ref: "deal_7",
      storeId: expect.any(Number),
    },
  ]);
  const { items: networks } = await read("/api/clickouts/networks");
  expect(networks.find(({ name }: { name: string }) => name === "rakuten").lastRunAt).not.toBeNull();
}, 240_000);

it("the clock of every configured cron is obeyed", async () => {
  const fire = (cron: string) =>
    fetch(`${house.origin}/cdn-cgi/handler/scheduled?${new URLSearchParams({ cron }).toString()}`);
  expect((await fire("11 4 * * *")).status).toBe(200);
  const retention = async () => (await read("/api/runs?job=retention")).items as { runId: string }[];
  await expect.poll(retention, { timeout: RUN_MS }).toHaveLength(1);
  expect((await ended((await retention())[0]!.runId)).state).toBe("done");
  await fire("* * * * *");
  expect((await read("/api/runs?job=sweep")).items).toEqual([]);
  expect((await house.call("/metrics")).text).toContain(
    'sluice_job_last_success_timestamp_seconds{job="transactions"}',
  );
});
