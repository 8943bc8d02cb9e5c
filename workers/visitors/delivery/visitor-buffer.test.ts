// A shard in the real runtime against the simulated Maxymiser: what is pushed arrives there, newest first of all.
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { sandbox } from "../../../test/support/outgoing.ts";
import { takeLog } from "../../../test/support/logged.ts";
import {
  LOGIN,
  SITE,
  attributesOf,
  call,
  customerIdHash,
  drain,
  openSite,
  pixel,
  push,
  shardFor,
} from "../../../test/support/visitors.ts";
import { forgetSites } from "../intake/service-sites.ts";
import { metricsDoor } from "../../../src/shared/telemetry/metrics.ts";
import { siteToken } from "../doors.ts";

const maxymiser = () => sandbox().simulators.maxymiser;
const deliveries = async (query = "") =>
  (await call("GET", `/api/visitors/deliveries?site=${SITE}${query}`)).json.items as Record<string, unknown>[];
const parked = async (query = "") =>
  (await call("GET", `/api/visitors/parked?site=${SITE}${query}`)).json.items as Record<string, unknown>[];
const site = async () => (await call("GET", "/api/visitors/sites")).json.items[0] as Record<string, unknown>;

beforeEach(() => forgetSites());

describe("what was pushed", () => {
  beforeEach(openSite);

  test.each(["c1", "a/b+c%d?e&f=g#h", "çé 漢😀", "../../x", "%2F"])("reaches the profile of %s", async (customer) => {
    expect((await push(pixel(customer))).status).toBe(200);
    expect(attributesOf(customer)).toBeUndefined();
    await drain(customer);
    expect(attributesOf(customer)).toEqual({ customer_type: "vip" });
  });

  test("of one customer goes out in one call, the newest value of each attribute, in any order", async () => {
    await push(pixel("c", "a", "newest", 10), pixel("c", "a", "older", 30), pixel("c", "b", "1", 20));
    await push(pixel("c", "a", "oldest", 50));
    await drain("c");
    expect(maxymiser().puts).toHaveLength(1);
    expect(attributesOf("c")).toEqual({ a: "newest", b: "1" });
  });

  test("late does not bring an old value back, and is told as stale", async () => {
    await push(pixel("c", "a", "new", 10));
    await drain("c");
    await push(pixel("c", "a", "old", 500));
    await drain("c");
    expect(attributesOf("c")).toEqual({ a: "new" });
    expect(maxymiser().puts).toHaveLength(1);
    expect(await deliveries("&outcome=stale")).toMatchObject([
      { customerIdHash: await customerIdHash("c"), status: null },
    ]);
  });

  test("survives the object's end", async () => {
    await push(pixel("c"));
    await evictDurableObject(shardFor("c"));
    await drain("c");
    expect(attributesOf("c")).toEqual({ customer_type: "vip" });
  });

  test("of more attributes than one call takes goes out in several", async () => {
    const attributes = Object.fromEntries(Array.from({ length: 250 }, (_, n) => [`a${n}`, String(n)]));
    const occurredAt = new Date().toISOString();
    const body = { updates: [{ mmSiteId: SITE, customerId: "c", attributes, occurredAt }] };
    expect((await call("POST", "/receive_data/json", body)).status).toBe(200);
    await drain("c");
    expect(Object.keys(attributesOf("c") ?? {})).toHaveLength(250);
    expect(maxymiser().puts).toHaveLength(3);
  });

  test("is seen in deliveries, without the customer's id", async () => {
    await push(pixel("secret-customer"));
    await drain("secret-customer");
    const { text, json } = await call("GET", "/api/visitors/deliveries");
    expect(text).not.toContain("secret-customer");
    expect(json.items).toMatchObject([
      {
        mmSiteId: SITE,
        customerIdHash: await customerIdHash("secret-customer"),
        attributes: 1,
        deliveryIds: ["204417"],
        outcome: "delivered",
        status: "201",
      },
    ]);
    const exposition = await metricsDoor(env).exposition();
    expect(exposition).toContain("sluice_visitor_delivery_delay_seconds_count 1");
    expect(exposition).toContain(
      'sluice_upstream_requests_total{operation="profile",status="201",upstream="maxymiser"} 1',
    );
    expect(exposition).toContain("sluice_visitor_pending 0");
    expect(await site()).toMatchObject({
      mmSiteId: SITE,
      region: "eu",
      credentials: "ok",
      pending: 0,
      deliveredToday: 1,
      tokenExpiresAt: expect.any(String),
    });
  });
});

