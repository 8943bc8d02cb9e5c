// The policy of a shard by itself: which calls are made, under which token, and what each answer means for the buffer.
import { describe, expect, test } from "vitest";
import { HOUR_MS, MINUTE_MS } from "../../../src/shared/clock.ts";
import type { Change } from "../../../src/shared/durable/change.ts";
import type { Grant } from "../access/token-keeper.ts";
import type { PutAnswer } from "../maxymiser/answers.ts";
import { Delivery } from "./delivery.ts";
import type { Attempt } from "./delivery.ts";
import { keyOf } from "./held.ts";
import type { Held } from "./held.ts";

const LIMITS = { flushAfterMs: 1_000, flushAt: 100, windowChanges: 100, inFlight: 6, orderMemoryMs: HOUR_MS };
const NOW_MS = 1_000_000_000;

function change(customerId: string, attribute: string, value = "v", deliveryId: string | null = "d1"): Change<Held> {
  return { key: keyOf(customerId, attribute), value: [value, deliveryId], atMs: 1, seq: 1 };
}

function shard() {
  const world = {
    nowMs: NOW_MS,
    serial: 1,
    probe: false,
    hold: null as Extract<Grant, { kind: "hold" }> | null,
    asked: [] as (number | undefined)[],
    puts: [] as { token: string; customerId: string; attributes: string[] }[],
    answers: [] as PutAnswer[],
    paused: [] as string[],
    resumed: 0,
    told: [] as Attempt[],
  };
  const delivery = new Delivery(
    LIMITS,
    {
      clock: () => world.nowMs,
      grant: async (rejected) => {
        world.asked.push(rejected);
        if (world.hold !== null) return world.hold;
        if (rejected === world.serial) world.serial += 1;
        const { serial, probe } = world;
        return { kind: "token", token: `t${serial}`, serial, region: "eu", expiresAtMs: world.nowMs + HOUR_MS, probe };
      },
      put: async ({ token }, customerId, attributes) => {
        world.puts.push({ token, customerId, attributes: attributes.map(([name]) => name) });
        await Promise.resolve();
        return world.answers.shift() ?? { kind: "delivered", status: "200" };
      },
      sitePaused: async (reason) => void world.paused.push(reason),
      siteResumed: async () => void world.resumed++,
      told: (attempt) => void world.told.push(attempt),
    },
    () => {},
  );
  return { world, delivery };
}

const unauthorized: PutAnswer = { kind: "unauthorized", status: "401", detail: "expired" };
const disabled: PutAnswer = { kind: "site", reason: "api_access_disabled", status: "403", detail: "disabled" };
const later = (status: string, retryAtMs?: number): PutAnswer => ({
  kind: "later",
  status,
  detail: "",
  ...(retryAtMs === undefined ? {} : { retryAtMs }),
});

test("a customer is one call, whatever his attributes are called", () => {
  const { delivery } = shard();
  const changes = [change("a", "x"), change("b", "x"), change("a", "y\u00a0z")];
  expect(delivery.plan(changes).calls.map((call) => call.map(({ key }) => key))).toEqual([
    ["a\nx", "a\ny\u00a0z"],
    ["b\nx"],
  ]);
});

test("a token is asked for once for many calls, and again before it is too old", async () => {
  const { world, delivery } = shard();
  expect(await delivery.ready()).toBeNull();
  await Promise.all(Array.from({ length: 50 }, (_, n) => delivery.send([change(`c${n}`, "a")])));
  expect(world.asked).toHaveLength(1);
  world.nowMs += HOUR_MS - 20_000;
  await delivery.ready();
  expect(world.asked).toHaveLength(2);
});

test("a delivery is told with its customer, size and delivery ids", async () => {
  const { world, delivery } = shard();
  expect(await delivery.send([change("c", "a"), change("c", "b", "v", "d2"), change("c", "e", "v", null)])).toEqual({
    kind: "delivered",
  });
  expect(world.told).toEqual([
    { customerId: "c", attributes: 3, deliveryIds: ["d1", "d2"], outcome: "delivered", status: "200", ms: 0 },
  ]);
});

