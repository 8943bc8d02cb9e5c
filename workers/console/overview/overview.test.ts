// The overview in workerd, over systems that answer, fail and dawdle; and search over all of them.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Hono } from "hono";
import { expect, test } from "vitest";
import { takeLog } from "../../../test/support/logged.ts";
import { systemClock } from "../../../src/shared/clock.ts";
import { setSessionCookie } from "../../../src/shared/auth/session-cookie.ts";
import { openSession } from "../../../src/shared/auth/sessions.ts";
import { createKey } from "../../../src/shared/auth/keys.ts";
import { database } from "../../../src/shared/db/client.ts";
import { newPages } from "../../../src/shared/page/kit.ts";
import type { AppEnv, System } from "../../../src/shared/system.ts";
import { compose } from "../../compose.ts";
import { consoleSystem } from "../index.ts";

const pages = newPages();
pages.show("/console/acme", "acme:read", () => {
  throw new Error("a bug with a secret in it");
});

const acme: System = {
  name: "acme",
  pages: pages.routes,
  nav: [{ label: { en: "Acme works", pt: "Acme" }, path: "/console/acme", scope: "clickouts:read" }],
  tile: async (look) => ({ state: { tone: "ok", word: "flowing" }, value: look.number(18_204), unit: "things" }),
  attention: async () => [
    { id: "new", tone: "warn", sentence: "Younger.", sinceMs: 2, action: { label: "Go", href: "/console/acme/x" } },
    { id: "old", tone: "bad", sentence: "Older <b>.", sinceMs: 1, action: { label: "Do", post: "/console/acme/do" } },
  ],
  find: async (_look, id) => (id === "known" ? [{ kind: "thing", title: "The thing", href: "/console/acme/1" }] : []),
  setUp: async () => [{ label: "Add a thing", done: false, href: "/console/acme/new" }],
};

const broken: System = {
  name: "broken",
  tile: () => Promise.reject(new Error("down")),
  attention: () => {
    throw new Error("down");
  },
  find: () => new Promise(() => {}),
};

const worker = compose([acme, broken, consoleSystem], { clock: systemClock, fetch: globalThis.fetch });
const by = { actor: "root", requestId: "req_test_0001", at: Date.now() };

async function see(
  path: string,
  scopes: string[] | null = null,
  language = "en",
  asked = worker,
): Promise<{ status: number; text: string }> {
  const db = database(env);
  const keyId = scopes === null ? null : (await createKey(db, { name: "clerk", scopes, expiresAt: null }, by)).id;
  const token = await openSession(db, keyId, "test", by);
  const signer = new Hono<AppEnv>().get("/", async (c) => {
    await setSessionCookie(c, token);
    return c.text("");
  });
  const signed = await signer.fetch(new Request("https://sluice.test/"), env);
  const cookie = (signed.headers.get("Set-Cookie") ?? "").split(";")[0] ?? "";
  const ctx = createExecutionContext();
  const headers = { Cookie: cookie, "Accept-Language": language };
  const answer = await asked.fetch(new Request(`https://sluice.test${path}`, { headers }), env, ctx);
  await waitOnExecutionContext(ctx);
  return { status: answer.status, text: await answer.text() };
}

test("needs stand first, the oldest on top, each with its button; systems that fail are left out and logged", async () => {
  const { status, text } = await see("/console");
  expect(status).toBe(200);
  expect(text).toContain("Two things need you.");
  expect(text.indexOf("Older &lt;b&gt;.")).toBeGreaterThan(0);
  expect(text.indexOf("Older")).toBeLessThan(text.indexOf("Younger."));
  expect(text).toMatch(/action="\/console\/acme\/do"/);
  expect(text).toContain("18,204");
  expect(text).toContain("Add a thing");
  expect(text).toMatch(/href="\/console\/acme"[^>]*>Acme works<span class="count"><span aria-hidden="true">2</);
  expect(takeLog().filter(({ event }) => event === "system_did_not_tell")).toHaveLength(2);
});

test.for([
  ["idle", false, "Nothing flows yet: here is what to do first."],
  ["ok", false, "Nothing needs you. What is set up flows."],
  ["idle", true, "One thing needs you."],
  ["ok", true, "One thing needs you. Everything else flows."],
] as const)("while first steps are open and a tile is %s, with a need: %s, it says what is true", async (given) => {
  const [tone, needed, says] = given;
  const [need] = await acme.attention!({} as never);
  const system: System = {
    name: "acme",
    tile: async () => ({ state: { tone, word: tone }, value: "0", unit: "things" }),
    attention: async () => (needed ? [need!] : []),
    setUp: async () => [
      { label: "Done already", done: true, href: "/console/acme" },
      { label: "Add a thing", done: false, href: "/console/acme/new" },
    ],
  };
  const house = compose([system, consoleSystem], { clock: systemClock, fetch: globalThis.fetch });
  const { text } = await see("/console", null, "en", house);
  expect(/<h1>Overview<\/h1><p>(.*?)<\/p>/.exec(text)?.[1]).toBe(says);
});

test("in Portuguese the same page is Portuguese", async () => {
  const { text } = await see("/console", null, "pt-BR,pt;q=0.9");
  expect(text).toContain('<html lang="pt-BR"');
  expect(text).toContain("Duas coisas pedem sua atenção.");
  expect(text).toContain("18.204");
  takeLog();
});

test("a reader without a system's scope sees nothing of it", async () => {
  const { text } = await see("/console", ["audit:read"]);
  expect(text).not.toContain("18,204");
  expect(text).not.toContain("Older");
  expect(text).not.toContain("Acme works");
  expect(takeLog()).toEqual([]);
});

test("search asks every system, and waits two seconds for the one that dawdles", async () => {
  const { text } = await see("/console/find?id=known");
  expect(text).toContain("The thing");
  expect(takeLog().map(({ event, system }) => [event, system])).toContainEqual(["system_did_not_tell", "broken"]);
});

test("a page that fails tells the request's id and nothing else", async () => {
  const { status, text } = await see("/console/acme");
  expect(status).toBe(500);
  expect(text).toContain("This page failed");
  expect(text).toMatch(/req_[0-9a-z]{21}/);
  expect(text).not.toContain("secret in it");
  takeLog();
});

test("a path below the console where nothing is answers a page, elsewhere a problem", async () => {
  const { status, text } = await see("/console/no-such");
  expect([status, text.includes("There is nothing here")]).toEqual([404, true]);
  takeLog();
});

test("pages stand below their system's name", () => {
  const stray = newPages();
  stray.show("/console/other", null, () => ({ title: "", body: "" }));
  expect(() => compose([{ name: "acme", pages: stray.routes }])).toThrow("the page /console/other");
});