describe("a token that ended", () => {
  test("in the middle of a drain is replaced once, and the calls are repeated", async () => {
    await openSite();
    await push(pixel("c"));
    await drain("c");
    maxymiser().tokens.expire();
    const before = maxymiser().tokens.requests;
    await push(pixel("c", "a", "1"), pixel("c", "b", "2"));
    await drain("c");
    expect(attributesOf("c")).toEqual({ customer_type: "vip", a: "1", b: "2" });
    expect(maxymiser().tokens.requests).toBe(before + 1);
  });
});

describe("a refusal", () => {
  beforeEach(openSite);

  test("of an attribute parks it alone, with Maxymiser's words, and sends the others at once", async () => {
    maxymiser().state.sites.get(SITE)!.attributes = ["good", "fine"];
    await push(pixel("c", "good", "1"), pixel("c", "bad", "2"), pixel("c", "fine", "3"));
    await drain("c");
    expect(attributesOf("c")).toEqual({ good: "1", fine: "3" });
    const [row, ...others] = await parked();
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      kind: "delivery",
      reason: "rejected",
      detail: "unknown attribute",
      attributeName: "bad",
    });
    expect(await site()).toMatchObject({ parked: 1, pending: 0 });

    maxymiser().state.sites.get(SITE)!.attributes = ["good", "fine", "bad"];
    const replay = await call("POST", "/api/visitors/parked/replay", { ids: [row!["id"]] });
    expect(replay).toMatchObject({ status: 202, json: { replayed: 1 } });
    await drain("c");
    expect(attributesOf("c")).toEqual({ good: "1", fine: "3", bad: "2" });
    expect(await parked()).toEqual([]);
  });

  test("that names no attribute parks the whole call, and no neighbour", async () => {
    maxymiser().faults.set({ mode: "error", status: 400, path: "/eu/api/", times: 1 });
    await push(pixel("c", "a", "1"), pixel("c", "b", "2"));
    await drain("c");
    expect(new Set((await parked()).map((row) => row["attributeName"]))).toEqual(new Set(["a", "b"]));
    await push(pixel("d"));
    await drain("d");
    expect(attributesOf("d")).toEqual({ customer_type: "vip" });
    expect((await call("POST", "/api/visitors/parked/replay", { site: SITE })).json).toEqual({ replayed: 2 });
    await drain("c");
    expect(attributesOf("c")).toEqual({ a: "1", b: "2" });
  });
});

