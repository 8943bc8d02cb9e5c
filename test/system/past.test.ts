// The demo company's past from outside: what the networks report must be clicks that the built Worker knows.
import { afterAll, beforeAll, expect, it } from "vitest";
import { LEDGER_NETWORKS } from "../../sandbox/ledger/sale.ts";
import type { Sale } from "../../sandbox/ledger/sale.ts";
import { seed } from "../../scripts/seed.ts";
import { seedPast } from "../../scripts/seed-past.ts";
import { House } from "./support/house.ts";

const house = new House();

beforeAll(async () => {
  await house.open();
  await seed(house.origin, house.adminToken);
  await seedPast(house.origin, house.adminToken, house.sandboxOrigin);
});
afterAll(() => house.close());

const sales = () => LEDGER_NETWORKS.flatMap((network) => house.sandbox.ledger.sales(network));

/** The Worker's record of the click that led to a sale. */
async function clickOf({ clickId, clickedAt }: Sale): Promise<unknown> {
  const [from, to] = [new Date(clickedAt).toISOString(), new Date(clickedAt + 1).toISOString()];
  const { text } = await house.call(`/api/clickouts/visits?from=${from}&to=${to}`);
  const { items } = JSON.parse(text) as { items: { clickoutId: string }[] };
  return items.find(({ clickoutId }) => clickoutId === clickId);
}

it("every network has sales, of clicks that the Worker recorded for that shop", async () => {
  for (const network of LEDGER_NETWORKS) {
    const first = house.sandbox.ledger.sales(network)[0];
    if (first === undefined) throw new Error(`${network} has sold nothing`);
    const { url } = first;
    expect(await clickOf(first)).toMatchObject({ network, url, outcome: "tracked", bot: false });
  }
});

it("some sales are of nobody's click, so that the gap can be seen", async () => {
  const strays = sales().filter(({ clickId }) => clickId === null || clickId.slice(10, 13) === "000");
  expect(strays.length).toBeGreaterThan(10);
  const known = strays.find(({ clickId }) => clickId !== null);
  if (known !== undefined) expect(await clickOf(known)).toBeUndefined();
});

it("seeding again adds nothing", async () => {
  const before = sales().length;
  await seedPast(house.origin, house.adminToken, house.sandboxOrigin);
  expect(sales()).toHaveLength(before);
});
