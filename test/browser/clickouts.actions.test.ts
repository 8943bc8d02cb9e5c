// Every action of the pages of clickouts, done by clicking and checked through the API: with scripts, and without.
import { readFileSync } from "node:fs";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Readers, clickThrough } from "./support/reader.ts";
import { restedRun } from "./support/run.ts";

const readers = new Readers();
const { house } = readers;
const PATH = "/console/clickouts";
/** Of the demo's six programmes at Awin most leave at once. */
const LEAVING = 4;

beforeAll(() => readers.open());
afterAll(() => readers.close());

interface Store {
  storeId: number;
  name: string;
  domains: string[];
  networks: { relationId: number; network: string; externalId: string; state: string; settings: object }[];
  rule: { version: number; networks: string[] } | null;
}
const read = async <T>(path: string) => JSON.parse((await house.call(path)).text) as T;
const storeOf = (id: number) => read<Store>(`/api/clickouts/stores/${id}`);
const orderOf = async (id: number) => (await storeOf(id)).rule?.networks;
const storesNamed = async (name: string) => (await read<{ items: Store[] }>(`/api/clickouts/stores?q=${name}`)).items;

async function makeStore(name: string, networks: [string, string][]): Promise<number> {
  const body = {
    name,
    domains: [`${name.toLowerCase()}.example`],
    networks: networks.map(([network, externalId]) => ({ network, externalId })),
  };
  const { status, text } = await house.call("/api/clickouts/stores", { method: "POST", body });
  expect(status, text).toBe(201);
  return (JSON.parse(text) as Store).storeId;
}

const told = (page: Page) => page.textContent("main .note");

