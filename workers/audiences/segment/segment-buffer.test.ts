// The buffer of one segment in the real runtime, with its real tenant, against the simulated Split: doors, alarm, eviction,
// a process that ends between sending and deleting, and neighbours.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { demoSplit } from "../../../sandbox/demo.ts";
import { HOUR_MS, MINUTE_MS } from "../../../src/shared/clock.ts";
import { database } from "../../../src/shared/db/client.ts";
import { encodeRun } from "../../../src/shared/durable/encoding.ts";
import { sandbox, sandboxFetch } from "../../../test/support/outgoing.ts";
import type { SegmentIdentity } from "../objects.ts";
import { segmentBuffer, tenant } from "../reach.ts";
import { segmentId } from "../segment-name.ts";
import { segmentById } from "../store-segments.ts";

const identity: SegmentIdentity = {
  workspaceId: demoSplit.workspaceId,
  environmentId: demoSplit.environmentId,
  trafficTypeId: demoSplit.trafficTypeId,
  segment: "sbuyers_7",
  audienceId: "7",
  audienceName: "buyers",
  plainName: null,
};

let id: string;
const door = () => segmentBuffer(env, id);
const stub = () => env.SEGMENT_BUFFER.getByName(id);
const split = () => sandbox().simulators.split;
const membersOf = (name = identity.segment) => [...(split().members(identity.environmentId, name) ?? [])].toSorted();
const taken = () => split().memberCalls.filter(({ status }) => status === 200);
/** As the doors encode them. */
const changesOf = (adds: string[], deletes: string[] = [], atMs = Date.now()) => {
  const run = (verb: "add" | "delete", keys: string[]) => encodeRun({ value: verb, atMs, keys }, verb);
  return { atMs, parts: [...run("delete", deletes), ...run("add", adds)] };
};
const put = (...changes: Parameters<typeof changesOf>) => door().put(identity, changesOf(...changes));
const people = (n: number, from = 0) => Array.from({ length: n }, (_, i) => String(1e12 + from + i));
/** Lets the alarm work on what is there now. */
async function drain(): Promise<void> {
  await door().flush();
  await runDurableObjectAlarm(stub());
}
/** The segment as it is at Split before anything of ours was. */
const atSplit = async (path: string, body: unknown = {}) => {
  const headers = { Authorization: `Bearer ${demoSplit.apiKey}`, "Content-Type": "application/json" };
  const init = { method: "POST", headers, body: JSON.stringify(body) };
  expect((await fetch(`${env.SPLIT_API_URL}/${path}`, init)).status).toBe(200);
};
const makeAtSplit = async (name: string) => {
  const { workspaceId, trafficTypeId, environmentId } = identity;
  await atSplit(`segments/ws/${workspaceId}/trafficTypes/${trafficTypeId}`, { name });
  await atSplit(`segments/${environmentId}/${name}`);
};

beforeEach(async () => {
  id = await segmentId(identity.workspaceId, identity.environmentId, identity.segment);
  split().limits.organisation = { calls: 10_000, seconds: 60 };
  await tenant(env, identity.workspaceId).offer(demoSplit.apiKey);
});

afterEach(() => {
  vi.useRealTimers();
  globalThis.fetch = sandboxFetch;
});

