// What a shard could not take at once comes by the queue, and what was kept long enough goes.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { takeLog } from "../../test/support/logged.ts";
import { SITE, attributesOf, call, drain, openSite, pixel, push, shardFor } from "../../test/support/visitors.ts";
import { DAY_MS } from "../../src/shared/clock.ts";
import { database } from "../../src/shared/db/client.ts";
import { metricsDoor } from "../../src/shared/telemetry/metrics.ts";
import { consumeVisitors } from "./consumer.ts";
import { integrationOf, shardOf } from "./intake/intake.ts";
import { receive } from "./intake/service-intake.ts";
import { forgetSites } from "./intake/service-sites.ts";
import { sweep } from "./service-sweep.ts";
import { visitorData } from "./store.ts";

const deps = { clock: Date.now, fetch: globalThis.fetch };
const body = (...pixels: unknown[]) => ({ Pixels: pixels });

/** Bindings of which the shards are away, and what was sent to the queue. */
function without(queueAway = false) {
  const sent: unknown[] = [];
  const away = { getByName: () => ({ put: () => Promise.reject(new Error("overloaded")) }) };
  const send = vi.fn(async (message: unknown) => {
    if (queueAway) throw new Error("queue away");
    sent.push(message);
  });
  const bindings = { ...env, VISITOR_BUFFER: away, VISITORS_QUEUE: { send } } as unknown as Env;
  return { sent, op: { env: bindings, deps, db: database(env), data: visitorData, waitUntil: () => {} } };
}

beforeEach(() => forgetSites());

describe("while a shard is away", () => {
  test("updates wait in the queue, in messages that it takes, and its consumer delivers them", async () => {
    await openSite();
    const { sent, op } = without();
    const pixels = Array.from({ length: 2_000 }, (_, n) => pixel("c", `a${n}`, "x".repeat(200)));
    expect(await receive(op, integrationOf("mm")!, body(...pixels))).toMatchObject({ accepted: 2_000 });
    expect(sent.length).toBeGreaterThan(5);
    for (const message of sent) {
      expect(new TextEncoder().encode(JSON.stringify(message)).byteLength).toBeLessThan(128_000);
      // At least once: each comes twice.
      expect(await consumeVisitors(message, env, deps, 1)).toEqual({ kind: "ack" });
      expect(await consumeVisitors(message, env, deps, 1)).toEqual({ kind: "ack" });
    }
    await drain("c");
    expect(Object.keys(attributesOf("c") ?? {})).toHaveLength(2_000);
    expect(takeLog().map(({ event }) => event)).toContain("visitor_buffer_away");
  });

  test("and the queue too, the caller is told to come again", async () => {
    const { op } = without(true);
    await expect(receive(op, integrationOf("mm")!, body(pixel("c")))).rejects.toMatchObject({
      code: "busy",
      retry: true,
    });
    takeLog();
  });

  test("the consumer tries again later", async () => {
    const { op } = without();
    const message = { queue: "visitors", mmSiteId: SITE, shard: 0, updates: [["c", "a", "1", 1, null]] };
    expect(await consumeVisitors(message, op.env, deps, 3)).toMatchObject({ kind: "retry", afterSeconds: 20 });
  });
});

test.each([
  null,
  {},
  "x",
  { queue: "visitors", mmSiteId: "..", shard: 0, updates: [] },
  { queue: "visitors", mmSiteId: SITE, shard: 0, updates: [["secret-customer", 1]] },
])("%j is parked, without its values", async (message) => {
  const outcome = await consumeVisitors(message, env, deps, 1);
  expect(outcome).toMatchObject({ kind: "park", reason: "malformed" });
  expect(JSON.stringify(outcome)).not.toContain("secret-customer");
});

describe("the sweep", () => {
  test("forgets quarantine after thirty days, and tells how much there is", async () => {
    await push({ a: 1 }, { b: 2 });
    await env.DB.prepare("UPDATE visitor_quarantine SET at = at - ? WHERE element = '{\"a\":1}'")
      .bind(30 * DAY_MS + 1)
      .run();
    expect(await sweep(visitorData)(env, deps)).toMatchObject({ counts: { quarantineForgotten: 1 }, warnings: [] });
    expect((await call("GET", "/api/visitors/parked")).json.items).toHaveLength(1);
    expect(await metricsDoor(env).exposition()).toContain('sluice_parked{reason="no_url",system="visitors"} 1');
  });

  test("looks after a site's shards once an hour: lost alarms stand again, old parked values go", async () => {
    await push(pixel("c"));
    const shard = shardFor("c");
    await runInDurableObject(shard, async (_, { storage }) => {
      await storage.deleteAlarm();
      storage.sql.exec(
        "INSERT INTO parked (key, value, at_ms, seq, reason, detail, parked_ms) VALUES ('a\nb', '[\"x\",null]', 1, 1, 'rejected', '', ?)",
        Date.now() - 31 * DAY_MS,
      );
    });
    const turnMs = shardOf(SITE, 60) * 60_000;
    await sweep(visitorData)(env, { ...deps, clock: () => turnMs + 60_000 });
    await runInDurableObject(shard, async (_, { storage }) => expect(await storage.getAlarm()).toBeNull());
    await sweep(visitorData)(env, { ...deps, clock: () => turnMs });
    await runInDurableObject(shard, async (_, { storage }) => {
      expect(await storage.getAlarm()).not.toBeNull();
      expect(storage.sql.exec("SELECT * FROM parked").toArray()).toEqual([]);
    });
    expect(takeLog().map(({ event }) => event)).toContain("alarm_was_lost");
  });
});
