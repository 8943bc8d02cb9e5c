// `/rule` as its old callers know it, the versions behind it, and writers who meet.
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { audit } from "../../../src/shared/audit/tables.ts";
import { database } from "../../../src/shared/db/client.ts";
import { makeStore, operator, START_MS } from "../../../test/support/operator.ts";
import type { Operator } from "../../../test/support/operator.ts";

const OPEN = "9999-12-31T23:59:59Z";
const NOON = "2026-11-21T12:00:00Z";
const EVENING = "2026-11-21T18:00:00Z";
const RULES = "/api/clickouts/rules";

let by: Operator;
let storeId: number;

beforeEach(async () => {
  by = operator();
  ({ storeId } = await makeStore(by));
});

const priorities = (...ids: number[]) => ids.map((network_id, order_priority) => ({ network_id, order_priority }));
const post = (ids: number[], more: object = {}, headers: Record<string, string> = {}) =>
  by.call("POST", "/rule", { store_id: storeId, network_priorities: priorities(...ids), ...more }, headers);
const active = () => by.call("GET", `/rule?store_id=${storeId}`);
const versions = async (query = "") => (await by.call("GET", `${RULES}?store_id=${storeId}${query}`)).json.items;
const idsAt = async (at: string) =>
  (await versions(`&at=${at}`)).map((v: { networks: { network: string }[] }) =>
    v.networks.map(({ network }) => network),
  );

describe("GET /rule", () => {
  it("answers the active rule as its old callers know it, with its version as ETag", async () => {
    const answer = await active();
    expect(answer.json).toEqual({
      store_id: storeId,
      network_priorities: [
        { network_id: 2, order_priority: 0 },
        { network_id: 4, order_priority: 1 },
      ],
      started_at: NOON,
      ended_at: OPEN,
    });
    expect(answer.headers.get("ETag")).toMatch(/^"\d+"$/);
  });

  it("takes the bare key, as the old service did", async () => {
    const bare = operator(env.ADMIN_TOKEN);
    expect((await bare.call("GET", `/rule?store_id=${storeId}`)).status).toBe(200);
  });

  it("is 404 without a rule and 400 without a store", async () => {
    expect(await by.call("GET", "/rule?store_id=99")).toMatchObject({ status: 404, json: { code: "not_found" } });
    expect((await by.call("GET", "/rule")).status).toBe(400);
    expect((await by.call("GET", "/rule?store_id=x")).status).toBe(400);
  });
});

describe("POST /rule", () => {
  it("at once closes the active version, which stays readable", async () => {
    by.setNow(START_MS + 60_000);
    const answer = await post([6, 3], { unknown: "ignored" });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ started_at: "2026-11-21T12:01:00Z", ended_at: OPEN });
    expect((await active()).headers.get("ETag")).toBe(answer.headers.get("ETag"));
    expect(await idsAt("2026-11-21T12:00:59.999Z")).toEqual([["awin", "lomadee"]]);
    expect(await idsAt("2026-11-21T09:01:00-03:00")).toEqual([["rakuten", "direto"]]);
    expect(await versions()).toMatchObject([
      { endedAt: OPEN, author: "root", cause: "operator" },
      { startedAt: NOON, endedAt: "2026-11-21T12:01:00Z" },
    ]);
  });

  it("takes any integers as priorities and answers them in their order", async () => {
    const answer = await by.call("POST", "/rule", {
      store_id: storeId,
      network_priorities: [
        { network_id: 1, order_priority: 700 },
        { network_id: 2, order_priority: -3 },
      ],
    });
    expect(answer.json.network_priorities.map((p: { network_id: number }) => p.network_id)).toEqual([2, 1]);
  });

  it("for later schedules it: the active one ends then, and takes no notice before", async () => {
    const answer = await post([6], { started_at: "2026-11-21T15:00:00-03:00" });
    expect(answer.json).toMatchObject({ started_at: EVENING, ended_at: OPEN });
    expect((await active()).json).toMatchObject({
      ended_at: EVENING,
      network_priorities: [{ network_id: 2 }, { network_id: 4 }],
    });
    by.setNow(Date.parse(EVENING));
    expect((await active()).json).toMatchObject({ started_at: EVENING, network_priorities: [{ network_id: 6 }] });
  });

  it("at once leaves a scheduled version alone and ends when that starts", async () => {
    await post([6], { started_at: EVENING });
    by.setNow(START_MS + 1_000);
    expect((await post([1])).json).toMatchObject({ ended_at: EVENING });
    expect(await idsAt(EVENING)).toEqual([["rakuten"]]);
  });

  it("for the same later start replaces what was scheduled", async () => {
    await post([6], { started_at: EVENING });
    await post([3], { started_at: EVENING });
    expect(await idsAt(EVENING)).toEqual([["direto"]]);
    expect(await idsAt("2026-11-21T17:59:59Z")).toEqual([["awin", "lomadee"]]);
  });

  it.each([
    ["an unknown store", { store_id: 99 }, "store_id"],
    ["an unknown network", { network_priorities: priorities(2, 7) }, "network_priorities.1.network_id"],
    ["a repeated network", { network_priorities: priorities(2, 2) }, "network_priorities.1.network_id"],
    [
      "a repeated priority",
      {
        network_priorities: [
          { network_id: 1, order_priority: 5 },
          { network_id: 2, order_priority: 5 },
        ],
      },
      "network_priorities.1.order_priority",
    ],
    ["no network", { network_priorities: [] }, "network_priorities"],
    [
      "a fraction as priority",
      { network_priorities: [{ network_id: 1, order_priority: 1.5 }] },
      "network_priorities.0.order_priority",
    ],
    ["a past start", { started_at: "2026-11-21T11:59:59Z" }, "started_at"],
    ["a start without offset", { started_at: "2026-11-22T12:00:00" }, "started_at"],
    ["a start behind the open end", { started_at: "9999-12-31T23:59:59Z" }, "started_at"],
  ])("with %s is 400 and changes nothing", async (_, wrong, path) => {
    const before = (await active()).headers.get("ETag");
    const answer = await post([6], wrong);
    expect(answer).toMatchObject({ status: 400, json: { code: "invalid_request" } });
    expect(answer.json.errors[0].path).toBe(path);
    expect((await active()).headers.get("ETag")).toBe(before);
  });
});