describe("membership changes", () => {
  test("go out as deletes, then adds, to a segment that is made where Split does not know it", async () => {
    expect(await put(["1", "2"], ["3"])).toEqual({ taken: 3, stale: 0, registered: false });
    expect(await door().look()).toMatchObject({ pendingAdds: 2, pendingDeletes: 1, state: "creating" });
    await drain();
    expect(membersOf()).toEqual(["1", "2"]);
    expect(taken().map(({ verb }) => verb)).toEqual(["remove", "upload"]);
    const look = await door().look();
    expect(look).toMatchObject({ pendingAdds: 0, pendingDeletes: 0, state: "active", members: 2, keysToday: 3 });
  });

  test("that are older than what was sent are acknowledged and not sent", async () => {
    const now = Date.now();
    await put(["1"], [], now);
    await drain();
    await put([], ["1"], now - 1_000);
    await drain();
    expect(membersOf()).toEqual(["1"]);
    expect(taken()).toHaveLength(1);
  });

  test("of one MPID that cross each other come down to the newest, also across buffers' sleep", async () => {
    const now = Date.now();
    await put([], ["1"], now);
    await put(["1", "2"], [], now - 5);
    await evictDurableObject(stub());
    await put(["3"], [], now + 5);
    await drain();
    expect(membersOf()).toEqual(["2", "3"]);
  });

  test("of 25,000 people leave in three calls", async () => {
    await put(people(25_000));
    await drain();
    expect(taken().map(({ keys }) => keys)).toEqual([10_000, 10_000, 5_000]);
    expect(membersOf()).toHaveLength(25_000);
  });

  test("that arrive together lie on the disk as one row", async () => {
    await Promise.all(people(20).map((mpid) => put([mpid])));
    const rows = await runInDurableObject(stub(), (_, { storage }) =>
      Number(storage.sql.exec("SELECT count(*) AS n FROM journal").one()["n"]),
    );
    expect(rows).toBeLessThan(20);
    await drain();
    expect(membersOf()).toHaveLength(20);
  });

  test("survive a process that ends between sending and deleting, and are sent again", async () => {
    await put(["1", "2"]);
    let killed = false;
    globalThis.fetch = async (input, init) => {
      const answer = await sandboxFetch(input, init);
      if (!killed && new Request(input, init).url.includes("uploadKeys") && answer.ok) {
        killed = true;
        await runInDurableObject(stub(), (_, state) => state.abort("the process ends here")).catch(() => {});
      }
      return answer;
    };
    await drain().catch(() => {});
    expect(killed).toBe(true);
    expect(membersOf()).toEqual(["1", "2"]);
    expect(await door().look()).toMatchObject({ pendingAdds: 2 });
    await drain();
    expect(taken()).toHaveLength(2);
    expect(await door().look()).toMatchObject({ pendingAdds: 0 });
  });

  test("wait while Split is down, and go when it is back", async () => {
    await put(["1"]);
    split().faults.set({ mode: "error", status: 503 });
    await drain();
    expect(await door().look()).toMatchObject({ pendingAdds: 1 });
    split().faults.clear();
    await door().resume();
    await drain();
    expect(membersOf()).toEqual(["1"]);
  });

  test("wait as long as a 429 says", async () => {
    await put(["1"]);
    await drain();
    split().limits.organisation = { calls: 1, seconds: 60 };
    await put(["2"]);
    await drain();
    await put(["3"]);
    await drain();
    const look = await door().look();
    expect(look?.nextFlushAtMs).toBeGreaterThan(Date.now() + 20_000);
    expect(look?.pendingAdds).toBeGreaterThan(0);
  });
});

describe("rows written, as they are billed", () => {
  /** Counts what the object's statements and alarms write from now on. */
  async function countRows(): Promise<{ rows: number }> {
    const counted = { rows: 0 };
    await runInDurableObject(stub(), (_, { storage }) => {
      const { sql } = storage;
      const exec = sql.exec.bind(sql);
      Object.defineProperty(sql, "exec", {
        value: (...statement: Parameters<SqlStorage["exec"]>) => {
          const cursor = exec(...statement);
          counted.rows += cursor.rowsWritten;
          return cursor;
        },
      });
      const setAlarm = storage.setAlarm.bind(storage);
      Object.defineProperty(storage, "setAlarm", {
        value: (at: number) => {
          counted.rows += 1;
          return setAlarm(at);
        },
      });
    });
    return counted;
  }

  test.for([
    ["one body of 100 in ten seconds", 1, 100, 0.1],
    ["ten bodies of 100", 10, 100, 0.05],
    ["two hundred bodies of 100", 200, 100, 0.05],
  ] as const)("are few a change: %s", async ([, bodies, each, promised]) => {
    await put(["warm"]);
    await drain();
    const counted = await countRows();
    for (let n = 0; n < bodies; n++) await put(people(each, n * each));
    // The first alarm sends and tells, the second tells what the first counted.
    for (let alarms = 0; alarms < 2; alarms++) {
      // An operator's flush stands in for ten seconds of waiting: what it writes itself does not count.
      const before = counted.rows;
      await door().flush();
      counted.rows = before;
      await runDurableObjectAlarm(stub());
    }
    expect(membersOf()).toHaveLength(bodies * each + 1);
    const share = counted.rows / (bodies * each);
    expect(share).toBeGreaterThan(0.01);
    expect(share).toBeLessThanOrEqual(promised);
  });
});

