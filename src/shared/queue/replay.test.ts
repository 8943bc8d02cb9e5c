// Replays of parked messages: sent, then marked; repeated, cut short and refused.
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { takeLog } from "../../../test/support/logged.ts";
import { audit } from "../audit/tables.ts";
import { database } from "../db/client.ts";
import { listParked, park } from "./parked.ts";
import { replayParked } from "./replay.ts";

const by = { actor: "root", requestId: "req_test_0001", at: 9 };
const db = () => database(env);

let sent: unknown[] = [];
const queueOf = (send: (body: unknown) => Promise<unknown>) =>
  ({ ...env, CLICKOUTS_QUEUE: { send } }) as unknown as Env;
const taking = queueOf(async (body) => sent.push(body));

beforeEach(async () => {
  sent = [];
  for (const [i, queue] of ["clickouts", "clickouts", "gone"].entries()) {
    await park(db(), { id: `m${i}`, queue, body: { n: i }, reason: "malformed", detail: "x", parkedAtMs: i });
  }
});

const open = async () => (await listParked(db(), {}, 10)).map(({ id }) => id);

test("messages go to the queue that they came from and are marked", async () => {
  const { replayed, failed } = await replayParked(taking, db(), ["m0", "m1", "m2", "m9", "m0"], by);
  expect([sent, replayed]).toEqual([
    [{ n: 0 }, { n: 1 }],
    ["m0", "m1"],
  ]);
  expect(failed).toEqual([
    { id: "m9", reason: "unknown" },
    { id: "m2", reason: "no_queue" },
  ]);
  expect(await open()).toEqual(["m2"]);
  expect(await listParked(db(), { replayed: true }, 10)).toMatchObject([{ id: "m1", replayedAt: 9 }, { id: "m0" }]);
  expect(await db().select().from(audit)).toMatchObject([
    { action: "parked.replay", after: { count: 2, ids: ["m0", "m1"] } },
  ]);
});

test("a second replay of the same sends nothing", async () => {
  await replayParked(taking, db(), ["m0"], by);
  expect(await replayParked(taking, db(), ["m0"], by)).toEqual({ replayed: [], failed: [] });
  expect(sent).toHaveLength(1);
});

test("what the queue does not take stays parked, and its neighbours go", async () => {
  const refusing = queueOf(async (body) => {
    if ((body as { n: number }).n === 0) throw new Error("overloaded");
    sent.push(body);
  });
  const { replayed, failed } = await replayParked(refusing, db(), ["m0", "m1"], by);
  expect([replayed, failed]).toEqual([["m1"], [{ id: "m0", reason: "not_sent" }]]);
  expect(await open()).toEqual(["m2", "m0"]);
  expect(takeLog().map(({ event }) => event)).toEqual(["replay_failed"]);
});

test("a hundred at once are within the database's limits", async () => {
  const ids = Array.from({ length: 120 }, (_, i) => `many-${String(i).padStart(3, "0")}`);
  for (const id of ids) await park(db(), { id, queue: "clickouts", body: {}, reason: "r", detail: "", parkedAtMs: 1 });
  expect((await replayParked(taking, db(), ids, by)).replayed).toHaveLength(100);
});

test("the list is paged by time and id, and narrowed", async () => {
  const first = await listParked(db(), {}, 2);
  const last = first.at(-1)!;
  const rest = await listParked(db(), { before: { parkedAt: last.parkedAt, id: last.id } }, 2);
  expect([...first, ...rest].map(({ id }) => id)).toEqual(["m2", "m1", "m0"]);
  expect((await listParked(db(), { queue: "gone" }, 10)).map(({ id }) => id)).toEqual(["m2"]);
  expect(await listParked(db(), { reason: "other" }, 10)).toEqual([]);
});
