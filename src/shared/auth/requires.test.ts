import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeEach, expect, test } from "vitest";
import { DAY_MS, MINUTE_MS, SECOND_MS } from "../clock.ts";
import { database } from "../db/client.ts";
import { newRoutes } from "../http/app.ts";
import { createRoot } from "../http/root.ts";
import { createKey, revokeKey } from "./keys.ts";
import { requires } from "./requires.ts";
import { apiKey } from "./tables.ts";

let nowMs = 0;

const routes = newRoutes();
routes.get("/read", requires("clickouts:read"), (c) => c.json(c.get("actor")));
routes.get("/old", requires("clickouts:read", { compat: true }), (c) => c.text("ok"));
const root = createRoot([{ name: "t", prefixes: ["/read", "/old"], routes }], {
  clock: () => nowMs,
  fetch: globalThis.fetch,
});

async function ask(authorization: string | null, path = "/read", origin = "https://sluice.test") {
  const ctx = createExecutionContext();
  const headers: Record<string, string> = authorization === null ? {} : { Authorization: authorization };
  const answer = await root.fetch(new Request(origin + path, { headers }), env, ctx);
  await waitOnExecutionContext(ctx);
  return answer;
}

const codeOf = async (answer: Response) => (await answer.json<{ code: string }>()).code;
const by = () => ({ actor: "root", requestId: "request-1", at: nowMs });

function makeKey(scopes = ["clickouts:read"], expiresAt: number | null = null) {
  return createKey(database(env), { name: "test", scopes, expiresAt }, by());
}

beforeEach(() => {
  // Each test on a day of its own, so that nothing remembered in memory reaches the next.
  nowMs = Math.max(nowMs, Date.now()) + DAY_MS;
});

test("without a key the door says how to bring one", async () => {
  const answer = await ask(null);
  expect(answer.status).toBe(401);
  expect(answer.headers.get("WWW-Authenticate")).toContain("Bearer");
  expect(await codeOf(answer)).toBe("unauthorized");
});

test.each(["Bearer nonsense", `Bearer slk_${"0".repeat(32)}`, "Basic dXNlcjpwYXNz", "Bearer ", "Bearer a b"])(
  "%s is no key",
  async (authorization) => expect((await ask(authorization)).status).toBe(401),
);

test("a key with the scope passes and is the actor", async () => {
  const { id, key } = await makeKey();
  const answer = await ask(`Bearer ${key}`);
  expect(await answer.json()).toEqual({ id: `key:${id}`, scopes: ["clickouts:read"] });
});

test("a key without the scope is forbidden", async () => {
  const { key } = await makeKey(["clickouts:write"]);
  const answer = await ask(`Bearer ${key}`);
  expect([answer.status, await codeOf(answer)]).toEqual([403, "forbidden"]);
});

test("the root token may do everything", async () => {
  expect(await (await ask(`Bearer ${env.ADMIN_TOKEN}`)).json()).toEqual({ id: "root", scopes: ["*"] });
});

test("an empty root token opens nothing", async () => {
  const ctx = createExecutionContext();
  const request = new Request("https://sluice.test/old", { headers: { Authorization: "x" } });
  const answer = await root.fetch(request, { ...env, ADMIN_TOKEN: "" }, ctx);
  expect(answer.status).toBe(401);
});

test("an expired key is refused, also when it was remembered", async () => {
  const { key } = await makeKey(["clickouts:read"], nowMs + 10 * SECOND_MS);
  expect((await ask(`Bearer ${key}`)).status).toBe(200);
  nowMs += 10 * SECOND_MS;
  expect((await ask(`Bearer ${key}`)).status).toBe(401);
});

test("a revoked key is refused at once where it was revoked", async () => {
  const { id, key } = await makeKey();
  expect((await ask(`Bearer ${key}`)).status).toBe(200);
  await revokeKey(env, database(env), id, by());
  expect((await ask(`Bearer ${key}`)).status).toBe(401);
});

test("a revoked key is refused within two minutes where it is still remembered", async () => {
  const { id, key } = await makeKey();
  expect((await ask(`Bearer ${key}`)).status).toBe(200);
  // Another isolate revokes it: the row goes, what is cached stays.
  await database(env).delete(apiKey).where(eq(apiKey.id, id));
  expect((await ask(`Bearer ${key}`)).status).toBe(200);
  nowMs += 2 * MINUTE_MS;
  expect((await ask(`Bearer ${key}`)).status).toBe(401);
});

test("a key is asked for in D1 once while it is remembered", async () => {
  const { key } = await makeKey();
  expect((await ask(`Bearer ${key}`)).status).toBe(200);
  const withoutDatabase = { ...env, DB: undefined } as unknown as Env;
  for (const laterMs of [0, 29 * SECOND_MS, 29 * SECOND_MS]) {
    nowMs += laterMs;
    const request = new Request("https://sluice.test/read", { headers: { Authorization: `Bearer ${key}` } });
    expect((await root.fetch(request, withoutDatabase, createExecutionContext())).status).toBe(200);
  }
});

test("the last use is written at most every ten minutes", async () => {
  const { id, key } = await makeKey();
  const lastUse = async () =>
    (await database(env).select({ at: apiKey.lastUsedAt }).from(apiKey).where(eq(apiKey.id, id)).get())?.at;
  const firstMs = nowMs;
  await ask(`Bearer ${key}`);
  expect(await lastUse()).toBe(firstMs);
  nowMs += 5 * MINUTE_MS;
  await ask(`Bearer ${key}`);
  expect(await lastUse()).toBe(firstMs);
  nowMs += 6 * MINUTE_MS;
  await ask(`Bearer ${key}`);
  expect(await lastUse()).toBe(nowMs);
});

test("only compat doors take the bare key", async () => {
  const { key } = await makeKey();
  expect((await ask(key, "/old")).status).toBe(200);
  expect((await ask(`Bearer ${key}`, "/old")).status).toBe(200);
  expect((await ask(key, "/read")).status).toBe(401);
});

test("plain http is refused before the key is looked at, but not on loopback", async () => {
  const { key } = await makeKey();
  for (const authorization of [null, `Bearer ${key}`]) {
    const answer = await ask(authorization, "/read", "http://sluice.test");
    expect([answer.status, await codeOf(answer)]).toEqual([403, "https_required"]);
  }
  for (const host of ["localhost:8787", "127.0.0.1:8787", "[::1]:8787"]) {
    expect((await ask(`Bearer ${key}`, "/read", `http://${host}`)).status).toBe(200);
  }
  expect((await ask(`Bearer ${key}`, "/read", "http://localhost.evil.test")).status).toBe(403);
});

test("only a hash of a key is stored", async () => {
  const { key } = await makeKey();
  const stored = await env.DB.prepare("select * from api_key").all();
  expect(JSON.stringify(stored.results)).not.toContain(key.slice(12));
});