describe("401", () => {
  test("brings one new token and one repeat", async () => {
    const { world, delivery } = shard();
    world.answers = [unauthorized];
    expect(await delivery.send([change("c", "a")])).toEqual({ kind: "delivered" });
    expect(world.puts.map(({ token }) => token)).toEqual(["t1", "t2"]);
    expect(world.asked).toEqual([undefined, 1]);
  });

  test("to six calls at once brings one new token", async () => {
    const { world, delivery } = shard();
    await delivery.ready();
    world.answers = Array.from({ length: 6 }, () => unauthorized);
    const verdicts = await Promise.all(Array.from({ length: 6 }, (_, n) => delivery.send([change(`c${n}`, "a")])));
    expect(verdicts.every(({ kind }) => kind === "delivered")).toBe(true);
    expect(world.serial).toBe(2);
    expect(world.puts).toHaveLength(12);
  });

  test("twice stops the shard for a while", async () => {
    const { world, delivery } = shard();
    world.answers = [unauthorized, unauthorized];
    expect(await delivery.send([change("c", "a")])).toEqual({ kind: "retry", reason: "unauthorized" });
    expect(world.puts).toHaveLength(2);
  });

  test("while no token can be had waits for one", async () => {
    const { world, delivery } = shard();
    await delivery.ready();
    world.answers = [unauthorized];
    world.hold = { kind: "hold", reason: "refused", untilMs: null, detail: "invalid_grant" };
    expect(await delivery.send([change("c", "a")])).toEqual({
      kind: "hold",
      reason: "refused",
      checkAtMs: NOW_MS + HOUR_MS,
    });
  });
});

describe("a site that is held", () => {
  test.each([
    ["missing", NOW_MS + MINUTE_MS, { kind: "hold", reason: "missing", checkAtMs: NOW_MS + MINUTE_MS }],
    ["refused", null, { kind: "hold", reason: "refused", checkAtMs: NOW_MS + HOUR_MS }],
    ["unavailable", NOW_MS + 5_000, { kind: "retry", reason: "no_token", retryAtMs: NOW_MS + 5_000 }],
  ] as const)("as %s is not called", async (reason, untilMs, stop) => {
    const { world, delivery } = shard();
    world.hold = { kind: "hold", reason, untilMs, detail: "" };
    expect(await delivery.ready()).toEqual(stop);
    expect(world.puts).toEqual([]);
  });

  test("by 403 pauses, with the site's token told", async () => {
    const { world, delivery } = shard();
    world.answers = [disabled];
    expect(await delivery.send([change("c", "a")])).toEqual({
      kind: "hold",
      reason: "api_access_disabled",
      checkAtMs: NOW_MS + MINUTE_MS,
    });
    expect(world.paused).toEqual(["api_access_disabled"]);
    expect(world.told[0]).toMatchObject({ outcome: "held", status: "403" });
  });

  test("is probed by one call, and by no other until it answered", async () => {
    const { world, delivery } = shard();
    world.probe = true;
    await delivery.ready();
    world.answers = [disabled];
    const verdicts = await Promise.all(Array.from({ length: 6 }, (_, n) => delivery.send([change(`c${n}`, "a")])));
    expect(world.puts).toHaveLength(1);
    expect(new Set(verdicts.map(({ kind }) => kind))).toEqual(new Set(["hold"]));
    expect(world.resumed).toBe(0);
  });

  test("is probed by one call also where six find out that their token ended", async () => {
    const { world, delivery } = shard();
    await delivery.ready();
    world.probe = true;
    world.answers = Array.from({ length: 6 }, () => unauthorized);
    const six = () => Promise.all(Array.from({ length: 6 }, (_, n) => delivery.send([change(`c${n}`, "a")])));
    const retry = { kind: "retry", reason: "unauthorized", retryAtMs: NOW_MS + 1_000 };
    expect(await six()).toEqual(Array.from({ length: 6 }, () => retry));
    expect(world.puts).toHaveLength(6);
    world.answers = [disabled];
    await six();
    expect(world.puts).toHaveLength(7);
  });

  test("whose probe gets through is told to go on, and the others follow", async () => {
    const { world, delivery } = shard();
    world.probe = true;
    await delivery.ready();
    const verdicts = await Promise.all(Array.from({ length: 6 }, (_, n) => delivery.send([change(`c${n}`, "a")])));
    expect(new Set(verdicts.map(({ kind }) => kind))).toEqual(new Set(["delivered"]));
    expect([world.puts.length, world.resumed]).toEqual([6, 1]);
  });

  test("whose probe says nothing waits for the next", async () => {
    const { world, delivery } = shard();
    world.probe = true;
    await delivery.ready();
    world.answers = [later("503")];
    const verdicts = await Promise.all([delivery.send([change("a", "x")]), delivery.send([change("b", "x")])]);
    expect(verdicts.map(({ kind }) => kind)).toEqual(["retry_call", "retry"]);
    expect([world.puts.length, world.resumed]).toEqual([1, 0]);
  });
});

