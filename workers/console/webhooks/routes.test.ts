// The doors of webhooks: what they take, refuse and answer, who may call them, and that no secret leaves but once.
import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { DAY_MS } from "../../../src/shared/clock.ts";
import { publish } from "../../../src/shared/webhooks/publish.ts";
import { takeLog } from "../../../test/support/logged.ts";
import { keyWith } from "../../../test/support/operator.ts";
import { RECEIVER, START_MS, WebhookHouse } from "../../../test/support/webhooks.ts";

let house: WebhookHouse;
const tell = (key: string) =>
  publish(house.bindings, [{ type: "acme.made", key, atMs: house.nowMs, data: {} }], house.nowMs);

beforeEach(() => {
  house = new WebhookHouse();
});

describe("a webhook", () => {
  test("is added, shown, changed, disabled, enabled and deleted, each with its audit row", async () => {
    const made = await house.call("POST", "/api/webhooks", {
      url: `${RECEIVER}?token=canary-in-url`,
      events: ["acme.made", "acme.made"],
      description: "orders",
    });
    expect(made.status).toBe(201);
    const { secret, ...item } = made.json as { id: string; secret: string };
    expect(secret).toMatch(/^whsec_/);
    expect(item).toEqual({
      id: expect.stringMatching(/^whk_/),
      url: `${RECEIVER}?token=canary-in-url`,
      events: ["acme.made"],
      description: "orders",
      state: "active",
      disabledReason: null,
      disabledAt: null,
      previousSecretUntil: null,
      lastAttemptAt: null,
      lastError: null,
      pending: 0,
      parked: 0,
      createdAt: "2026-11-21T12:00:00Z",
    });
    expect((await house.call("GET", "/api/webhooks")).json).toEqual({ items: [item], nextCursor: null });
    const path = `/api/webhooks/${item.id}`;
    expect((await house.call("PATCH", path, { events: ["acme.lost"], description: "" })).json).toMatchObject({
      events: ["acme.lost"],
      description: "",
    });
    expect((await house.call("PATCH", path, { state: "disabled" })).json).toMatchObject({
      state: "disabled",
      disabledReason: "operator",
    });
    expect((await house.call("PATCH", path, { state: "active" })).json).toMatchObject({
      state: "active",
      disabledReason: null,
      disabledAt: null,
    });
    expect((await house.call("DELETE", path)).status).toBe(204);
    for (const [method, door] of [
      ["GET", path],
      ["DELETE", path],
      ["POST", `${path}/rotate`],
      ["GET", `${path}/deliveries`],
      ["GET", `${path}/deliveries.csv`],
      ["POST", "/api/webhooks/deliveries/dlv_none/replay"],
    ] as const) {
      expect((await house.call(method, door)).json, door).toMatchObject({ code: "not_found" });
    }
    const audit = (await house.call("GET", "/api/audit")).text;
    const actions = (JSON.parse(audit) as { items: { action: string }[] }).items.map(({ action }) => action);
    expect(actions.toSorted()).toEqual(
      ["create", "change", "disable", "enable", "delete"].map((verb) => `webhook.${verb}`).toSorted(),
    );
    expect(audit).not.toContain("canary-in-url");
    const { n } = (await env.DB.prepare("select count(*) as n from sealed_record").first<{ n: number }>())!;
    expect(n).toBe(0);
  });

  test.each([
    [{ url: "http://receiver.example/" }, "url"],
    [{ url: "https://10.0.0.1/" }, "url"],
    [{ url: "http://127.0.0.1/" }, "url"],
    [{ events: ["campaign.started"] }, "events.0"],
    [{ events: [] }, "events"],
    [{ description: "x".repeat(201) }, "description"],
    [{ secret: "whsec_mine" }, "secret"],
  ])("is refused with %j", async (more, path) => {
    const answer = await house.call("POST", "/api/webhooks", { url: RECEIVER, events: ["acme.made"], ...more });
    expect(answer.json).toMatchObject({ status: 400, code: "invalid_request", errors: [{ path }] });
    expect((await house.call("GET", "/api/webhooks")).json.items).toEqual([]);
  });

  test("of a bad URL is not made by a change either", async () => {
    const { id } = await house.add();
    const answer = await house.call("PATCH", `/api/webhooks/${id}`, { url: "https://intranet/" });
    expect(answer.json).toMatchObject({ code: "invalid_request", errors: [{ path: "url" }] });
  });

  test("number 101 is one too many", async () => {
    const rows = Array.from({ length: 100 }, (_, i) => `('whk_${i}', 'https://a.example/', '', '[]', 'active', 0, 0)`);
    await env.DB.exec(
      `insert into webhook (id, url, description, events, state, rest_until, created_at) values ${rows.join(", ")}`,
    );
    const answer = await house.call("POST", "/api/webhooks", { url: RECEIVER, events: ["acme.made"] });
    expect(answer.json).toMatchObject({ status: 409, code: "webhook_limit" });
  });
});