describe.for([[true], [false]])("with scripts: %s", ([scripts]) => {
  let reader: BrowserContext;
  const suffix = scripts ? "a" : "b";

  const open = async (path: string): Promise<Page> => {
    const page = await reader.newPage();
    await page.goto(readers.origin + path);
    return page;
  };
  /** Presses a dangerous button, then the one that does it. */
  const sure = async (page: Page, within: string) => {
    await page.click(`${within} summary.button`);
    await clickThrough(page, `${within} .ask button.primary`);
  };

  beforeEach(async () => {
    reader = await readers.reader({ scripts: scripts! });
    return () => reader.close();
  });

  test("a link is explained step by step, as the door does", async () => {
    const url = "https://www.casaaroeira.example/p?q=a b&x=%26#t";
    const page = await open(PATH);
    await page.fill("#explain input[name=url]", url);
    await clickThrough(page, "#explain button.primary");
    const door = await read<{ location: string }>(`/api/clickouts/explain?url=${encodeURIComponent(url)}`);
    expect(await page.textContent("#explain .result code")).toBe(door.location);
    expect(await page.locator("#explain .steps b").allTextContents()).toEqual([
      "Store found",
      expect.stringMatching(/^Rule \d+ is active$/),
      "Awin gives the link",
    ]);
    if (!scripts) return;
    await reader.grantPermissions(["clipboard-read", "clipboard-write"], { origin: readers.origin });
    await page.click("#explain .result button");
    await page.waitForSelector("#explain .copied");
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(door.location);
  });

  test("what no link can be made of is said, in the reader's language", async () => {
    const portuguese = await readers.reader({ scripts: scripts!, language: "pt" });
    const page = await portuguese.newPage();
    await page.goto(`${readers.origin}${PATH}?url=javascript:alert(1)`);
    expect(await page.textContent("#explain .note")).toBe("Só URLs http e https são redirecionadas.");
    await portuguese.close();
  });

  test("a rule is put in another order, widened and narrowed, and saved", async () => {
    const id = await makeStore(`Ordem${suffix}`, [
      ["awin", "1"],
      ["lomadee", "2"],
      ["rakuten", "3"],
    ]);
    const page = await open(`${PATH}/stores/${id}`);
    const move = (selector: string) => (scripts ? page.click(selector) : clickThrough(page, selector));
    await move("[aria-label='Move Rakuten up']");
    await move("[aria-label='Move Rakuten up']");
    expect(await orderOf(id)).toEqual(["awin", "lomadee", "rakuten"]);
    await clickThrough(page, ".order-save .primary");
    expect(await told(page)).toContain("The order is saved.");
    expect(await orderOf(id)).toEqual(["rakuten", "awin", "lomadee"]);

    await clickThrough(page, "[aria-label='Remove Awin from the rule']");
    await page.selectOption("select[name=add]", "afilio");
    await clickThrough(page, ".order-add button");
    expect(await page.textContent("#rule")).toContain("Not saved yet");
    await clickThrough(page, ".order-save .primary");
    expect(await orderOf(id)).toEqual(["rakuten", "lomadee", "afilio"]);
  });

  test("a rule that another changed meanwhile is not overwritten, and the order stays on the page", async () => {
    const id = await makeStore(`Corrida${suffix}`, [
      ["awin", "1"],
      ["lomadee", "2"],
    ]);
    const page = await open(`${PATH}/stores/${id}?order=lomadee&order=awin`);
    const body = { store_id: id, network_priorities: [{ network_id: 2, order_priority: 0 }] };
    await house.call("/rule", { method: "POST", body });
    await clickThrough(page, ".order-save .primary");
    expect(await told(page)).toContain("Somebody changed the rule meanwhile");
    expect(await orderOf(id)).toEqual(["awin"]);
    expect(await page.locator(".order b").allTextContents()).toEqual(["Lomadee", "Awin"]);
    await clickThrough(page, ".order-save .primary");
    expect(await orderOf(id)).toEqual(["lomadee", "awin"]);
  });

  test("a store is added; what is wrong with it is said at its field first", async () => {
    const page = await open(`${PATH}/stores/new?domain=nova${suffix}.example`);
    await page.fill("[name=name]", `Nova ${suffix}`);
    await page.fill("[name=domains]", `www.nova${suffix}.example\ncom.br`);
    await page.selectOption("[name='networks.0.network']", "direto");
    await page.fill("[name=parameters]", "utm_source=acme\nsub={click}");
    await page.selectOption("[name='networks.1.network']", "awin");
    await page.fill("[name='networks.1.externalId']", "17648");
    await clickThrough(page, "main form .primary, main .form > .primary");
    expect(await page.textContent("#field-domains-wrong")).toContain("public suffix");
    expect(await page.inputValue("[name=name]")).toBe(`Nova ${suffix}`);
    await page.fill("[name=domains]", `www.nova${suffix}.example`);
    await clickThrough(page, "main .form > .primary");
    expect(await told(page)).toContain("is added");
    const [made] = await storesNamed(`nova${suffix}.example`);
    expect(made).toMatchObject({
      name: `Nova ${suffix}`,
      domains: [`nova${suffix}.example`],
      rule: { networks: ["direto", "awin"] },
    });
    expect(made?.networks[0]?.settings).toEqual({ parameters: { utm_source: "acme", sub: "{click}" } });
  });

  test("a store is renamed, gets and loses domains and relations, and is deleted", async () => {
    const id = await makeStore(`Muda${suffix}`, [["awin", "1"]]);
    const page = await open(`${PATH}/stores/${id}/edit`);
    await page.fill("[name=name]", `Mudou ${suffix}`);
    await clickThrough(page, "form[action$='/name'] button");
    await page.fill("[name=addDomains]", `outlet${suffix}.example`);
    await clickThrough(page, "form[action$='/domain'] button:not([type=button])");
    await sure(page, `#domains tr:has-text('muda${suffix}.example')`);
    await page.selectOption("form[action$='/relation'] [name=network]", "lomadee");
    await page.fill("form[action$='/relation'] [name=externalId]", "5632");
    await clickThrough(page, "form[action$='/relation'] > button");
    await sure(page, "#relations tr:has-text('Awin')");
    expect(await told(page)).toContain("Change the rule first");
    await clickThrough(page, "#relations tr:has-text('Awin') form[action$='/state'] button");
    expect(await storeOf(id)).toMatchObject({
      name: `Mudou ${suffix}`,
      domains: [`outlet${suffix}.example`],
      networks: [
        { network: "awin", state: "left" },
        { network: "lomadee", externalId: "5632", state: "joined" },
      ],
    });
    await sure(page, "#relations tr:has-text('Lomadee')");
    expect((await storeOf(id)).networks).toHaveLength(1);
    await sure(page, ".danger-act:has(form[action$='/delete']:not([action*='relation']))");
    expect(page.url()).toBe(`${readers.origin}${PATH}/stores`);
    expect((await house.call(`/api/clickouts/stores/${id}`)).status).toBe(404);
  });

  test("stores come from a file: what it would bring is shown first, wrong lines bring nothing", async () => {
    const page = await open(`${PATH}/stores/import`);
    const heading = "name,domain,network,externalId,priority";
    await page.fill("[name=csv]", `${heading}\nArquivo ${suffix},com.br,awin,9,0`);
    await clickThrough(page, "main .form > .primary");
    expect(await page.textContent("main table")).toContain("public suffix");
    expect(await page.locator("[name=bring]").count()).toBe(0);
    await clickThrough(page, "main a.button");
    const buffer = Buffer.from(
      `${heading}\nArquivo ${suffix},arquivo${suffix}.example,awin,9,1\nArquivo ${suffix},arquivo${suffix}.example,lomadee,8,0\n`,
    );
    await page.setInputFiles("[name=file]", { name: "stores.csv", mimeType: "text/csv", buffer });
    await clickThrough(page, "main .form > .primary");
    expect(await page.locator(".facts dd").allTextContents()).toEqual(["1", "2", "1"]);
    expect(await storesNamed(`arquivo${suffix}.example`)).toEqual([]);
    await clickThrough(page, "[name=bring]");
    expect(await told(page)).toContain("Brought in: 1 store, 2 relations to networks and 1 first rule");
    expect(await storesNamed(`arquivo${suffix}.example`)).toMatchObject([{ rule: { networks: ["lomadee", "awin"] } }]);
  });

  test("a network is switched off, which names what it does, and on again", async () => {
    const enabled = async () =>
      (await read<{ items: { name: string; enabled: boolean }[] }>("/api/clickouts/networks")).items.find(
        ({ name }) => name === "afilio",
      )?.enabled;
    const page = await open(`${PATH}/networks`);
    const row = "tr:has(form[action$='/networks/afilio'])";
    expect(await page.textContent(`${row} .ask p`)).toMatch(/Links of \d+ stores go to the next network/);
    await sure(page, row);
    expect([await told(page), await enabled()]).toEqual(["Afilio is switched off.", false]);
    await clickThrough(page, `${row} button`);
    expect([await told(page), await enabled()]).toEqual(["Afilio is switched on.", true]);
  });

  test("a list of clicks, sales or stores goes along as a file, with its filters", async () => {
    const { text } = await house.call("/api/clickouts/stores.csv?q=casa");
    const page = await open(`${PATH}/stores?q=casa&network=`);
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("a:text-is('CSV')")]);
    expect(readFileSync((await download.path())!, "utf8")).toBe(text);
    await page.goto(`${readers.origin}${PATH}/clicks?outcome=fallback&from=2026-01-02&to=2026-01-02&store_id=`);
    const href = await page.getAttribute("a:text-is('CSV')", "href");
    expect((await house.call(href!)).status).toBe(200);
    expect(href).toMatch(/outcome=fallback&from=2026-01-02T0[03]%3A00/);
  });
});

