// The object behind a site's token in the real runtime: one request for all, kept sealed, renewed by its alarm.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { takeLog } from "../../../test/support/logged.ts";
import { sandbox } from "../../../test/support/outgoing.ts";
import { LOGIN, SITE, call, openSite } from "../../../test/support/visitors.ts";
import { database, together } from "../../../src/shared/db/client.ts";
import { sealCredential } from "../../../src/shared/vault/credentials.ts";
import { siteToken } from "../doors.ts";
import { forgetSites } from "../intake/service-sites.ts";
import { sweep } from "../service-sweep.ts";
import { visitorData } from "../store.ts";

const maxymiser = () => sandbox().simulators.maxymiser;
const object = () => env.SITE_TOKEN.getByName(SITE);
const grant = async () => await siteToken(env, SITE).grant({ purpose: "show" });

async function token(): Promise<string> {
  const given = await grant();
  if (given.kind !== "token") throw new Error(given.reason);
  return given.token;
}

/** Everything on the object's disk, as text. */
async function onDisk(): Promise<string> {
  return await runInDurableObject(object(), (_, { storage }) => {
    const tables = storage.sql
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
      )
      .toArray();
    const rows = tables.map(({ name }) => storage.sql.exec(`SELECT * FROM "${name}"`).toArray());
    return JSON.stringify([rows, [...storage.kv.list()]]);
  });
}

beforeEach(async () => {
  forgetSites();
  await openSite();
});

test("a thousand callers make one request", async () => {
  const before = maxymiser().tokens.requests;
  const grants = await Promise.all(Array.from({ length: 1_000 }, grant));
  expect(maxymiser().tokens.requests).toBe(before + 1);
  expect(new Set(grants.map((given) => given.kind === "token" && given.token)).size).toBe(1);
});

test("a thousand callers make none while the credentials are known to be refused, not even after the object's end", async () => {
  maxymiser().state.logins[0]!.password = "changed";
  expect(await grant()).toMatchObject({ kind: "hold", reason: "refused" });
  const before = maxymiser().tokens.requests;
  for (let end = 0; end < 2; end++) {
    const asked = Array.from({ length: 1_000 }, (_, n) =>
      siteToken(env, SITE).grant({ purpose: n % 2 === 0 ? "show" : "deliver" }, n % 16),
    );
    const refused = (await Promise.all(asked)).filter((given) => given.kind === "hold" && given.reason === "refused");
    expect(refused).toHaveLength(1_000);
    await evictDurableObject(object());
  }
  expect(maxymiser().tokens.requests).toBe(before);
});

test("the token outlives the object, and nowhere lies in clear", async () => {
  const before = maxymiser().tokens.requests;
  const first = await token();
  await runInDurableObject(object(), () => new Promise((resolve) => setTimeout(resolve, 20)));
  const disk = await onDisk();
  expect(disk).toContain("sealed");
  for (const secret of [first, first.split(".")[2]!, LOGIN.password, LOGIN.clientSecret])
    expect(disk).not.toContain(secret);
  await evictDurableObject(object());
  expect(await token()).toBe(first);
  expect(maxymiser().tokens.requests).toBe(before + 1);
});

test("a token sealed under a key that is gone is asked for anew", async () => {
  const first = await token();
  await runInDurableObject(object(), async (_, { storage }) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const sealed = storage.kv.get<{ envelope: { keyVersion: string } }>("token")!;
    storage.kv.put("token", { ...sealed, envelope: { ...sealed.envelope, keyVersion: "gone" } });
  });
  await evictDurableObject(object());
  expect(await token()).not.toBe(first);
});

test("the alarm renews a token in use at half its life", async () => {
  maxymiser().tokens.seconds = 122;
  const first = await token();
  const dueMs = await runInDurableObject(object(), (_, { storage }) => storage.getAlarm());
  expect(dueMs! - Date.now()).toBeLessThanOrEqual(61_000);
  await runInDurableObject(object(), async (_, { storage }) => {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const state = storage.kv.get<{ token: { obtainedAtMs: number } }>("state")!;
    state.token.obtainedAtMs -= 3_600_000;
    storage.kv.put("state", state);
  });
  await evictDurableObject(object());
  await runDurableObjectAlarm(object());
  expect(await token()).not.toBe(first);
});

test("new credentials make the old token void at once", async () => {
  const first = await token();
  maxymiser().state.logins[0]!.password = "changed";
  expect((await call("PUT", `/api/credentials/maxymiser:${SITE}`, { ...LOGIN, password: "changed" })).status).toBe(200);
  expect(await token()).not.toBe(first);
  expect((await call("DELETE", `/api/credentials/maxymiser:${SITE}`)).status).toBe(204);
  expect(await grant()).toMatchObject({ kind: "hold", reason: "missing" });
});

test("a word of new credentials that got lost is said again by the sweep", async () => {
  await call("DELETE", `/api/credentials/maxymiser:${SITE}`);
  expect(await grant()).toMatchObject({ kind: "hold", reason: "missing" });
  const db = database(env);
  const { statement } = await sealCredential(env, db, `maxymiser:${SITE}`, LOGIN, Date.now());
  await together(db, [statement]);
  expect(await grant()).toMatchObject({ kind: "hold", reason: "missing" });
  const deps = { clock: Date.now, fetch: globalThis.fetch };
  expect(await sweep(visitorData)(env, deps)).toMatchObject({ counts: { sitesTold: 1 } });
  expect(await sweep(visitorData)(env, deps)).toMatchObject({ counts: { sitesTold: 0 } });
  expect(await token()).toBeTypeOf("string");
});

test("a refusal is told to the operator in Maxymiser's words, without secrets", async () => {
  maxymiser().state.logins[0]!.password = "changed";
  expect(await grant()).toMatchObject({ kind: "hold", reason: "refused" });
  const { json } = await call("GET", "/api/visitors/sites");
  expect(json.items[0]).toMatchObject({ credentials: "refused", detail: expect.stringContaining("invalid_grant") });
  const logged = JSON.stringify(takeLog());
  expect(logged).toContain("token_not_given");
  for (const secret of [LOGIN.password, LOGIN.clientSecret, LOGIN.username]) expect(logged).not.toContain(secret);
});