test("lists are paged and have their CSV twins", async () => {
  const ids: string[] = [];
  for (let i = 0; i < 3; i++, house.nowMs++) ids.unshift((await house.add({ description: `=hook ${i}` })).id);
  const first = (await house.call("GET", "/api/webhooks?limit=2")).json;
  const rest = (await house.call("GET", `/api/webhooks?limit=2&cursor=${first.nextCursor}`)).json;
  const listed = [...first.items, ...rest.items] as { id: string }[];
  expect(listed.map(({ id }) => id)).toEqual(ids);
  expect(rest.nextCursor).toBeNull();
  const csv = (await house.call("GET", "/api/webhooks.csv")).text.split("\r\n");
  expect(csv[0]).toContain("id,url,events,description,state");
  expect(csv[1]).toContain(",'=hook 2,active,");
  expect(csv).toHaveLength(5);
  await tell("1");
  house.nowMs++;
  await tell("2");
  const door = `/api/webhooks/${ids[0]}/deliveries`;
  const page = (await house.call("GET", `${door}?limit=1&state=pending`)).json;
  const next = (await house.call("GET", `${door}?limit=1&state=pending&cursor=${page.nextCursor}`)).json;
  expect(new Set([page.items[0].eventId, next.items[0].eventId]).size).toBe(2);
  expect((await house.call("GET", `${door}?state=parked`)).json.items).toEqual([]);
  expect((await house.call("GET", `${door}?state=lost`)).json).toMatchObject({ code: "invalid_request" });
  expect((await house.call("GET", `${door}.csv?state=pending`)).text.split("\r\n")).toHaveLength(4);
});

test("a rotated secret signs beside the one before it for a day", async () => {
  const { id, secret } = await house.add();
  const rotated = await house.call("POST", `/api/webhooks/${id}/rotate`);
  expect(rotated.json).toEqual({
    secret: expect.stringMatching(/^whsec_/),
    previousSecretUntil: "2026-11-22T12:00:00Z",
  });
  const convinced = () => {
    const { headers, body } = house.received.at(-1)!;
    return [rotated.json.secret as string, secret].map((one) => {
      try {
        return new Webhook(one).verify(body, Object.fromEntries(headers)) !== undefined;
      } catch {
        return false;
      }
    });
  };
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(house.nowMs);
  await tell("1");
  await house.deliver();
  expect(convinced()).toEqual([true, true]);
  vi.setSystemTime((house.nowMs += DAY_MS));
  await tell("2");
  await house.deliver();
  expect(convinced()).toEqual([true, false]);
  vi.useRealTimers();
});