test("a line is dragged to another place, where scripts allow it", async () => {
  const id = await makeStore("Arrasta", [
    ["awin", "1"],
    ["lomadee", "2"],
    ["rakuten", "3"],
  ]);
  const page = await (await readers.reader()).newPage();
  await page.goto(`${readers.origin}${PATH}/stores/${id}`);
  const line = (network: string) => page.locator(`.order li:has-text('${network}')`);
  await line("Rakuten").dragTo(line("Awin"), { targetPosition: { x: 60, y: 4 } });
  await clickThrough(page, ".order-save .primary");
  expect(await orderOf(id)).toEqual(["rakuten", "awin", "lomadee"]);
  await page.context().close();
});

describe("what the networks' lists ask of a person", () => {
  test("a poll is started by its button; a mass removal is confirmed by its button, and not before", async () => {
    const page = await (await readers.reader({ scripts: false })).newPage();
    await page.goto(`${readers.origin}${PATH}/networks`);
    await fetch(`${house.sandboxOrigin}/control/awin/programmes/leave-most`, { method: "POST" });
    await clickThrough(page, "button:text-is('Read programmes now')");
    expect(new URL(page.url()).pathname).toMatch(/^\/console\/runs\/run_/);
    expect(await restedRun(house, "programmes")).toMatchObject({ state: "needs_confirmation" });
    const served = async () =>
      (await read<{ items: Store[] }>("/api/clickouts/stores?network=awin&limit=100")).items.length;
    const before = await served();
    await page.goto(`${readers.origin}${PATH}/networks`);
    expect(await page.textContent("#questions")).toContain("Awin");
    await page.click("#questions summary.button");
    await clickThrough(page, "#questions .ask button.primary");
    expect(await restedRun(house, "programmes")).toMatchObject({ state: "done" });
    expect(await served()).toBeLessThanOrEqual(before - LEAVING);
    await page.context().close();
  });
});

test("what bears an id is found: a click, a store, its domain", async () => {
  const url = "https://www.livrariasabia.example/livro";
  const clickId = (await house.visit(url)).headers.get("X-Clickout-Id")!;
  const page = await (await readers.reader()).newPage();
  await page.goto(`${readers.origin}/console`);
  // The click is handed over within 50 ms, and on disk soon after.
  const newest = async () => (await house.call("/api/clickouts/visits?limit=1")).text;
  await expect.poll(newest, { timeout: 30_000 }).toContain(clickId);
  for (const [id, path] of [
    [clickId, `${PATH}/clicks/${clickId}`],
    ["livrariasabia", `${PATH}/stores/4`],
    ["4", `${PATH}/stores/4`],
  ] as const) {
    await page.fill(".find input", id);
    await Promise.all([page.waitForEvent("load"), page.press(".find input", "Enter")]);
    await clickThrough(page, `main a[href='${path}']`);
    expect(new URL(page.url()).pathname).toBe(path);
  }
  await page.context().close();
});

test("who may only read sees no button that changes, and is refused at its door", async () => {
  const body = { name: "reader", scopes: ["clickouts:read"] };
  const { key } = JSON.parse((await house.call("/api/keys", { method: "POST", body })).text) as { key: string };
  const page = await (await readers.reader({ key })).newPage();
  for (const path of ["", "/stores", "/stores/1", "/networks"]) {
    await page.goto(readers.origin + PATH + path);
    expect(await page.locator("main form[method=post]").count(), path).toBe(0);
  }
  for (const path of ["/stores/new", "/stores/import", "/stores/1/edit"]) {
    expect((await page.goto(readers.origin + PATH + path))?.status(), path).toBe(403);
  }
  await page.context().close();
});
