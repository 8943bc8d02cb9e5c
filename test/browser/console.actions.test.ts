// Every action of the console's own pages, done by clicking and checked through the API: with scripts, and without.
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { demoMaxymiser } from "../../sandbox/demo.ts";
import { park } from "./support/park.ts";
import { Readers, clickThrough } from "./support/reader.ts";

const readers = new Readers();

beforeAll(() => readers.open());
afterAll(() => readers.close());

interface List {
  items: Record<string, unknown>[];
}

async function list(path: string): Promise<List["items"]> {
  return (JSON.parse((await readers.house.call(path)).text) as List).items;
}

const open = async (context: BrowserContext, path: string): Promise<Page> => {
  const page = await context.newPage();
  await page.goto(readers.origin + path);
  return page;
};

describe.for([[true], [false]])("with scripts: %s", ([scripts]) => {
  let reader: BrowserContext;
  const suffix = scripts ? "a" : "b";

  beforeEach(async () => {
    reader = await readers.reader({ scripts: scripts! });
    return () => reader.close();
  });

  test("a wrong key is refused, a right one lets in where one wanted to go, and signing out ends it", async () => {
    const nobody = await readers.reader({ scripts: scripts!, key: null });
    const page = await open(nobody, "/console/keys?x=1");
    await page.fill("#key", "slk_00000000000000000000000000000000");
    await clickThrough(page, "button.primary");
    expect(await page.textContent("[role=alert]")).toContain("No key is like this one");
    await page.fill("#key", readers.house.adminToken);
    await clickThrough(page, "button.primary");
    expect(page.url()).toBe(`${readers.origin}/console/keys?x=1`);
    const [cookie] = (await nobody.cookies()).filter(({ name }) => name === "sluice");
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", secure: false, path: "/" });
    await clickThrough(page, ".top .link");
    expect(await page.textContent("[role=status]")).toBe("You are signed out.");
    await page.goto(`${readers.origin}/console`);
    expect(page.url()).toBe(`${readers.origin}/console/sign-in`);
    await nobody.close();
  });

  test("credentials are refused in the upstream's words, stored when it takes them, tested and deleted", async () => {
    const { faults } = readers.house.sandbox.simulators.awin;
    const before = (await list("/api/credentials")).find(({ name }) => name === "awin");
    const page = await open(reader, "/console/credentials");
    await clickThrough(page, "tr:has-text('Awin') .button");
    const enter = async (publisherId: string) => {
      await page.fill("[name=publisherId]", publisherId);
      await page.fill("[name=token]", "sandbox-awin-token");
      await clickThrough(page, "form.form button.primary");
    };
    await enter("999");
    expect(await page.textContent("[role=alert]")).toContain("no account with this publisherId");
    expect(await page.inputValue("[name=publisherId]")).toBe("999");
    expect(await page.inputValue("[name=token]")).toBe("");
    expect((await list("/api/credentials")).find(({ name }) => name === "awin")).toEqual(before);
    await enter("223344");
    expect(await page.textContent("[role=status]")).toBe("The credentials of Awin are stored.");
    faults.set({ mode: "error", status: 401, times: 1 });
    await clickThrough(page, ".head button");
    expect(await page.textContent("[role=alert]")).toContain("Awin refuses them");
    await page.goto(`${readers.origin}/console`);
    expect(await page.textContent(".needs")).toContain("Awin refuses its credentials");
    await clickThrough(page, ".needs li:has-text('Awin') .button");
    await clickThrough(page, ".head button");
    expect(await page.textContent("[role=status]")).toContain("Awin takes them");
    await page.click(".danger-act summary");
    await clickThrough(page, ".ask form button");
    expect(await page.textContent("[role=status]")).toBe("The credentials of Awin are deleted.");
    expect((await list("/api/credentials")).map(({ name }) => name)).not.toContain("awin");
    // Put back, unasked: for when the upstream is down.
    faults.set({ mode: "error", status: 503 });
    await page.goto(`${readers.origin}/console/credentials/awin`);
    await page.check("[name=_unchecked]");
    await enter("223344");
    faults.clear();
    expect((await list("/api/credentials")).map(({ name }) => name)).toContain("awin");
  });

  test("a site of Maxymiser is added by its id, refused with wrong words and stored with right ones", async () => {
    const { siteId, credentials } = demoMaxymiser;
    const name = `maxymiser:${siteId}`;
    await readers.house.call(`/api/credentials/${encodeURIComponent(name)}`, { method: "DELETE" });
    const page = await open(reader, "/console/credentials");
    await page.fill("[name=parameter]", siteId);
    await clickThrough(page, "form:has([name=parameter]) button");
    const enter = async (password: string) => {
      for (const [field, value] of Object.entries({ ...credentials, password })) {
        if (field === "region") await page.selectOption("[name=region]", value);
        else await page.fill(`[name=${field}]`, value);
      }
      await clickThrough(page, "form.form button.primary");
    };
    await enter("wrong");
    expect(await page.textContent("[role=alert]")).toMatch(/\w/);
    expect(await page.inputValue("[name=username]")).toBe(credentials.username);
    expect((await list("/api/credentials")).map((one) => one["name"])).not.toContain(name);
    await enter(credentials.password);
    expect(await page.textContent("[role=status]")).toBe(`The credentials of Maxymiser ${siteId} are stored.`);
    expect((await list("/api/credentials")).map((one) => one["name"])).toContain(name);
  });

  test("parked messages are replayed, those picked and all", async () => {
    const ids = ["1", "2", "3"].map((n) => `parked-${suffix}-${n}`);
    park(readers.house, ids);
    park(readers.house, [`lost-${suffix}`], "gone-queue");
    const page = await open(reader, "/console");
    expect(await page.textContent(".needs")).toContain("3 messages are parked, queue “clickouts”.");
    await clickThrough(page, ".needs li:has-text('clickouts') .button");
    await page.check(`[value='${ids[0]}']`);
    await clickThrough(page, "button:has-text('those picked')");
    expect(await page.textContent("[role=status]")).toBe("1 message was sent again.");
    await clickThrough(page, "button[name=all]");
    expect(await page.textContent("[role=status]")).toBe("2 messages were sent again.");
    await page.goto(`${readers.origin}/console/parked?queue=gone-queue`);
    await clickThrough(page, "button[name=all]");
    expect(await page.textContent("[role=status]")).toContain(
      scripts ? "1 stays parked: its queue is not known" : "2 stay parked: their queue is not known",
    );
    expect((await list("/api/parked")).map(({ id }) => id)).toEqual(
      [`lost-${suffix}`].concat(scripts ? [] : ["lost-a"]),
    );
    expect((await list("/api/parked?replayed=true")).map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    await clickThrough(page, ".head .button:has-text('Replayed')");
    expect(await page.locator("tbody tr").count()).toBeGreaterThanOrEqual(3);
  });

  test("a job is run by its button, and its run is watched to its end", async () => {
    const page = await open(reader, "/console/runs");
    await clickThrough(page, "form:has([value='retention']) button");
    expect(await page.textContent("[role=status]")).toBe("Retention is started.");
    const id = page.url().split("/").at(-1) ?? "";
    const state = async () => (await list("/api/runs")).find(({ runId }) => runId === id)?.["state"];
    await expect.poll(state, { timeout: 30_000, interval: 200 }).toBe("done");
    // With scripts the open page sees it by itself.
    if (!scripts) await page.reload();
    await page.waitForSelector(".head .state:text('done')");
    expect(await list("/api/audit?action=job.start")).toContainEqual(expect.objectContaining({ after: { runId: id } }));
    await page.fill(".find input", id);
    await Promise.all([page.waitForEvent("load"), page.press(".find input", "Enter")]);
    expect(await page.textContent("tbody")).toContain("Retention");
    await page.goto(`${readers.origin}/console`);
    await clickThrough(page, "td a:has-text('Retention')");
    expect(await page.textContent("h1")).toBe("Retention");
  });

  test("the audit is narrowed, and a request's changes are found by its id", async () => {
    const requestId = `browser-test-${suffix}`;
    const body = { name: "audited", scopes: ["audit:read"] };
    await readers.house.call("/api/keys", { method: "POST", body, headers: { "X-Request-Id": requestId } });
    const page = await open(reader, "/console/audit");
    await page.fill("[name=action]", "key.create");
    await clickThrough(page, ".filters button");
    const actions = await page.locator("tbody td:nth-child(3)").allTextContents();
    expect(new Set(actions)).toEqual(new Set(["key.create"]));
    await page.fill(".find input", requestId);
    await Promise.all([page.waitForEvent("load"), page.press(".find input", "Enter")]);
    expect(await page.textContent("tbody")).toContain("key.create");
    await clickThrough(page, "tbody a");
    expect(await page.locator("tbody tr").count()).toBe(1);
    for (const { id } of await list("/api/keys"))
      await readers.house.call(`/api/keys/${String(id)}`, { method: "DELETE" });
  });

  test("a session of another browser is ended", async () => {
    const made = await readers.house.call("/api/keys", {
      method: "POST",
      body: { name: "guest", scopes: ["audit:read"] },
    });
    const { id, key } = JSON.parse(made.text) as { id: string; key: string };
    const guest = await readers.reader({ scripts: scripts!, key });
    const theirs = await open(guest, "/console/audit");
    expect(await theirs.textContent("h1")).toBe("Audit");
    const page = await open(reader, "/console/sessions");
    const row = page.locator("tr", { hasText: "guest" });
    await row.locator("summary").click();
    await Promise.all([page.waitForEvent("load"), row.locator(".ask form button").click()]);
    expect(await page.textContent("[role=status]")).toBe("The session is ended.");
    await theirs.reload();
    expect(new URL(theirs.url()).pathname).toBe("/console/sign-in");
    await readers.house.call(`/api/keys/${id}`, { method: "DELETE" });
    await guest.close();
  });

  test("who lacks a scope is told so, and sees no line that he may not follow", async () => {
    const made = await readers.house.call("/api/keys", {
      method: "POST",
      body: { name: "narrow", scopes: ["audit:read"] },
    });
    const { id, key } = JSON.parse(made.text) as { id: string; key: string };
    const narrow = await readers.reader({ scripts: scripts!, key });
    const page = await open(narrow, "/console/keys");
    expect(await page.textContent("h1")).toBe("Your key may not do this");
    expect(await page.locator(".rail .item").allTextContents()).toEqual(["Overview", "Audit", "API reference"]);
    await readers.house.call(`/api/keys/${id}`, { method: "DELETE" });
    await narrow.close();
  });
});

test("a link from another site finds the reader signed in", async () => {
  const reader = await readers.reader();
  const page = await reader.newPage();
  await page.route("http://elsewhere.test/", (route) =>
    route.fulfill({ contentType: "text/html", body: `<a href="${readers.origin}/console/keys">go</a>` }),
  );
  await page.goto("http://elsewhere.test/");
  await page.click("a");
  await page.waitForSelector("h1");
  expect(await page.textContent("h1")).toBe("Keys");
  await reader.close();
});
