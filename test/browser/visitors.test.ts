// The operator's pages of visitors in a real browser: sound in every look, and every action of theirs, with scripts and without.
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { demoMaxymiser } from "../../sandbox/demo.ts";
import { minute, until } from "../system/support/clock.ts";
import { pixel, sitesOf } from "../system/support/sites.ts";
import { expectSound } from "./support/look.ts";
import type { Contexts } from "./support/look.ts";
import { Readers, clickThrough } from "./support/reader.ts";

const readers = new Readers();
const { house } = readers;
const DEMO = demoMaxymiser.siteId;
let contexts: Contexts;

async function list<T>(path: string): Promise<T[]> {
  return (JSON.parse((await house.call(path)).text) as { items: T[] }).items;
}

const { maxymiser, push, siteSo, accountFor, store } = sitesOf(house);
const pathOf = (id: string) => `/console/visitors/sites/${encodeURIComponent(id)}`;
const many = (n: number, of: (i: number) => object) => Array.from({ length: n }, (_, i) => of(i));

beforeAll(async () => {
  await readers.open();
  await minute(house);
  maxymiser().state.sites.get(DEMO)!.attributes = ["customer_type", "nível"];
  await push(
    ...many(40, (i) => pixel(DEMO, `cliente-${i}`, i % 2 === 0 ? "customer_type" : "nível", `v${i}`, `20441${i % 7}`)),
    pixel(DEMO, "cliente/3+ção", "interesse principal", "corrida"),
    pixel(DEMO, "cliente-4", "shoe size", "42"),
  );
  await siteSo(DEMO, ({ pending, parked }) => pending === 0 && parked === 2);
  const refused = accountFor("NDAyMTM=");
  await store("NDAyMTM=", refused.login);
  refused.account.password = "changed";
  await push(...many(12, (i) => pixel("NDAyMTM=", `c${i}`, "tier", "gold")));
  await siteSo("NDAyMTM=", ({ credentials }) => credentials === "refused");
  const closed = accountFor("NTAwMTI=");
  await store("NTAwMTI=", closed.login);
  maxymiser().state.sites.get("NTAwMTI=")!.apiAccess = false;
  await push(...many(3, (i) => pixel("NTAwMTI=", `c${i}`, "tier", "gold")));
  await siteSo("NTAwMTI=", ({ credentials }) => credentials === "api_access_disabled");
  await push(
    ...many(5, (i) => pixel("NjAwMDE=", `c${i}`, "tier", "gold")),
    { PartnerUuid: "x", PixelUrl: "no url" },
    {},
  );
  await until(
    async () => {
      await minute(house);
      return (await house.call("/metrics")).text;
    },
    (text) => /sluice_visitor_delivery_delay_seconds_count 40/.test(text),
  );
  await minute(house);
  contexts = await readers.both();
});
afterAll(() => readers.close());

const PAGES = [
  ["/console/visitors", "visitors"],
  [pathOf(DEMO), "visitors-site"],
  [pathOf("NDAyMTM="), "visitors-refused"],
  [pathOf("bm92bw=="), "visitors-new"],
  ["/console/visitors/deliveries", "visitors-deliveries"],
  ["/console/visitors/parked", "visitors-parked"],
  ["/console", "visitors-overview"],
  ["/console/find?id=cliente-4", "visitors-find"],
] as const;

describe("each page is sound in every look", () => {
  test.for(PAGES)("%s", async ([path, name]) => {
    await expectSound(contexts, readers.origin, path, name);
  });

  test("nothing that cannot be a site", async () => {
    await expectSound(contexts, readers.origin, `${pathOf("a b")}`, "visitors-missing", 404);
  });
});

test("what was delivered is drawn and told, and no visitor's id, value or secret", async () => {
  const page = await contexts.en.newPage();
  await page.goto(`${readers.origin}/console/visitors`);
  await page.waitForSelector(".u-legend");
  expect(await page.locator(".facts").first().innerText()).toMatch(/Delivered\s+40/);
  for (const [path] of PAGES.filter(([one]) => !one.includes("find"))) {
    await page.goto(readers.origin + path);
    const html = await page.content();
    for (const secret of ["cliente-4<", "corrida", "cliente/3", "password-NDAy", "secret-NDAy", "changed"]) {
      expect(html, path).not.toContain(secret);
    }
  }
  await page.close();
});

test("each thing that needs a person says what is safe, once, with one button", async () => {
  const page = await contexts.en.newPage();
  await page.goto(`${readers.origin}/console`);
  const needs = (await page.locator(".needs").first().innerText()).replaceAll(/\s+/g, " ");
  expect(needs.match(/refuses the credentials of site NDAyMTM=/g)).toHaveLength(1);
  expect(needs).not.toContain("refuses its credentials");
  expect(needs).toContain("12 attributes are safe and waiting; after");
  expect(needs).toContain("Maxymiser lets no program write to site NTAwMTI=.");
  expect(needs).toContain("Site NjAwMDE= has no credentials. 5 attributes are safe and waiting");
  expect(needs).toContain(`2 attributes of site ${DEMO} are parked.`);
  expect(needs).toContain("2 elements pushed in the last 24 h could not be read.");
  await page.close();
});

