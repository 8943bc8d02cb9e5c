import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { takeLog } from "../../test/support/logged.ts";
import { systemClock } from "../../src/shared/clock.ts";
import type { System } from "../../src/shared/system.ts";
import { compose } from "../compose.ts";
import { consoleSystem } from "./index.ts";

const CANARY = "canary-7f3a9b";
const AWIN = { publisherId: "45628", token: CANARY };

let told: string[] = [];
let hearing = true;
let testAnswer = { ok: true, detail: "welcome" };

const listener: System = {
  name: "listener",
  credentialsChanged: async (_env, _deps, name) => {
    told.push(name);
    if (!hearing) throw new Error("could not publish");
  },
  testCredential: { awin: async (fields) => ({ ...testAnswer, detail: `${testAnswer.detail} ${fields["token"]}` }) },
};

const worker = compose([consoleSystem, listener], { clock: systemClock, fetch: globalThis.fetch });

async function ask(method: string, path: string, body?: unknown, key: string = env.ADMIN_TOKEN, bindings: Env = env) {
  const ctx = createExecutionContext();
  const headers: Record<string, string> = { Authorization: `Bearer ${key}` };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const answer = await worker.fetch(new Request(`https://sluice.test${path}`, init), bindings, ctx);
  await waitOnExecutionContext(ctx);
  return answer;
}

async function read<T = Record<string, unknown>>(method: string, path: string, body?: unknown, key?: string) {
  const answer = await ask(method, path, body, key);
  return { status: answer.status, body: await answer.json<T>() };
}

interface List {
  items: Record<string, unknown>[];
  nextCursor: string | null;
}

beforeEach(() => {
  told = [];
  hearing = true;
  testAnswer = { ok: true, detail: "welcome" };
});

test("health needs no key and no storage", async () => {
  const answer = await worker.fetch(
    new Request("http://sluice.test/health"),
    { VERSION: { id: "v1", tag: "", timestamp: "" } } as Env,
    createExecutionContext(),
  );
  expect(await answer.json()).toMatchObject({ status: "ok", version: "v1" });
});

test("the OpenAPI document is 3.1, names the key and describes every keyed door", async () => {
  const { body } = await read<{
    openapi: string;
    paths: Record<string, Record<string, { security?: unknown; responses: Record<string, unknown> }>>;
    components: { securitySchemes: unknown };
  }>("GET", "/openapi.json");
  expect(body.openapi).toBe("3.1.0");
  expect(body.components.securitySchemes).toMatchObject({ bearer: { type: "http", scheme: "bearer" } });
  expect(body.paths["/api/credentials/{name}"]?.["put"]).toMatchObject({
    security: [{ bearer: ["credentials:write"] }],
    responses: { default: { $ref: "#/components/responses/Problem" } },
  });
  expect(Object.keys(body.paths)).toEqual(
    expect.arrayContaining(["/health", "/metrics", "/api/keys", "/api/audit.csv"]),
  );
});

