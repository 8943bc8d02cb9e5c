// One site is closed to programs (403), another is unknown (404), one customer has an attribute that Maxymiser will not take: all
// others get theirs as ever, each trouble is told in Maxymiser's words, and once its cause is gone nothing was lost.
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { demoMaxymiser } from "../../sandbox/demo.ts";
import { House } from "./support/house.ts";

const { credentials } = demoMaxymiser;
const [OPEN, CLOSED, UNKNOWN] = ["T1BFTg==", "Q0xPU0VE", "VU5LTk9XTg=="];
const SITES = [OPEN, CLOSED, UNKNOWN];
const CUSTOMERS = Array.from({ length: 300 }, (_, n) => `cust-${n}`);
/** Whose second attribute Maxymiser refuses. */
const PICKY = "cust-7";
const SETTLE_MS = 60_000;
/** Calls of a site that may be under way when the first one learns that it is closed: six of each of sixteen shards. */
const UNDER_WAY = 16 * 6;

const house = new House();
const maxymiser = () => house.sandbox.simulators.maxymiser;
const held = (site: string, customer: string) => maxymiser().attributes(site, customer);

function pixel(site: string, customer: string, attribute: string, value: string) {
  const query = new URLSearchParams({ mmSiteId: site, attributeName: attribute, attributeValue: value });
  const PixelUrl = `http://tags.bluekai.com/site/1?${query.toString()}`;
  return { PartnerUuid: customer, CampaignId: "d-1", PixelUrl, UtcSeconds: Math.floor(Date.now() / 1_000) - 5 };
}

async function push(...Pixels: unknown[]): Promise<void> {
  const { status, text } = await house.call("/receive_data/mm", { method: "POST", body: { Pixels } });
  expect([status, JSON.parse(text)]).toMatchObject([200, { accepted: Pixels.length, rejected: [] }]);
}

async function until(done: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const deadline = Date.now() + SETTLE_MS; !(await done()); await wait(50)) {
    if (Date.now() > deadline) throw new Error(`it never came: ${what}`);
  }
}

async function items(path: string): Promise<Record<string, unknown>[]> {
  const { text } = await house.call(`/api/visitors/${path}`);
  return (JSON.parse(text) as { items: Record<string, unknown>[] }).items;
}

async function site(id: string): Promise<Record<string, unknown>> {
  return (await items("sites")).find(({ mmSiteId }) => mmSiteId === id)!;
}

/** What an operator does who mended something: he gives the credentials again, and the site looks again at once. */
async function putCredentials(id: string): Promise<void> {
  const body = { ...credentials, clientId: `client-${id}` };
  const { status } = await house.call(`/api/credentials/maxymiser:${id}`, { method: "PUT", body });
  expect(status).toBe(200);
}

const login = (id: string) => maxymiser().state.logins.find(({ clientId }) => clientId === `client-${id}`)!;

beforeAll(async () => {
  await house.open();
  for (const id of SITES) {
    maxymiser().state.add({ ...credentials, clientId: `client-${id}`, siteIds: [id] });
    await putCredentials(id);
  }
  maxymiser().state.sites.get(OPEN)!.attributes = ["level"];
  maxymiser().state.sites.get(CLOSED)!.apiAccess = false;
  login(UNKNOWN).siteIds = [];
});
afterAll(() => house.close());

it("delivers to all who have nothing to do with it", async () => {
  await push(...SITES.flatMap((id) => CUSTOMERS.map((customer) => pixel(id, customer, "level", "gold"))));
  await push(pixel(OPEN, PICKY, "shoe size", "43"));
  await until(() => CUSTOMERS.every((customer) => held(OPEN, customer)?.["level"] === "gold"), "all of the open site");
  expect(await site(OPEN)).toMatchObject({ credentials: "ok", detail: null, held: 0 });
});

it("tells each trouble in Maxymiser's words", async () => {
  await until(async () => (await site(CLOSED))["held"] === CUSTOMERS.length, "all of the closed site held");
  await until(async () => (await site(UNKNOWN))["held"] === CUSTOMERS.length, "all of the unknown site held");
  await until(async () => (await items("parked")).length > 0, "the refused attribute");
  expect(await site(CLOSED)).toMatchObject({
    credentials: "api_access_disabled",
    detail: expect.stringContaining("programmatic access to customer data disabled"),
    parked: 0,
  });
  expect(await site(UNKNOWN)).toMatchObject({
    credentials: "unknown_site",
    detail: expect.stringContaining("site not found"),
    parked: 0,
  });
  expect(await items("parked")).toMatchObject([
    { mmSiteId: OPEN, kind: "delivery", reason: "rejected", detail: "unknown attribute", attributeName: "shoe size" },
  ]);
  // None but a probe a minute.
  const before = maxymiser().puts.length;
  await push(pixel(CLOSED, "late", "level", "gold"), pixel(UNKNOWN, "late", "level", "gold"));
  await wait(2_500);
  expect(maxymiser().puts.length).toBe(before);
  for (const refused of [403, 404]) {
    expect(maxymiser().puts.filter(({ status }) => status === refused).length).toBeLessThanOrEqual(UNDER_WAY);
  }
});

it("brings all of it once the causes are gone", async () => {
  maxymiser().state.sites.get(OPEN)!.attributes = ["level", "shoe size"];
  maxymiser().state.sites.get(CLOSED)!.apiAccess = true;
  login(UNKNOWN).siteIds = [UNKNOWN];
  const [parked] = await items("parked");
  const replay = await house.call("/api/visitors/parked/replay", { method: "POST", body: { ids: [parked!["id"]] } });
  expect([replay.status, JSON.parse(replay.text)]).toEqual([202, { replayed: 1 }]);
  for (const id of [CLOSED, UNKNOWN]) await putCredentials(id);
  await until(() => held(OPEN, PICKY)?.["shoe size"] === "43", "the replayed attribute");
  for (const id of [CLOSED, UNKNOWN]) {
    const customers = [...CUSTOMERS, "late"];
    await until(() => customers.every((customer) => held(id, customer)?.["level"] === "gold"), `all of ${id}`);
    await until(async () => (await site(id))["pending"] === 0, `nothing left of ${id}`);
    expect(await site(id)).toMatchObject({ credentials: "ok", detail: null, held: 0, parked: 0 });
  }
  expect(await items("parked")).toEqual([]);
});