describe("a site that takes nothing", () => {
  test("without credentials holds what it got, and delivers it once they are there", async () => {
    await push(pixel("c"));
    await drain("c");
    expect(await site()).toMatchObject({ credentials: "missing", pending: 1, held: 1 });
    await push(pixel("c", "b", "2"));
    expect(await deliveries("&outcome=held")).toMatchObject([{ status: "missing", attributes: 1, ms: null }]);
    await openSite();
    await drain("c");
    expect(attributesOf("c")).toEqual({ customer_type: "vip", b: "2" });
    expect(await site()).toMatchObject({ credentials: "ok", pending: 0, held: 0 });
  });

  test("for a day parks what it held, with the reason, and a replay brings it back", async () => {
    await push(pixel("c"));
    await drain("c");
    await runInDurableObject(shardFor("c"), (_, { storage: { sql } }) => {
      sql.exec("UPDATE journal SET seq = seq - 86400000");
      sql.exec("UPDATE buffer_state SET state = json_set(state, '$.stopped.untilMs', 0)");
    });
    await evictDurableObject(shardFor("c"));
    await drain("c");
    expect(await parked()).toMatchObject([{ reason: "missing", attributeName: "customer_type" }]);
    expect(await deliveries("&outcome=parked")).toMatchObject([{ status: "missing" }]);
    await openSite();
    expect((await call("POST", "/api/visitors/parked/replay", { site: SITE })).json).toEqual({ replayed: 1 });
    await drain("c");
    expect(attributesOf("c")).toEqual({ customer_type: "vip" });
  });

  test("with refused credentials is not hammered, and resumes when they change", async () => {
    await openSite();
    maxymiser().state.logins[0]!.password = "changed";
    maxymiser().tokens.expire();
    await siteToken(env, SITE).credentialsChanged();
    await push(pixel("c"));
    await drain("c", 5);
    expect(maxymiser().tokens.requests).toBe(2);
    expect(await site()).toMatchObject({ credentials: "refused", held: 1 });
    const { json } = await call("GET", "/api/credentials");
    expect(json.items[0].lastError).toContain("invalid_grant");
    expect((await call("PUT", `/api/credentials/maxymiser:${SITE}`, { ...LOGIN, password: "changed" })).status).toBe(
      200,
    );
    await drain("c");
    expect(attributesOf("c")).toEqual({ customer_type: "vip" });
  });

  test("with API access switched off pauses, beside a healthy one, and resumes by a probe", async () => {
    await openSite();
    const other = { ...LOGIN, clientId: "other", siteIds: ["T1RIRVI="] };
    maxymiser().state.add(other);
    await call("PUT", "/api/credentials/maxymiser:T1RIRVI=", { ...LOGIN, clientId: "other" });
    maxymiser().state.sites.get(SITE)!.apiAccess = false;
    await push(...Array.from({ length: 40 }, (_, n) => pixel(`c${n}`)), pixel("d", "a", "1", 9, "T1RIRVI="));
    for (let n = 0; n < 40; n++) await drain(`c${n}`);
    await drain("d", 1, "T1RIRVI=");
    expect(attributesOf("d", "T1RIRVI=")).toEqual({ a: "1" });
    expect(await site()).toMatchObject({ credentials: "api_access_disabled", pending: 40, held: 40, parked: 0 });
    const refused = maxymiser().puts.filter(({ status }) => status === 403).length;
    expect(refused).toBeLessThanOrEqual(6);
    expect(takeLog().filter(({ event }) => event === "site_paused")).toHaveLength(1);

    maxymiser().state.sites.get(SITE)!.apiAccess = true;
    await siteToken(env, SITE).resumed();
    for (let n = 0; n < 40; n++) await drain(`c${n}`);
    expect(await site()).toMatchObject({ credentials: "ok", pending: 0, held: 0 });
  });

  test("that Maxymiser does not know pauses, and parks nothing", async () => {
    await openSite();
    maxymiser().state.logins[0]!.siteIds = [];
    await push(pixel("c"));
    await drain("c");
    expect(await site()).toMatchObject({ credentials: "unknown_site", held: 1, parked: 0 });
  });
});

describe("Maxymiser away", () => {
  test.each([500, 503, 429])("with %i is asked again later, and nothing is lost", async (status) => {
    await openSite();
    await push(pixel("c", "first", "1"));
    await drain("c");
    maxymiser().faults.set({ mode: "error", status, path: "/eu/api/", times: 1 });
    await push(pixel("c"));
    await drain("c");
    expect(attributesOf("c")).toEqual({ first: "1" });
    expect((await deliveries())[0]).toMatchObject({ outcome: "retrying", status: String(status) });
    expect(await site()).toMatchObject({ pending: 1, parked: 0 });
    await runInDurableObject(shardFor("c"), (_, state) => {
      // The time to wait is over.
      state.storage.sql.exec("UPDATE carried SET retry_ms = 0");
      state.storage.sql.exec("UPDATE buffer_state SET state = json_set(state, '$.stopped', null)");
    });
    await evictDurableObject(shardFor("c"));
    await drain("c");
    expect(attributesOf("c")).toEqual({ first: "1", customer_type: "vip" });
  });
});

test("a shard that is only looked at keeps nothing", async () => {
  await openSite();
  expect(await site()).toMatchObject({ pending: 0, parked: 0, delayP99Ms: null, oldestPendingAt: null });
  await runInDurableObject(shardFor("c"), (_, state) => {
    expect(state.storage.sql.exec("SELECT name FROM sqlite_master").toArray()).toEqual([]);
  });
});