test("metrics are Prometheus text behind their scope", async () => {
  const answer = await ask("GET", "/metrics");
  expect(answer.status).toBe(200);
  expect(answer.headers.get("Content-Type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect((await ask("GET", "/metrics", undefined, "nothing")).status).toBe(401);
});

test("a key is shown once, works within its scopes, and is gone once revoked", async () => {
  const made = await read<{ id: string; key: string }>("POST", "/api/keys", {
    name: "partner",
    scopes: ["audit:read"],
  });
  expect(made.status).toBe(201);
  const { id, key } = made.body;
  expect(key).toMatch(/^slk_[0-9a-z]{32}$/);
  expect((await ask("GET", "/api/audit", undefined, key)).status).toBe(200);
  expect((await ask("GET", "/api/keys", undefined, key)).status).toBe(403);
  const listed = await ask("GET", "/api/keys");
  const text = await listed.text();
  expect(text).not.toContain(key);
  expect((JSON.parse(text) as List).items).toMatchObject([
    { id, name: "partner", prefix: key.slice(0, 10), expiresAt: null },
  ]);
  expect((await ask("DELETE", `/api/keys/${id}`)).status).toBe(204);
  expect((await ask("GET", "/api/audit", undefined, key)).status).toBe(401);
  expect((await ask("DELETE", `/api/keys/${id}`)).status).toBe(404);
});

test.each([
  [{ name: "x", scopes: ["everything"] }, "scopes.0"],
  [{ name: "x", scopes: [] }, "scopes"],
  [{ name: "", scopes: ["*"] }, "name"],
  [{ name: "x", scopes: ["*"], expiresAt: "2020-01-01T00:00:00Z" }, "expiresAt"],
  [{ name: "x", scopes: ["*"], expiresAt: "tomorrow" }, "expiresAt"],
  [{ name: "x", scopes: ["*"], more: 1 }, "more"],
])("the key %j is refused", async (wanted, path) => {
  const { status, body } = await read("POST", "/api/keys", wanted);
  expect(status).toBe(400);
  expect(body).toMatchObject({ code: "invalid_request", errors: [{ path }] });
});

test("a key cannot grant what it lacks", async () => {
  const { body } = await read<{ key: string }>("POST", "/api/keys", {
    name: "clerk",
    scopes: ["keys:write", "audit:read"],
  });
  const grant = (scopes: string[]) => ask("POST", "/api/keys", { name: "more", scopes }, body.key);
  expect((await grant(["audit:read"])).status).toBe(201);
  expect((await grant(["audit:read", "clickouts:write"])).status).toBe(403);
  expect((await grant(["*"])).status).toBe(403);
});

test("lists are paged by cursor, and their CSV twin holds them all", async () => {
  for (const name of ["a", "b", "c"]) await ask("POST", "/api/keys", { name, scopes: ["audit:read"] });
  const first = await read<List>("GET", "/api/keys?limit=2");
  const second = await read<List>("GET", `/api/keys?limit=2&cursor=${first.body.nextCursor}`);
  expect([...first.body.items, ...second.body.items].map((item) => String(item["name"])).toSorted()).toEqual([
    "a",
    "b",
    "c",
  ]);
  expect(second.body.nextCursor).toBeNull();
  const csv = await (await ask("GET", "/api/keys.csv")).text();
  expect(csv.split("\r\n")).toHaveLength(5);
  expect(csv).toMatch(/^id,name,prefix,scopes,/);
  for (const query of ["limit=0", "limit=501", "limit=x", "cursor=%25", "other=1"]) {
    expect((await ask("GET", `/api/keys?${query}`)).status).toBe(400);
  }
});

test("a credential goes in, is listed without its values, and the systems are told", async () => {
  const put = await read("PUT", "/api/credentials/awin", AWIN);
  expect(put).toMatchObject({
    status: 200,
    body: { name: "awin", keyVersion: "k1", lastUsedAt: null, lastError: null },
  });
  const { body } = await read<List>("GET", "/api/credentials");
  expect(body.items.map((item) => Object.keys(item))).toEqual([
    ["name", "updatedAt", "keyVersion", "lastUsedAt", "lastError"],
  ]);
  expect((await ask("DELETE", "/api/credentials/awin")).status).toBe(204);
  expect((await read<List>("GET", "/api/credentials")).body.items).toEqual([]);
  expect((await ask("DELETE", "/api/credentials/awin")).status).toBe(404);
  expect(told).toEqual(["awin", "awin"]);
});

test.each([
  ["awin", { publisherId: "1" }, "token"],
  ["awin", { publisherId: "1", token: "t", more: "x" }, "more"],
  ["awin", { publisherId: 1, token: "t" }, "publisherId"],
  ["awin", { publisherId: "1", token: " t\n" }, "token"],
  ["digidip", { account: "evil.test/" }, "account"],
  ["magazinevoce", { store: "a/../b" }, "store"],
])("the fields of %s %j are refused for %s", async (name, fields, path) => {
  const { status, body } = await read("PUT", `/api/credentials/${name}`, fields);
  expect(status).toBe(400);
  expect(body).toMatchObject({ code: "invalid_request", errors: [{ path }] });
  expect(told).toEqual([]);
});

test.each(["eloqua", "rotate", "__proto__", "toString"])("there is no credential %s", async (name) => {
  expect((await ask("PUT", `/api/credentials/${name}`, {})).status).toBe(404);
  expect((await ask("POST", `/api/credentials/${name}/test`)).status).toBe(404);
});

test("a system that cannot hear of the change does not undo it", async () => {
  hearing = false;
  expect((await ask("PUT", "/api/credentials/awin", AWIN)).status).toBe(200);
  expect(takeLog().map(({ event }) => event)).toContain("credentials_change_unheard");
});

test("a test asks the upstream, remembers its refusal, and tells no secret", async () => {
  await ask("PUT", "/api/credentials/awin", AWIN);
  expect((await read("POST", "/api/credentials/awin/test")).body).toEqual({ ok: true, detail: "welcome ***" });
  testAnswer = { ok: false, detail: "who is" };
  expect((await read("POST", "/api/credentials/awin/test")).body).toEqual({ ok: false, detail: "who is ***" });
  expect((await read<List>("GET", "/api/credentials")).body.items).toMatchObject([{ lastError: "who is ***" }]);
});

test("a credential whose master key is gone fails its test with the reason", async () => {
  await ask("PUT", "/api/credentials/awin", AWIN);
  const other = { ...env, VAULT_KEYS: `k7:${btoa("x".repeat(32))}` };
  const answer = await ask("POST", "/api/credentials/awin/test", undefined, env.ADMIN_TOKEN, other);
  expect(await answer.json()).toEqual({ ok: false, detail: "master key k1 is not in VAULT_KEYS" });
});

test("rotation through its door re-wraps all and is audited", async () => {
  await ask("PUT", "/api/credentials/awin", AWIN);
  await ask("PUT", "/api/credentials/digidip", { account: "acme" });
  const both = { ...env, VAULT_KEYS: `k2:${btoa("y".repeat(32))},${env.VAULT_KEYS}` };
  const answer = await ask("POST", "/api/credentials/rotate", undefined, env.ADMIN_TOKEN, both);
  expect(await answer.json()).toEqual({ keyVersion: "k2", rewrapped: ["awin", "digidip"], failed: [] });
  const { body } = await read<List>("GET", "/api/credentials");
  expect(body.items.map(({ keyVersion }) => keyVersion)).toEqual(["k2", "k2"]);
  const [row] = (await read<List>("GET", "/api/audit?action=credential.rotate")).body.items;
  expect(row).toMatchObject({ actor: "root", after: { keyVersion: "k2", rewrapped: ["awin", "digidip"] } });
});

test("the audit tells who changed what, narrowed by actor, action and time", async () => {
  await ask("PUT", "/api/credentials/awin", AWIN);
  await ask("DELETE", "/api/credentials/awin");
  const all = await read<List>("GET", "/api/audit");
  expect(all.body.items).toMatchObject([
    { actor: "root", action: "credential.delete", subject: "credential:awin", after: null },
    { action: "credential.put", before: null, after: { fields: ["publisherId", "token"], keyVersion: "k1" } },
  ]);
  const count = async (query: string) => (await read<List>("GET", `/api/audit?${query}`)).body.items.length;
  expect(await count("action=credential.put")).toBe(1);
  expect(await count("actor=key:none")).toBe(0);
  expect(await count("from=2020-01-01T00:00:00Z")).toBe(2);
  expect(await count("from=2100-01-01T00:00:00-03:00")).toBe(0);
  expect(await count("to=2020-01-01T00:00:00Z")).toBe(0);
});

test("a secret that was put in is found in no answer, no row and no log line", async () => {
  let answers = "";
  for (const [method, path, body] of [
    ["PUT", "/api/credentials/awin", AWIN],
    ["PUT", "/api/credentials/awin", { ...AWIN, more: CANARY }],
    ["PUT", "/api/credentials/awin", { publisherId: `${CANARY}!`, token: `${CANARY}\n` }],
    ["POST", "/api/credentials/awin/test", undefined],
    ["POST", "/api/credentials/rotate", undefined],
    ["GET", "/api/credentials", undefined],
    ["GET", "/api/credentials.csv", undefined],
    ["DELETE", "/api/credentials/awin", undefined],
    ["GET", "/api/audit", undefined],
    ["GET", "/api/audit.csv", undefined],
  ] as const) {
    answers += await (await ask(method, path, body)).text();
  }
  expect(answers).not.toContain(CANARY);
  for (const table of ["credential", "audit"]) {
    const { results } = await env.DB.prepare(`select * from ${table}`).all();
    expect(JSON.stringify(results)).not.toContain(CANARY);
  }
  expect(JSON.stringify(takeLog())).not.toContain(CANARY);
});
