// A programme from outside: joined at the network, a store and its rule here, a tracked visit; then left, and the fallback.
// And a file of stores that is larger than a body may usually be. All on the built Worker with its own queue.
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { seed } from "../../scripts/seed.ts";
import { House } from "./support/house.ts";

const RUN_MS = 120_000;
/** The isolate that serves visits looks at the published table each 30 s. */
const SEEN_MS = 90_000;

const house = new House();

beforeAll(async () => {
  await house.open();
  await seed(house.origin, house.adminToken);
  // The slower networks are asked once every few seconds: a test does not wait for them.
  for (const name of ["afilio", "lomadee", "rakuten"])
    await house.call(`/api/credentials/${name}`, { method: "DELETE" });
});
afterAll(() => house.close());

const read = async (path: string) => JSON.parse((await house.call(path)).text);

async function run() {
  const { runId } = JSON.parse((await house.call("/api/jobs/programmes", { method: "POST" })).text);
  for (const end = Date.now() + RUN_MS; Date.now() < end; await wait(100)) {
    const found = (await read("/api/runs?job=programmes")).items.find((one: { runId: string }) => one.runId === runId);
    if (!["queued", "running"].includes(found.state)) return found;
  }
  throw new Error("the run did not end in time");
}

/** Where a visit of the new shop goes, once it goes there. */
async function visitedAt(part: string): Promise<string> {
  let location = "";
  for (const end = Date.now() + SEEN_MS; Date.now() < end; await wait(200)) {
    location = (await house.visit("https://www.lojanova.example/p/1")).headers.get("Location") ?? "";
    if (location.includes(part)) return location;
  }
  return location;
}

it("a programme that is joined is served within minutes, and one that is left no longer", async () => {
  expect(await run()).toMatchObject({ state: "done", steps: [{ name: "awin", counts: { joined: 6, newStores: 0 } }] });
  const { membership } = house.sandbox.simulators.awin;
  membership!.join("77001", { name: "Loja Nova", domains: ["lojanova.example"] });
  expect(await run()).toMatchObject({ steps: [{ counts: { joined: 1, newStores: 1, rulesChanged: 1 } }] });
  expect(await visitedAt("awinmid=77001")).toContain("/awin/cread.php");
  membership!.leave("77001");
  expect(await run()).toMatchObject({ steps: [{ counts: { left: 1, rulesClosed: 1 } }] });
  expect(await visitedAt("/digidip/")).toContain("/digidip/");
}, 600_000);

it("a file of 20,000 lines is looked at and brought in one piece", async () => {
  const lines = Array.from(
    { length: 20_000 },
    (_, n) =>
      `Loja do bairro numero ${n >> 1},bairro${n >> 1}.example,${n % 2 === 0 ? "awin" : "rakuten"},${n},${n % 2}`,
  );
  const body = ["name,domain,network,externalId,priority", ...lines].join("\n");
  expect(body.length).toBeGreaterThan(1_048_576);
  const put = async (query: string) =>
    JSON.parse(
      (
        await house.call(`/api/clickouts/stores.csv${query}`, {
          method: "PUT",
          body,
          headers: { "Content-Type": "text/csv" },
        })
      ).text,
    );
  const counts = { stores: 10_000, relations: 20_000, rules: 10_000, errors: [] };
  expect(await put("?dryRun=1")).toEqual(counts);
  expect(await put("")).toEqual(counts);
  expect(await put("")).toEqual({ stores: 0, relations: 0, rules: 0, errors: [] });
  expect((await read("/api/clickouts/stores?domain=bairro9999.example")).items).toMatchObject([
    { name: "Loja do bairro numero 9999", rule: { networks: ["awin", "rakuten"] } },
  ]);
}, 120_000);
