// The way of an event to a receiver: sent once, signed, tried again by the schedule, given up, sent again.
import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../src/shared/clock.ts";
import { publish } from "../../../src/shared/webhooks/publish.ts";
import { takeLog } from "../../../test/support/logged.ts";
import { START_MS, RECEIVER, WebhookHouse } from "../../../test/support/webhooks.ts";

let house: WebhookHouse;
let hook: { id: string; secret: string };

const event = (key = "1", type = "acme.made") => ({ type, key, atMs: START_MS, data: { made: key } });
const tell = (...keys: string[]) =>
  publish(
    house.bindings,
    keys.map((key) => event(key)),
    house.nowMs,
  );
const failing =
  (status: number, headers: Record<string, string> = {}) =>
  () =>
    new Response("no", { status, headers });

beforeEach(async () => {
  house = new WebhookHouse();
  hook = await house.add();
  vi.spyOn(Math, "random").mockReturnValue(0);
  return () => vi.restoreAllMocks();
});

describe("publishing", () => {
  test("reaches who is active and subscribed, and nobody else", async () => {
    const other = await house.add({ events: ["acme.lost"] });
    const off = await house.add();
    await house.call("PATCH", `/api/webhooks/${off.id}`, { state: "disabled" });
    const both = await house.add({ events: ["acme.lost", "acme.made"] });
    expect(await tell("1")).toBe(2);
    expect(house.queued).toHaveLength(2);
    for (const [id, n] of [
      [hook.id, 1],
      [both.id, 1],
      [other.id, 0],
      [off.id, 0],
    ] as const) {
      expect(await house.deliveries(id)).toHaveLength(n);
    }
  });

  test("the same event again makes nothing, also for who subscribed meanwhile", async () => {
    expect(await tell("1")).toBe(1);
    house.nowMs += SECOND_MS;
    const later = await house.add();
    expect(await tell("1")).toBe(0);
    expect(await tell("1", "2")).toBe(2);
    expect(await house.deliveries(later.id)).toHaveLength(1);
  });

  test("keeps nothing of what nobody wants to hear", async () => {
    expect(await publish(house.bindings, [event("1", "acme.lost")], house.nowMs)).toBe(0);
    const rows = await env.DB.prepare("select count(*) as n from webhook_event").first<{ n: number }>();
    expect(rows).toEqual({ n: 0 });
  });

  test("500 events at once are one round trip to each receiver", async () => {
    const keys = Array.from({ length: 500 }, (_, i) => String(i));
    expect(await tell(...keys)).toBe(500);
    expect(new Set(house.queued).size).toBe(500);
  });

  test("stands where the queue is away: the sweep asks for the attempt", async () => {
    const away = {
      sendBatch: () => Promise.reject(new Error("queue is away")),
    } as unknown as Queue;
    expect(await publish({ ...house.bindings, WEBHOOKS_QUEUE: away }, [event()], house.nowMs)).toBe(1);
    expect(takeLog().map((line) => line.event)).toContain("webhooks_not_queued");
    await house.minute();
    expect(house.queued).toEqual([]);
    house.nowMs += 2 * MINUTE_MS;
    await house.minute();
    expect(house.queued).toHaveLength(1);
    await house.deliver();
    expect(house.received).toHaveLength(1);
  });
});