describe("400", () => {
  const rejected = (...errors: { message: string; parameter: string | null }[]): PutAnswer => {
    return { kind: "rejected", status: "400", detail: "maxymiser profile: HTTP 400", errors };
  };

  test("with a parameter names the attribute that offends, without the customer and his values", async () => {
    const { world, delivery } = shard();
    world.answers = [rejected({ message: "value gold & more of cust-9 is unknown", parameter: "b" })];
    expect(await delivery.send([change("cust-9", "a"), change("cust-9", "b", "gold & more")])).toEqual({
      kind: "refused",
      reason: "rejected",
      detail: "value *** of *** is unknown",
      keys: ["cust-9\nb"],
    });
    expect(world.told[0]).toMatchObject({ outcome: "parked", status: "400" });
  });

  test.each([[[]], [[{ message: "no", parameter: null }]], [[{ message: "no", parameter: "of another's" }]]])(
    "that names none of them (%j) is of the whole call",
    async (errors) => {
      const { world, delivery } = shard();
      world.answers = [rejected(...errors)];
      expect(await delivery.send([change("c", "a"), change("c", "b")])).toMatchObject({ keys: ["c\na", "c\nb"] });
    },
  );
});

describe("an upstream that is away", () => {
  test.each(["500", "503", "timeout", "malformed", "408"])("with %s lets this customer wait", async (status) => {
    const { world, delivery } = shard();
    world.answers = [later(status)];
    expect(await delivery.send([change("c", "a")])).toMatchObject({ kind: "retry_call" });
    expect(world.told[0]).toMatchObject({ outcome: "retrying", status });
  });

  test("with 429 lets all wait, as long as it asks and an hour at most", async () => {
    const { world, delivery } = shard();
    world.answers = [later("429", NOW_MS + 7_000), later("429", NOW_MS + 9 * HOUR_MS)];
    expect(await delivery.send([change("c", "a")])).toEqual({
      kind: "retry",
      reason: "rate_limited",
      retryAtMs: NOW_MS + 7_000,
    });
    expect(await delivery.send([change("c", "a")])).toMatchObject({ retryAtMs: NOW_MS + HOUR_MS });
  });
});

describe("more than one call takes", () => {
  test("is sent in pieces, by number and by size", async () => {
    const { world, delivery } = shard();
    await delivery.send(Array.from({ length: 250 }, (_, n) => change("c", `a${n}`)));
    expect(world.puts.map(({ attributes }) => attributes.length)).toEqual([100, 100, 50]);
    world.puts = [];
    await delivery.send(Array.from({ length: 30 }, (_, n) => change("c", `a${n}`, "\u0001".repeat(4_000))));
    for (const { attributes } of world.puts) expect(attributes.length).toBeLessThanOrEqual(2);
  });

  test("names what offends in any of them", async () => {
    const { world, delivery } = shard();
    const error = { message: "unknown", parameter: "a150" };
    world.answers = [
      { kind: "delivered", status: "200" },
      { kind: "rejected", status: "400", detail: "", errors: [error] },
    ];
    const verdict = await delivery.send(Array.from({ length: 250 }, (_, n) => change("c", `a${n}`)));
    expect(verdict).toMatchObject({ kind: "refused", keys: ["c\na150"] });
  });
});