describe.for([[true], [false]])("with scripts: %s", ([scripts]) => {
  let reader: BrowserContext;
  const suffix = scripts ? "QQ" : "Qg";
  const open = async (path: string): Promise<Page> => {
    const page = await reader.newPage();
    await page.goto(readers.origin + path);
    return page;
  };

  beforeEach(async () => {
    reader = await readers.reader({ scripts: scripts! });
    return () => reader.close();
  });

  test("credentials are tested; a site that was held for them goes on once Maxymiser takes them", async () => {
    const id = `dGVzd${suffix}A=`;
    const { login, account } = accountFor(id);
    await store(id, login);
    const page = await open(pathOf(id));
    const press = () => clickThrough(page, ".head button:has-text('Test')");
    await press();
    expect(await page.textContent("[role=status]")).toContain("The credentials work");
    account.password = "changed";
    maxymiser().tokens.expire();
    await push(pixel(id, "bia", "tier", "gold"));
    await siteSo(id, ({ credentials }) => credentials === "refused");
    await press();
    expect(await page.textContent("[role=alert]")).toContain("The test failed");
    expect(await page.textContent(".head")).toContain("Maxymiser has refused the credentials since");
    account.password = login.password;
    await press();
    await siteSo(id, ({ credentials, pending }) => credentials === "ok" && pending === 0);
    expect(maxymiser().attributes(id, "bia")).toEqual({ tier: "gold" });
  });

  test("credentials are deleted after a word about what that means", async () => {
    const id = `ZGVs${suffix}A=`;
    const { login } = accountFor(id);
    await store(id, login);
    const page = await open(pathOf(id));
    await page.click(".danger-act summary");
    expect(await page.textContent(".ask p")).toContain("held for 24 hours from its arrival");
    await clickThrough(page, ".ask form button");
    expect(await page.textContent("[role=status]")).toBe("The credentials are deleted. What comes is held.");
    expect((await house.call(`/check/${encodeURIComponent(id)}`)).status).toBe(404);
    await push(pixel(id, "caio", "tier", "gold"));
    await siteSo(id, ({ credentials, held }) => credentials === "missing" && held === 1);
  });

  test("what Maxymiser refused is shown with its words and replayed, picked ones and all of the site", async () => {
    const id = `cGFy${suffix}A=`;
    const { login } = accountFor(id);
    await store(id, login);
    const there = maxymiser().state.sites.get(id)!;
    there.attributes = ["tier"];
    await push(...["colour", "size", "shape"].map((name) => pixel(id, "duda", name, "x")));
    await siteSo(id, ({ parked }) => parked === 3);
    const page = await open(pathOf(id));
    await clickThrough(page, ".head a:has-text('What is parked')");
    expect(await page.innerText("tbody")).toContain("Maxymiser does not take it");
    await clickThrough(page, "button:has-text('those picked')");
    expect(await page.textContent("[role=status]")).toBe("Pick at least one line.");
    there.attributes = ["tier", "colour", "size", "shape"];
    await page.locator("tr", { hasText: "colour" }).locator("input").check();
    await clickThrough(page, "button:has-text('those picked')");
    expect(await page.textContent("[role=status]")).toBe("1 goes out again.");
    await until(
      async () => maxymiser().attributes(id, "duda"),
      (now) => now?.["colour"] === "x",
    );
    expect(maxymiser().attributes(id, "duda")).toEqual({ colour: "x" });
    await clickThrough(page, "button[name=site]");
    expect(await page.textContent("[role=status]")).toBe("2 go out again.");
    await siteSo(id, ({ parked, pending }) => parked + pending === 0);
    expect(maxymiser().attributes(id, "duda")).toEqual({ colour: "x", size: "x", shape: "x" });
  });

  test("an element that still cannot be read stays in quarantine, and is said to", async () => {
    const before = await list("/api/visitors/parked?kind=quarantine");
    const page = await open("/console");
    await clickThrough(page, ".needs li:has-text('could not be read') .button");
    expect(await page.locator("tbody tr").count()).toBe(before.length);
    await clickThrough(page, "button[name=all]");
    expect(await page.textContent("[role=status]")).toBe("0 go out again. What still cannot be read stays.");
    expect(await list("/api/visitors/parked?kind=quarantine")).toHaveLength(before.length);
  });

  test("deliveries are narrowed; a customer, a delivery and a site are found", async () => {
    const page = await open("/console/visitors/deliveries");
    await page.selectOption("[name=outcome]", "parked");
    await page.fill("[name=site]", DEMO);
    await clickThrough(page, ".filters button");
    expect(await page.locator("tbody tr").count()).toBe(2);
    const find = async (id: string) => {
      await page.fill(".find input", id);
      await Promise.all([page.waitForEvent("load"), page.press(".find input", "Enter")]);
      return page.innerText("main");
    };
    expect(await find("204413")).toContain("attribute, delivered");
    expect(await find(DEMO)).toContain(`Maxymiser site ${DEMO}`);
    expect(await find("cliente-4")).toContain("delivery");
    await clickThrough(page, "tbody a");
    expect(new URL(page.url()).searchParams.get("id")).toMatch(/^[0-9a-f]{32}$/);
    expect(await page.locator("tbody tr").count()).toBeGreaterThanOrEqual(2);
  });

  test("who may only read sees no button", async () => {
    const made = await house.call("/api/keys", { method: "POST", body: { name: "r", scopes: ["visitors:read"] } });
    const { key } = JSON.parse(made.text) as { key: string };
    const narrow = await readers.reader({ scripts: scripts!, key });
    const page = await narrow.newPage();
    for (const path of ["/console/visitors", pathOf(DEMO), "/console/visitors/parked"]) {
      await page.goto(readers.origin + path);
      expect(await page.locator("main form[method=post], #add").count(), path).toBe(0);
    }
    await narrow.close();
  });
});