describe("a replay", () => {
  test("sends what was parked, and what was delivered, from the first attempt on", async () => {
    const { id } = await house.add();
    house.answers = [() => new Response(null, { status: 410 }), () => new Response("ok")];
    await tell("1");
    await house.deliver();
    const [{ id: deliveryId }] = await house.deliveries(id);
    const replay = () => house.call("POST", `/api/webhooks/deliveries/${deliveryId}/replay`);
    expect((await replay()).json).toMatchObject({ status: 409, code: "webhook_disabled" });
    await house.call("PATCH", `/api/webhooks/${id}`, { state: "active" });
    expect(await replay()).toMatchObject({ status: 202, json: { deliveryId } });
    // Pressed twice: it is about to go anyway.
    expect((await replay()).status).toBe(202);
    expect(house.queued).toEqual([deliveryId]);
    await house.deliver();
    expect(await house.deliveries(id)).toMatchObject([{ state: "delivered", attempts: 1 }]);
    expect((await replay()).status).toBe(202);
    await house.deliver();
    expect(house.received).toHaveLength(3);
    expect(new Set(house.received.map(({ headers }) => headers.get("webhook-id"))).size).toBe(1);
  });

  test("does not disturb an attempt that is under way", async () => {
    const { id } = await house.add();
    house.answers = [
      async () => {
        const [{ id: deliveryId }] = await house.deliveries(id);
        expect((await house.call("POST", `/api/webhooks/deliveries/${deliveryId}/replay`)).status).toBe(202);
        return new Response("ok");
      },
    ];
    await tell("1");
    await house.deliver();
    expect(house.queued).toEqual([]);
    expect(await house.deliveries(id)).toMatchObject([{ state: "delivered" }]);
  });
});

test("every door asks for its scope", async () => {
  const { id } = await house.add();
  const doors = [
    ["GET", "/api/webhooks", "webhooks:read"],
    ["GET", "/api/webhooks.csv", "webhooks:read"],
    ["GET", `/api/webhooks/${id}`, "webhooks:read"],
    ["GET", `/api/webhooks/${id}/deliveries`, "webhooks:read"],
    ["GET", `/api/webhooks/${id}/deliveries.csv`, "webhooks:read"],
    ["POST", "/api/webhooks", "webhooks:write"],
    ["PATCH", `/api/webhooks/${id}`, "webhooks:write"],
    ["DELETE", `/api/webhooks/${id}`, "webhooks:write"],
    ["POST", `/api/webhooks/${id}/rotate`, "webhooks:write"],
    ["POST", "/api/webhooks/deliveries/x/replay", "webhooks:write"],
  ] as const;
  const keys = { "webhooks:read": await keyWith("webhooks:read"), "webhooks:write": await keyWith("webhooks:write") };
  for (const [method, path, scope] of doors) {
    const other = scope === "webhooks:read" ? "webhooks:write" : "webhooks:read";
    const body = method === "PATCH" ? {} : undefined;
    expect((await house.call(method, path, body, null)).status, path).toBe(401);
    expect((await house.call(method, path, body, keys[other])).status, path).toBe(403);
  }
  expect((await house.call("GET", "/api/webhooks", undefined, keys["webhooks:read"])).status).toBe(200);
});

test("a secret is in no answer but its own, in no log and in no table", async () => {
  const { id, secret } = await house.add();
  const rotated = (await house.call("POST", `/api/webhooks/${id}/rotate`)).json as { secret: string };
  // A receiver that echoes what it should not have.
  house.answers = [() => new Response(`${secret} ${rotated.secret} ${RECEIVER}`, { status: 500 })];
  await tell("1");
  await house.deliver();
  const shown = house.left.length;
  for (const path of [
    "/api/webhooks",
    "/api/webhooks.csv",
    `/api/webhooks/${id}`,
    `/api/webhooks/${id}/deliveries`,
    `/api/webhooks/${id}/deliveries.csv`,
    "/api/audit",
    "/api/credentials",
    "/metrics",
  ]) {
    await house.call("GET", path);
  }
  const tables = ["webhook", "webhook_delivery", "webhook_event", "sealed_record", "audit"];
  const rows = await env.DB.batch(tables.map((table) => env.DB.prepare(`select * from ${table}`)));
  const seen = JSON.stringify([house.left.slice(shown), takeLog(), rows.map(({ results }) => results)]);
  expect(seen).toContain("HTTP 500: *** *** ***");
  for (const one of [secret, rotated.secret]) expect(seen).not.toContain(one.slice("whsec_".length));
  expect(START_MS).toBeLessThanOrEqual(house.nowMs);
});