describe("a receiver", () => {
  test("that takes it gets one signed request, however often the message comes", async () => {
    await tell("1");
    const [id] = house.queued;
    expect(await house.deliver([id!, id!, id!])).toContain(false);
    await house.deliver([id!]);
    house.nowMs += 5 * MINUTE_MS;
    expect(await house.deliver([id!])).toEqual([false]);
    expect(house.received).toHaveLength(1);
    const [{ url, headers, body, redirect }] = house.received as [(typeof house.received)[0]];
    expect([url, redirect]).toEqual([RECEIVER, "manual"]);
    expect(JSON.parse(body)).toEqual({ type: "acme.made", timestamp: "2026-11-21T12:00:00Z", data: { made: "1" } });
    vi.setSystemTime(START_MS);
    expect(new Webhook(hook.secret).verify(body, Object.fromEntries(headers))).toEqual(JSON.parse(body));
    vi.useRealTimers();
    const [delivery] = await house.deliveries(hook.id);
    expect(delivery).toMatchObject({ state: "delivered", attempts: 1, status: 200, reason: null, nextAttemptAt: null });
    expect(delivery.eventId).toBe(headers.get("webhook-id"));
    expect((await house.call("GET", `/api/webhooks/${hook.id}`)).json).toMatchObject({ lastError: null, pending: 0 });
  });

  test("that fails once is asked again after five seconds, with the same id and a new time", async () => {
    house.answers = [failing(500), () => new Response(null, { status: 204 })];
    await tell("1");
    const [id] = house.queued.splice(0);
    expect(await house.deliver([id!])).toEqual([true]);
    expect(await house.deliveries(hook.id)).toMatchObject([
      { state: "pending", attempts: 1, status: 500, reason: "unavailable", detail: "HTTP 500: no" },
    ]);
    house.nowMs += 4 * SECOND_MS;
    expect(await house.deliver([id!])).toEqual([true]);
    expect(house.received).toHaveLength(1);
    house.nowMs += SECOND_MS;
    expect(await house.deliver([id!])).toEqual([false]);
    expect(await house.deliveries(hook.id)).toMatchObject([{ state: "delivered", attempts: 2, status: 204 }]);
    const [first, second] = house.received.map(({ headers }) => headers);
    expect(second!.get("webhook-id")).toBe(first!.get("webhook-id"));
    expect(Number(second!.get("webhook-timestamp")) - Number(first!.get("webhook-timestamp"))).toBe(5);
  });

  test("that never takes it is asked ten times over three days, then it is parked with the reason", async () => {
    house.answers = [failing(404)];
    await tell("1");
    await house.deliver();
    for (let attempt = 2; attempt <= 10; attempt++) {
      const [{ nextAttemptAt }] = await house.deliveries(hook.id);
      house.nowMs = Date.parse(nextAttemptAt as string);
      await house.minute();
      await house.deliver();
      expect(house.received).toHaveLength(attempt);
    }
    expect(house.nowMs - START_MS).toBe(75 * HOUR_MS + 35 * MINUTE_MS + 5 * SECOND_MS);
    expect(await house.deliveries(hook.id)).toMatchObject([{ state: "parked", attempts: 10, reason: "rejected" }]);
    house.nowMs += MINUTE_MS;
    await house.minute();
    expect(house.queued).toEqual([]);
    expect((await house.call("GET", "/metrics")).text).toContain(
      'sluice_parked{reason="rejected",system="webhooks"} 1',
    );
  });

  test("that does not answer is given up after twenty seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    house.answers = [() => new Promise<Response>(() => {})];
    await tell("1");
    const delivering = house.deliver();
    while (house.received.length === 0) await scheduler.wait(1);
    await vi.advanceTimersByTimeAsync(20_001);
    expect(await delivering).toEqual([true]);
    vi.useRealTimers();
    expect(await house.deliveries(hook.id)).toMatchObject([{ state: "pending", attempts: 1, reason: "timeout" }]);
  });

  test("that answers 410 is disabled, and what else was on its way is set aside", async () => {
    house.answers = [failing(410)];
    await tell("1", "2");
    const [first] = house.queued.splice(0);
    expect(await house.deliver([first!])).toEqual([false]);
    expect((await house.call("GET", `/api/webhooks/${hook.id}`)).json).toMatchObject({
      state: "disabled",
      disabledReason: "gone",
      pending: 0,
      parked: 2,
    });
    const reasons = (await house.deliveries(hook.id)).map(({ reason }) => reason as string);
    expect(reasons.toSorted()).toEqual(["rejected", "webhook_disabled"]);
    expect((await house.call("GET", "/api/audit?action=webhook.disable")).json.items).toMatchObject([
      { actor: "job:webhooks", after: { reason: "gone" } },
    ]);
    expect(await tell("3")).toBe(0);
  });

  test("that points elsewhere is not followed", async () => {
    house.answers = [() => new Response(null, { status: 302, headers: { Location: "http://169.254.169.254/" } })];
    await tell("1");
    await house.deliver();
    expect(house.received).toHaveLength(1);
    expect(await house.deliveries(hook.id)).toMatchObject([{ state: "pending", status: 302, reason: "redirected" }]);
  });

  test.each([
    [200, "delivered"],
    [500, "pending"],
  ])("whose answer of %i has no end is %s, and little of it is read", async (status, state) => {
    let read = 0;
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          read += 16_384;
          controller.enqueue(new Uint8Array(16_384));
        },
      });
    house.answers = [() => new Response(endless(), { status })];
    await tell("1");
    await house.deliver();
    expect(await house.deliveries(hook.id)).toMatchObject([{ state, attempts: 1 }]);
    expect(read).toBeLessThan(1_000_000);
  });

  test("that is overloaded is spared what it has not seen, until it has rested", async () => {
    house.answers = [failing(503, { "Retry-After": "600" }), () => new Response("ok")];
    await tell("1", "2");
    const [first, second] = house.queued.splice(0);
    await house.deliver([first!]);
    await tell("3");
    expect(await house.deliver([second!, ...house.queued.splice(0)])).toEqual([false, false]);
    expect(house.received).toHaveLength(1);
    house.nowMs += 5 * MINUTE_MS;
    await house.minute();
    expect(house.queued).toEqual([]);
    house.nowMs += 5 * MINUTE_MS;
    await house.minute();
    expect(house.queued).toHaveLength(3);
    await house.deliver();
    expect((await house.deliveries(hook.id)).map(({ state }) => state as string)).toEqual(
      Array.from({ length: 3 }, () => "delivered"),
    );
  });

  test("whose attempt died on the way is asked again a minute later", async () => {
    await tell("1");
    const [id] = house.queued.splice(0);
    // Claimed by an isolate that never came back.
    await env.DB.prepare("update webhook_delivery set due_at = ?1, look_at = ?1")
      .bind(house.nowMs + MINUTE_MS)
      .run();
    expect(await house.deliver([id!])).toEqual([true]);
    expect(house.received).toHaveLength(0);
    house.nowMs += MINUTE_MS;
    await house.minute();
    expect(house.queued).toEqual([id]);
    await house.deliver();
    expect(house.received).toHaveLength(1);
  });
});

test("a message that nobody can read is parked", async () => {
  await house.deliver([""]);
  expect((await house.call("GET", "/api/parked")).json.items).toMatchObject([
    { queue: "webhooks", reason: "malformed" },
  ]);
});

test("what was delivered is forgotten after 30 days, what is parked stays", async () => {
  house.answers = [() => new Response("ok"), failing(410)];
  await tell("1", "2");
  const [first, second] = house.queued.splice(0);
  await house.deliver([first!]);
  await house.deliver([second!]);
  house.nowMs += 31 * 24 * HOUR_MS;
  const { forgetDelivered } = await import("../../../src/shared/webhooks/upkeep.ts");
  expect((await forgetDelivered(house.bindings, house.deps)).counts).toEqual({ deliveriesForgotten: 1 });
  expect(await house.deliveries(hook.id)).toMatchObject([{ state: "parked" }]);
  const { n } = (await env.DB.prepare("select count(*) as n from webhook_event").first<{ n: number }>())!;
  expect(n).toBe(1);
});
