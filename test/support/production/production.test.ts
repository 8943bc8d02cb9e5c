// Each rule bites where production would, and lets pass what production lets pass.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { runBatch } from "../../../src/shared/queue/run-batch.ts";
import { metricsDoor } from "../../../src/shared/telemetry/metrics.ts";
import { Connections, limitedFetch } from "./connections.ts";
import { guardedSql } from "./d1.ts";
import { production, World } from "./index.ts";
import { ioClock, manualClock } from "./io-clock.ts";
import { ProductionQueue } from "./queue.ts";

const bindings = env as Env;

describe("D1 in production", () => {
  const db = () => production(bindings, { clock: manualClock() }).DB;

  test("refuses a value of more than 2 MB and takes one of 2 MB", async () => {
    const session = db().withSession("first-primary");
    expect(() => session.prepare("SELECT length(?) AS n").bind("x".repeat(2_000_001))).toThrow(/too big/);
    expect(() => session.prepare("SELECT length(?) AS n").bind(new Uint8Array(2_000_001))).toThrow(/too big/);
    expect(await session.prepare("SELECT length(?) AS n").bind("x".repeat(2_000_000)).first("n")).toBe(2_000_000);
  });

  test("refuses the thousand and first query of an invocation, also within batches", async () => {
    const guarded = db();
    const one = guarded.prepare("SELECT 1");
    await guarded.batch(Array.from({ length: 999 }, () => one));
    await one.all();
    await expect(one.all()).rejects.toThrow(/too many/);
    await expect(db().batch(Array.from({ length: 1_001 }, () => one))).rejects.toThrow(/too many/);
  });

  test("refuses a value of more than 2 MB in an object's SQLite as well", async () => {
    await runInDurableObject(env.METRICS.getByName("any"), (_, { storage }) => {
      const sql = guardedSql(storage.sql);
      expect(() => sql.exec("SELECT ?", "x".repeat(2_000_001))).toThrow(/too big/);
      expect(sql.exec("SELECT ? AS x", "y").one()).toEqual({ x: "y" });
    });
  });
});

describe("KV in production", () => {
  test("shows what a location has read for a minute, and what it has not found", async () => {
    const [clock, world] = [manualClock(), new World()];
    const there = production(bindings, { clock, world, location: "FRA" }).KV;
    const here = production(bindings, { clock, world }).KV;
    expect(await here.get("pointer")).toBeNull();
    await there.put("pointer", "1");
    expect(await here.get("pointer")).toBeNull();
    expect(await there.get("pointer")).toBe("1");
    clock.forward(59_999);
    expect(await here.get("pointer")).toBeNull();
    clock.forward(1);
    expect(await here.get("pointer", "json")).toBe(1);
    await there.put("pointer", "2");
    clock.forward(30_000);
    expect(await here.get("pointer", { cacheTtl: 30 })).toBe("2");
    await expect(here.get("pointer", { cacheTtl: 10 })).rejects.toThrow(/at least 30/);
  });

  test("takes one write a second of a key", async () => {
    const clock = manualClock();
    const { KV } = production(bindings, { clock });
    await KV.put("a", "1");
    await KV.put("b", "1");
    await expect(KV.put("a", "2")).rejects.toThrow(/429/);
    clock.forward(1_000);
    await KV.put("a", "2");
  });
});

describe("connections in production", () => {
  test("let six requests wait for their headers; the seventh waits for one of them", async () => {
    const connections = new Connections();
    const answers: (() => void)[] = [];
    let started = 0;
    const slow: typeof fetch = () => {
      started++;
      return new Promise((resolve) => answers.push(() => resolve(new Response("ok"))));
    };
    const fetchSix = limitedFetch(slow, connections);
    const all = Array.from({ length: 9 }, () => fetchSix("http://sandbox.test/"));
    await scheduler.wait(1);
    expect(started).toBe(6);
    answers.shift()?.();
    await scheduler.wait(1);
    expect(started).toBe(7);
    while (answers.length > 0) {
      answers.shift()?.();
      await scheduler.wait(1);
    }
    await Promise.all(all);
    expect(connections.most).toBe(6);
  });
});

describe("the clock in production", () => {
  test("stands still until I/O has ended", async () => {
    const source = manualClock(0);
    const clock = ioClock(source);
    const { DB } = production(bindings, { clock });
    source.forward(500);
    expect(clock()).toBe(0);
    await DB.prepare("SELECT 1").all();
    expect(clock()).toBe(500);
    source.forward(500);
    expect(clock()).toBe(500);
    await metricsDoor(production(bindings, { clock })).exposition();
    expect(clock()).toBe(1_000);
  });
});

describe("queues in production", () => {
  const random = (seed: number) => () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;

  test("deliver every message at least once, some twice, in another order", async () => {
    const queue = new ProductionQueue("clickouts", manualClock(), { random: random(7), repeats: 0.3, batchSize: 10 });
    await queue.sendBatch(Array.from({ length: 50 }, (_, body) => ({ body })));
    const got: unknown[] = [];
    await queue.drain(async (batch) => {
      for (const message of batch.messages) got.push(message.body);
      batch.ackAll();
    });
    expect(new Set(got).size).toBe(50);
    expect(got.length).toBeGreaterThan(50);
    expect(got).not.toEqual(got.toSorted((a, b) => Number(a) - Number(b)));
  });

  test("wait as long as a retry asks for, then give up into the dead letters", async () => {
    const clock = manualClock();
    const queue = new ProductionQueue("clickouts", clock, { maxRetries: 2, repeats: 0 });
    const failing = (batch: MessageBatch) =>
      runBatch(batch, () => Promise.reject(new Error("bug")), bindings, { clock, fetch });
    await queue.send({ n: 1 });
    await queue.drain(failing);
    clock.forward(4_999);
    expect(await queue.deliver(failing)).toBe(0);
    clock.forward(1);
    expect(await queue.deliver(failing)).toBe(1);
    clock.forward(10_000);
    await queue.drain(failing);
    expect(queue.dead).toEqual([{ n: 1 }]);
    expect(queue.length).toBe(0);
  });

  test("refuse messages over 128 KB, batches over 256 KB and over 100 messages", async () => {
    const { CLICKOUTS_QUEUE: queue } = production(bindings, { clock: manualClock() });
    const kilobytes = (n: number) => ({ body: "x".repeat(n * 1_000) });
    await expect(queue.send(kilobytes(128).body)).rejects.toThrow(/exceeds limit/);
    await expect(queue.sendBatch([kilobytes(100), kilobytes(100), kilobytes(100)])).rejects.toThrow(/batch size/);
    await expect(queue.sendBatch(Array.from({ length: 101 }, () => ({ body: 1 })))).rejects.toThrow(/more than 100/);
    await queue.sendBatch([kilobytes(100), kilobytes(100)]);
  });
});