describe("If-Match", () => {
  it("lets through who has seen the active version, and nobody who has not", async () => {
    const seen = (await active()).headers.get("ETag")!;
    expect((await post([6], {}, { "If-Match": seen })).status).toBe(200);
    expect(await post([3], {}, { "If-Match": seen })).toMatchObject({ status: 409, json: { code: "rule_changed" } });
    expect((await active()).json.network_priorities).toEqual([{ network_id: 6, order_priority: 0 }]);
  });

  it("of many at once lets exactly one through, and audits that one only", async () => {
    const seen = (await active()).headers.get("ETag")!;
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map((id) => post([id], {}, { "If-Match": seen })));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409, 409, 409, 409]);
    const rows = await database(env).select().from(audit);
    expect(rows.filter(({ action }) => action === "rule.change")).toHaveLength(1);
  });
});

describe("writers who meet without If-Match", () => {
  it("all succeed one after another, and one set is active", async () => {
    const answers = await Promise.all([1, 2, 3, 4, 5, 6].map((id) => post([id])));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    const [last] = answers.map(({ headers }) => Number(headers.get("ETag")!.slice(1, -1))).toSorted((a, b) => b - a);
    expect(await versions(`&at=${NOON}`)).toMatchObject([{ version: last }]);
  });

  it("with starts of their own leave a timeline without overlap", async () => {
    const starts = [EVENING, "2026-11-22T00:00:00Z", EVENING, "2026-11-21T15:00:00Z"];
    await Promise.all([...starts.map((started_at, i) => post([i + 1], { started_at })), post([6])]);
    for (const at of [NOON, "2026-11-21T15:00:00Z", EVENING, "2026-11-22T00:00:00Z", "2027-01-01T00:00:00Z"]) {
      expect(await versions(`&at=${at}`)).toHaveLength(1);
    }
  });
});

describe("cancelling a version", () => {
  it("that is scheduled lets the earlier one go on", async () => {
    const scheduled = await post([6], { started_at: EVENING });
    const version = scheduled.headers.get("ETag")!.slice(1, -1);
    expect((await by.call("DELETE", `${RULES}/${version}`)).status).toBe(204);
    expect((await active()).json.ended_at).toBe(OPEN);
    expect(await idsAt(EVENING)).toEqual([["awin", "lomadee"]]);
    expect(await by.call("DELETE", `${RULES}/${version}`)).toMatchObject({ status: 404 });
    const rows = await database(env).select().from(audit);
    expect(rows.filter(({ action }) => action === "rule.cancel")).toHaveLength(1);
  });

  it("that has started is 409, that nobody knows 404", async () => {
    const { version } = (await versions())[0];
    expect(await by.call("DELETE", `${RULES}/${version}`)).toMatchObject({
      status: 409,
      json: { code: "rule_started" },
    });
    by.setNow(START_MS + 1);
    await post([6]);
    by.setNow(START_MS + 2);
    expect(await by.call("DELETE", `${RULES}/${version}`)).toMatchObject({
      status: 409,
      json: { code: "rule_started" },
    });
    expect((await by.call("DELETE", `${RULES}/999`)).status).toBe(404);
    expect((await by.call("DELETE", `${RULES}/x`)).status).toBe(400);
  });
});

describe("the list of versions", () => {
  it("is paged newest first over all stores, whose versions never share a number", async () => {
    const other = await makeStore(by, "B", "b.example");
    by.setNow(START_MS + 1);
    await post([6]);
    const first = (await by.call("GET", `${RULES}?limit=2`)).json;
    const second = (await by.call("GET", `${RULES}?limit=2&cursor=${first.nextCursor}`)).json;
    expect([...first.items, ...second.items].map((v: { storeId: number }) => v.storeId)).toEqual([
      storeId,
      other.storeId,
      storeId,
    ]);
    expect(second.nextCursor).toBeNull();
    const numbers = [...first.items, ...second.items].map((v: { version: number }) => v.version);
    expect(numbers).toEqual(numbers.toSorted((a, b) => b - a));
    expect(new Set(numbers).size).toBe(3);
  });

  it("has a CSV twin", async () => {
    const csv = await by.call("GET", `${RULES}.csv?store_id=${storeId}`);
    expect(csv.text.split("\r\n")[1]).toBe(`1,${storeId},awin:0 lomadee:1,${NOON},${OPEN},root,operator`);
  });
});