describe("what Split refuses", () => {
  test("is parked alone, and comes back by a replay", async () => {
    split().state.refusedMembers.add("1000000000007");
    await put(people(40));
    await drain();
    expect(membersOf()).toHaveLength(39);
    expect(await door().parked(null, 10)).toMatchObject([{ mpid: "1000000000007", verb: "add", reason: "rejected" }]);
    split().state.refusedMembers.clear();
    expect(await door().replay(["1000000000007"])).toEqual({ replayed: 1 });
    await drain();
    expect(membersOf()).toHaveLength(40);
    expect(await door().look()).toMatchObject({ parked: 0 });
  });

  test("for want of room is parked, while deletes flow and make room for it", async () => {
    await makeAtSplit(identity.segment);
    const members = split().members(identity.environmentId, identity.segment) as Set<string>;
    for (const mpid of people(99_999)) members.add(mpid);
    await put(["1", "2", "3"]);
    await drain();
    expect(members.size).toBe(100_000);
    expect(await door().look()).toMatchObject({ state: "full", parked: 2, pendingAdds: 0 });
    await put([], people(5));
    await drain();
    await drain();
    expect(["1", "2", "3"].every((mpid) => members.has(mpid))).toBe(true);
    expect(await door().look()).toMatchObject({ state: "active", parked: 0, pendingAdds: 0 });
  });

  test("because the key is refused pauses this tenant alone, and goes when another key comes", async () => {
    split().state.keys.get(demoSplit.apiKey)!.kind = "revoked";
    await put(["1"]);
    await drain();
    expect(await door().look()).toMatchObject({ state: "paused", pendingAdds: 1 });
    await put(["2"]);
    split().state.keys.get(demoSplit.apiKey)!.kind = "admin";
    await tenant(env, identity.workspaceId).replaceKey(demoSplit.apiKey);
    await runDurableObjectAlarm(env.TENANT.getByName(identity.workspaceId));
    await door().resume();
    await drain();
    expect(membersOf()).toEqual(["1", "2"]);
  });

  test("in one workspace does not hold another up", async () => {
    split().state.add({
      name: "other",
      keys: { "other-key": { kind: "admin" } },
      workspaces: [
        {
          id: "ws-other",
          name: "Other",
          environments: [{ id: "env-other", name: "Production" }],
          trafficTypes: [{ id: "tt-other", name: "user" }],
        },
      ],
    });
    const other = { ...identity, workspaceId: "ws-other", environmentId: "env-other", trafficTypeId: "tt-other" };
    const otherId = await segmentId("ws-other", "env-other", identity.segment);
    await tenant(env, "ws-other").offer("other-key");
    await tenant(env, identity.workspaceId).replaceKey("wrong-key");
    split().state.keys.get(demoSplit.apiKey)!.kind = "revoked";
    await put(["1"]);
    await segmentBuffer(env, otherId).put(other, changesOf(["1"]));
    await segmentBuffer(env, otherId).flush();
    await Promise.all([drain(), runDurableObjectAlarm(env.SEGMENT_BUFFER.getByName(otherId))]);
    expect(await door().look()).toMatchObject({ state: "paused", pendingAdds: 1 });
    expect([...split().members("env-other", identity.segment)!]).toEqual(["1"]);
  });
});

describe("a wish", () => {
  test("is made true before any key goes; what is there already stays as it is", async () => {
    await makeAtSplit(identity.segment);
    (split().members(identity.environmentId, identity.segment) as Set<string>).add("0");
    await put(["1"]);
    await door().want(identity, "active", Date.now());
    await drain();
    expect(membersOf()).toEqual(["0", "1"]);
    const made = split().requests.findIndex(({ method }) => method === "POST");
    expect(split().requests.findIndex(({ path }) => path.endsWith("uploadKeys"))).toBeGreaterThan(made);
  });

  test("to be gone is fulfilled; older changes are void, newer ones wait for a new wish", async () => {
    const now = Date.now();
    await put(["1"], [], now);
    await drain();
    await door().want(identity, "deleted", now + 10);
    await runDurableObjectAlarm(stub());
    expect(split().members(identity.environmentId, identity.segment)).toBeUndefined();
    expect(await put(["2"], [], now + 5)).toMatchObject({ taken: 0, stale: 1 });
    await put(["3"], [], now + 20);
    await drain();
    expect(split().members(identity.environmentId, identity.segment)).toBeUndefined();
    expect(await door().look()).toMatchObject({ state: "removed", pendingAdds: 1 });
    await door().want(identity, "active", now + 30);
    await drain();
    expect(membersOf()).toEqual(["3"]);
  });

  test("to be gone that a flag forbids is parked with Split's words, and replayed", async () => {
    await put(["1"]);
    await drain();
    const segment = split().state.workspaces.get(identity.workspaceId)!.segments.get(identity.segment)!;
    segment.usedByFlag = true;
    await door().want(identity, "deleted", Date.now() + 10);
    await runDurableObjectAlarm(stub());
    expect(await door().parked(null, 10)).toMatchObject([
      { reason: "segment_in_use", detail: expect.stringContaining("used by feature flags") as string },
    ]);
    segment.usedByFlag = false;
    expect(await door().replay()).toEqual({ replayed: 1 });
    await runDurableObjectAlarm(stub());
    expect(split().members(identity.environmentId, identity.segment)).toBeUndefined();
  });

  test("spares a segment that another environment uses too", async () => {
    await put(["1"]);
    await drain();
    const staging = { ...identity, environmentId: "env-staging" };
    const stagingId = await segmentId(staging.workspaceId, staging.environmentId, staging.segment);
    await segmentBuffer(env, stagingId).put(staging, changesOf(["9"]));
    await segmentBuffer(env, stagingId).arm();
    await door().want(identity, "deleted", Date.now() + 10);
    await runDurableObjectAlarm(stub());
    expect(split().members(identity.environmentId, identity.segment)).toBeUndefined();
    expect(split().state.workspaces.get(identity.workspaceId)!.segments.has(identity.segment)).toBe(true);
  });
});

