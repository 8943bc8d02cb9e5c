// The bindings of a page, over the real D1 and objects that the test makes.
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { sql } from "drizzle-orm";
import { countedBindings } from "../../../test/support/trips.ts";
import { database } from "../db/client.ts";
import type { Answer, Question } from "../durable/questions.ts";
import { metricsDoor } from "../telemetry/metrics.ts";
import { readingEnv } from "./reading.ts";

interface Door {
  one(n: number): Promise<unknown>;
  other(): Promise<unknown>;
}

/** A page's bindings whose `METRICS` is an object of the test's; `calls` are the RPCs that reached it. */
function pageOf(object: object) {
  const calls: string[] = [];
  const noted = new Proxy(object, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        calls.push(String(name));
        return Reflect.apply(member, target, args) as unknown;
      };
    },
  });
  const { bindings, trips } = countedBindings(env);
  const namespace = { idFromName: () => "", getByName: () => noted };
  const reading = readingEnv({ ...bindings, METRICS: namespace as unknown as Env["METRICS"] });
  return { reading, door: reading.METRICS.getByName("x") as unknown as Door, calls, trips };
}

const answers: Record<string, (n: number) => Answer> = {
  one: (n) => ({ value: n + 1 }),
  other: () => ({ error: "it is broken" }),
};
const many = async (questions: Question[]) => questions.map(([name, [n]]) => answers[name]!(Number(n)));
const one = async (n: number) => n + 1;
const other = async () => Promise.reject(new Error("it is broken"));

test("D1 is asked once for what two ask in a turn, the same question once; what is bad fails alone", async () => {
  const { reading, trips } = pageOf({});
  const [mine, theirs] = [database(reading), database(reading)];
  const asked = [
    mine.all(sql`SELECT 1 AS n`),
    theirs.all(sql`SELECT 2 AS n`),
    theirs.all(sql`SELECT 1 AS n`),
    mine.batch([mine.select({ n: sql<number>`3` }).from(sql`(SELECT 1)`)]),
  ];
  expect(await Promise.all(asked)).toEqual([[{ n: 1 }], [{ n: 2 }], [{ n: 1 }], [[{ n: 3 }]]]);
  expect(trips.d1.map((statements) => statements.length)).toEqual([3]);
  const [good, bad] = await Promise.allSettled([mine.all(sql`SELECT 4 AS n`), theirs.all(sql`SELECT no FROM nowhere`)]);
  expect(good).toMatchObject({ status: "fulfilled", value: [{ n: 4 }] });
  expect(bad.status).toBe("rejected");
});

test("an object is asked in one call for what is asked of it in a turn, once for each thing", async () => {
  const { door, calls } = pageOf({ many, one });
  expect(await Promise.all([door.one(1), door.one(2), door.one(1)])).toEqual([2, 3, 2]);
  await expect(Promise.all([door.one(5), door.other()])).rejects.toThrow("it is broken");
  expect(await door.one(1)).toBe(2);
  expect(calls).toEqual(["many", "many"]);
  expect(await door.one(9)).toBe(10);
  expect(calls.at(-1)).toBe("one");
});

test("the real objects answer one question and several", async () => {
  const metrics = metricsDoor(readingEnv(env));
  expect(await metrics.exposition()).toContain("# TYPE");
  const query = { name: "clickouts.clicks", fromMs: 0, toMs: 1, bucketMs: 1 };
  expect(await Promise.all([metrics.past(query, 1), metrics.past({ ...query, name: "x" }, 1)])).toEqual([[], []]);
});

test("an object of the version before, which has no such door, is asked for each", async () => {
  const missing = () => Promise.reject(new TypeError('The RPC receiver does not implement the method "many".'));
  const { door, calls } = pageOf({ many: missing, one, other });
  const [first, second] = await Promise.allSettled([door.one(1), door.other()]);
  expect([first, second.status]).toEqual([{ status: "fulfilled", value: 2 }, "rejected"]);
  expect(calls).toEqual(["many", "one", "other"]);
});

test("D1 waits for what objects tell, and for no object that takes too long", async () => {
  const slow = (ms: number) => ({ one: (n: number) => scheduler.wait(ms).then(() => n) });
  const ask = async (ms: number) => {
    const { reading, door, trips } = pageOf(slow(ms));
    const db = database(reading);
    const named = door.one(7).then((n) => db.all(sql`SELECT ${n} AS n`));
    await Promise.all([db.all(sql`SELECT 1 AS n`), named]);
    return trips.d1.length;
  };
  expect(await ask(20)).toBe(1);
  expect(await ask(700)).toBe(2);
});
