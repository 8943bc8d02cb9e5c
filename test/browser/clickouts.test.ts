// The operator's pages of clickouts in a real browser: sound in every look with the demo company, and complete without scripts.
import { afterAll, beforeAll, expect, test } from "vitest";
import { seedPast } from "../../scripts/seed-past.ts";
import { expectSound } from "./support/look.ts";
import type { Contexts } from "./support/look.ts";
import { Readers } from "./support/reader.ts";
import { minute } from "../system/support/clock.ts";
import { bringHomeless, runJob } from "./support/run.ts";

/** A visit without a browser's name is a bot's, and counts in no figure of people. */
const PERSON = { "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0" };
const PATH = "/console/clickouts";
const EXPLAINED = encodeURIComponent("https://www.magazineluiza.com.br/geladeira/p/235871400/ed/refr/?utm_source=x");
const UNKNOWN = encodeURIComponent("https://www.nobody.example/x");

const readers = new Readers();
let contexts: Contexts;
let click = "";
let sale = "";

beforeAll(async () => {
  await readers.open();
  const { house } = readers;
  await seedPast(house.origin, house.adminToken, house.sandboxOrigin);
  await minute(house);
  await bringHomeless(house, "Ateliê Sem Domínio");
  // A first reading of these two takes minutes, by the calls that they allow.
  for (const name of ["rakuten", "lomadee"]) await house.call(`/api/credentials/${name}`, { method: "DELETE" });
  house.sandbox.simulators.afilio.faults.set({ mode: "error", status: 500 });
  for (const shop of ["emporiojatoba.example", "nobody.example", "casaaroeira.example", "petcaramelo.example"]) {
    for (const product of ["mesa", "cadeira", "copo"])
      await house.visit(`https://www.${shop}/produto/${product}`, PERSON);
  }
  house.sandbox.simulators.afilio.faults.clear();
  await runJob(house, "transactions");
  await minute(house);
  const first = async (path: string) => (JSON.parse((await house.call(path)).text) as { items: object[] }).items[0];
  click = ((await first("/api/clickouts/visits?outcome=fallback")) as { clickoutId: string }).clickoutId;
  sale = ((await first("/api/clickouts/transactions?status=approved")) as { transactionId: string }).transactionId;
  contexts = await readers.both();
});
afterAll(() => readers.close());

const PAGES = [
  [() => PATH, "clickouts"],
  [() => `${PATH}?url=${EXPLAINED}`, "clickouts-explained"],
  [() => `${PATH}?url=${UNKNOWN}`, "clickouts-unknown"],
  [() => `${PATH}?url=javascript:alert(1)`, "clickouts-refused"],
  [() => `${PATH}/stores`, "stores"],
  [() => `${PATH}/stores/1`, "store"],
  [() => `${PATH}/stores/6?order=afilio&order=awin`, "store-unsaved"],
  [() => `${PATH}/stores/1/edit`, "store-edit"],
  [() => `${PATH}/stores/new`, "store-new"],
  [() => `${PATH}/stores/import`, "store-import"],
  [() => `${PATH}/clicks`, "clicks"],
  [() => `${PATH}/clicks/${click}`, "click"],
  [() => `${PATH}/sales`, "sales"],
  [() => `${PATH}/sales/${encodeURIComponent(sale)}`, "sale"],
  [() => `${PATH}/networks`, "networks"],
  [() => `${PATH}/report?by=store,network`, "report"],
  [() => "/console", "overview-clickouts"],
] as const;

test.for(PAGES)("each page is sound in every look: %s", async ([path, name]) => {
  await expectSound(contexts, readers.origin, path(), name);
});

test("the overview's tile tells the clicks of the last day, as the sweep has rolled them", async () => {
  const page = await contexts.en.newPage();
  await page.goto(`${readers.origin}/console`);
  const tile = page.locator(".tile", { hasText: "Clickouts" });
  expect(Number((await tile.locator(".big").textContent())?.replaceAll(",", ""))).toBeGreaterThanOrEqual(12);
  expect(await tile.locator("svg").getAttribute("aria-label")).toMatch(
    /^Clicks per hour, 24 hours, between \S+ and \S+$/,
  );
  await page.close();
});

test("each page reads the same without scripts", async () => {
  const plain = await readers.reader({ scripts: false });
  for (const [path] of PAGES.slice(0, -1)) {
    const pages = await Promise.all([plain.newPage(), contexts.en.newPage()]);
    const texts = await Promise.all(
      pages.map(async (page) => {
        await page.goto(readers.origin + path());
        // The chart's legend and the copy buttons are what scripts add; its table is closed by them.
        for (const chart of await page.$$("[data-chart]")) await chart.evaluate((one) => one.remove());
        const text = await page.innerText("main");
        return text.replaceAll(/\d\d:\d\d(:\d\d)?( UTC)?|\d+ (secs?|mins?)|\bCopy\b/g, "").replaceAll(/\s+/g, " ");
      }),
    );
    expect(texts[0]).toBe(texts[1]);
    await Promise.all(pages.map((page) => page.close()));
  }
});

test("what an address asks wrongly is refused as a page, and what is gone is not found", async () => {
  const page = await contexts.en.newPage();
  for (const [path, status] of [
    [`${PATH}/clicks?store_id=x`, 400],
    [`${PATH}/clicks?cursor=nonsense`, 400],
    [`${PATH}/report?by=shop`, 400],
    [`${PATH}/stores/999`, 404],
    [`${PATH}/stores/abc`, 404],
    [`${PATH}/clicks/${"0".repeat(26)}`, 404],
    [`${PATH}/sales/awin:none`, 404],
  ] as const) {
    expect([(await page.goto(readers.origin + path))?.status(), path]).toEqual([status, path]);
    expect(await page.textContent("main")).toContain("Request id");
  }
  await page.close();
});