describe("a segment at Split", () => {
  test("that vanished behind our back is made once more", async () => {
    await put(["1"]);
    await drain();
    split().state.workspaces.get(identity.workspaceId)!.segments.delete(identity.segment);
    await put(["2"]);
    await drain();
    expect(membersOf()).toEqual(["2"]);
  });

  test("of the plain name is used where the replaced lambda made one", async () => {
    await makeAtSplit("sbuyers");
    await door().put({ ...identity, plainName: "sbuyers" }, changesOf(["1"]));
    await drain();
    expect(membersOf("sbuyers")).toEqual(["1"]);
    expect(await door().look()).toMatchObject({ segment: "sbuyers" });
  });

  test("of another name takes what follows after a rename", async () => {
    await put(["1"]);
    await drain();
    expect(await door().rename("sother")).toMatchObject({ segment: "sother", members: null });
    await put(["2"]);
    await drain();
    expect(membersOf("sother")).toEqual(["2"]);
  });
});

describe("the row in D1", () => {
  const row = () => segmentById(database(env), id);

  test("is written by the alarm, given up by the sweep when nothing waits, and renewed by the next change", async () => {
    await put(["1"]);
    await drain();
    expect(await row()).toMatchObject({ state: "active", target: identity.segment, members: 1, pendingAdds: 0 });
    expect((await row())!.dueAt).toBeGreaterThan(Date.now());
    // What was counted is told to `Metrics` some seconds later; then nothing is left to do.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + HOUR_MS });
    await runDurableObjectAlarm(stub());
    await door().arm();
    expect(await row()).toMatchObject({ dueAt: null });
    expect((await put(["2"])).registered).toBe(true);
    await vi.waitFor(async () => expect((await row())!.dueAt).not.toBeNull());
  });

  test("brings back an alarm that was lost", async () => {
    await put(["1"]);
    await runInDurableObject(stub(), (_, { storage }) => storage.deleteAlarm());
    await evictDurableObject(stub());
    await door().arm();
    expect(await runDurableObjectAlarm(stub())).toBe(true);
  });

  test("goes with the object once the tombstone has expired", async () => {
    await put(["1"]);
    await drain();
    await door().want(identity, "deleted", Date.now() + 10);
    await runDurableObjectAlarm(stub());
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 25 * HOUR_MS });
    await runInDurableObject(stub(), (instance) => (instance as unknown as { alarm(): Promise<void> }).alarm());
    expect(await row()).toBeNull();
    expect(await door().look()).toBeNull();
  });

  test("is not needed to look: an object that nobody used writes nothing", async () => {
    expect(await door().look()).toBeNull();
    const tables = await runInDurableObject(stub(), (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
    );
    expect(tables).toEqual([]);
  });
});

test("a segment that becomes nearly full is told of once for each time that it does", async () => {
  // It rests, so that nothing is sent to it: what is told is looked at here.
  const added =
    "insert into webhook (id, url, description, events, state, rest_until, created_at) values (?, ?, ?, ?, ?, ?, 0)";
  const restUntil = Date.now() + 1_000 * HOUR_MS;
  const values = ["whk_1", "https://receiver.example/", "", '["segment.nearly_full"]', "active", restUntil];
  await env.DB.prepare(added)
    .bind(...values)
    .run();
  const told = async () =>
    (await env.DB.prepare("select body from webhook_event order by created_at").all<{ body: string }>()).results.map(
      ({ body }) => JSON.parse(body) as { type: string; data: object },
    );
  vi.useFakeTimers({ toFake: ["Date"] });
  const counted = async (adds: string[], deletes: string[] = []) => {
    await put(adds, deletes);
    await drain();
    vi.setSystemTime(Date.now() + 2 * MINUTE_MS);
  };
  await counted(people(94_999));
  expect(await told()).toEqual([]);
  await counted(people(1, 94_999));
  const event = { type: "segment.nearly_full", data: { segmentId: id, members: 95_000 } };
  expect(await told()).toMatchObject([event]);
  await counted(people(1, 95_000));
  expect(await told()).toHaveLength(1);
  await counted([], people(2));
  await counted(people(2, 95_001));
  expect(await told()).toMatchObject([event, { data: { members: 95_001 } }]);
});
