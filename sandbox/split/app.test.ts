// Holds the simulated Split to what is known of the real one; it must never reach the network.
import { describe, expect, it } from "vitest";
import { createSandbox } from "../apps.ts";
import { demoSplit } from "../demo.ts";
import { createSplit } from "./app.ts";
import type { SplitSimulator } from "./app.ts";

const { apiKey, workspaceId: ws, environmentId: env, trafficTypeId } = demoSplit;
const BASE = "/internal/api/v2";

interface Answer {
  status: number;
  headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any
  json: any;
}

/** Calls with the demo's key unless other headers are given. */
async function call(split: SplitSimulator, method: string, path: string, body?: unknown, headers?: object) {
  const response = await split.app.request(`${BASE}${path}`, {
    method,
    headers: { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, json: await response.json() } as Answer;
}

const create = (split: SplitSimulator, name: string, type = trafficTypeId) =>
  call(split, "POST", `/segments/ws/${ws}/trafficTypes/${type}`, { name });

/** A Split with one active segment; its limits are out of the way. */
async function withSegment(name = "s_vip") {
  const split = createSplit();
  split.limits.organisation.calls = 100_000;
  split.limits.address.calls = 100_000;
  await create(split, name);
  await call(split, "POST", `/segments/${env}/${name}`, {});
  const change = (verb: string, keys: unknown, query = "?replace=false") =>
    call(split, "PUT", `/segments/${env}/${name}/${verb}${query}`, { keys, comment: "batch 1" });
  return { split, change, members: () => [...(split.members(env, name) ?? ["none"])] };
}

const keys = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `${from + i}`);

describe("segments", () => {
  it("are created once, by the id or the name of their traffic type", async () => {
    const split = createSplit({ now: () => 1_700_000_000_000 });
    const created = await create(split, "s_vip", "user");
    expect(created).toMatchObject({ status: 200, json: { name: "s_vip", creationTime: 1_700_000_000_000, tags: [] } });
    expect(created.json.trafficType).toEqual({ id: trafficTypeId, name: "user" });
    const again = await create(split, "s_vip");
    expect([again.status, again.json.code, typeof again.json.message]).toEqual([409, 409, "string"]);
  });

  it.each(["1st", "", "a b", "a/b", `s${"x".repeat(100)}`])("are not called %j", async (name) => {
    expect((await create(createSplit(), name)).status).toBe(400);
  });

  it("hold no keys before they are activated, and none after they are deactivated", async () => {
    const { split, change, members } = await withSegment();
    await change("uploadKeys", ["a"]);
    expect(members()).toEqual(["a"]);
    expect((await call(split, "DELETE", `/segments/${env}/s_vip`)).json).toBe(true);
    expect((await change("uploadKeys", ["b"])).status).toBe(404);
    expect((await call(split, "POST", `/segments/${env}/s_vip`, {})).status).toBe(200);
    expect(members()).toEqual([]);
    expect((await call(split, "POST", `/segments/${env}/s_vip`, {})).status).toBe(409);
  });

  it("are deleted once, and not while a flag uses them", async () => {
    const { split } = await withSegment();
    const path = `/segments/ws/${ws}/s_vip`;
    split.state.workspaces.get(ws)!.segments.get("s_vip")!.usedByFlag = true;
    expect((await call(split, "DELETE", path)).status).toBe(409);
    split.state.workspaces.get(ws)!.segments.get("s_vip")!.usedByFlag = false;
    expect((await call(split, "DELETE", path)).status).toBe(200);
    expect((await call(split, "DELETE", path)).status).toBe(404);
    expect(split.members(env, "s_vip")).toBeUndefined();
  });

  it("are listed in pages of at most 50, and by environment once active", async () => {
    const { split } = await withSegment();
    for (let i = 0; i < 60; i += 1) await create(split, `s_${i}`);
    const page = await call(split, "GET", `/segments/ws/${ws}?limit=500&offset=50`);
    expect(page.json).toMatchObject({ offset: 50, limit: 50, totalCount: 61 });
    expect(page.json.objects).toHaveLength(11);
    const active = await call(split, "GET", `/segments/ws/${ws}/environments/${env}`);
    expect(active.json.objects).toMatchObject([{ name: "s_vip", environment: { id: env, name: "Production" } }]);
  });

  it("are found through workspaces, environments and traffic types", async () => {
    const split = createSplit();
    expect((await call(split, "GET", "/workspaces")).json.objects).toMatchObject([{ id: ws }]);
    expect((await call(split, "GET", `/environments/ws/${ws}`)).json).toMatchObject([{ id: env }]);
    expect((await call(split, "GET", `/trafficTypes/ws/${ws}`)).json).toEqual([{ id: trafficTypeId, name: "user" }]);
  });
});

describe("members", () => {
  it("go in and out; repeating either changes nothing", async () => {
    const { change, members } = await withSegment();
    for (let i = 0; i < 2; i += 1) expect((await change("uploadKeys", ["a", "b", "a"])).status).toBe(200);
    expect(members()).toEqual(["a", "b"]);
    for (let i = 0; i < 2; i += 1) expect((await change("removeKeys", ["a", "never"])).status).toBe(200);
    expect(members()).toEqual(["b"]);
  });

  it.each(["?replace=true", "?replace=True"])("are replaced by %s", async (query) => {
    const { change, members } = await withSegment();
    await change("uploadKeys", ["a"]);
    await change("uploadKeys", ["b"], query);
    expect(members()).toEqual(["b"]);
  });

  it.each([[[]], ["a"], [[1]], [["a", null]], [[""]], [["x".repeat(251)]], [keys(0, 10_001)], [undefined]])(
    "are not taken as %j, and nothing of the call is",
    async (bad) => {
      const { split, change, members } = await withSegment();
      expect((await change("uploadKeys", bad)).status).toBe(400);
      expect((await change("removeKeys", bad)).status).toBe(400);
      expect(members()).toEqual([]);
      expect(split.memberCalls.map(({ verb, status }) => [verb, status])).toEqual([
        ["upload", 400],
        ["remove", 400],
      ]);
    },
  );

  it("are at most 100,000; what is in already does not count again", async () => {
    const { change, members } = await withSegment();
    for (let i = 0; i < 10; i += 1)
      expect((await change("uploadKeys", keys(i * 10_000, (i + 1) * 10_000))).status).toBe(200);
    expect((await change("uploadKeys", ["5"])).status).toBe(200);
    expect((await change("uploadKeys", ["5", "one more"])).status).toBe(400);
    expect(members()).toHaveLength(100_000);
    await change("removeKeys", ["7"]);
    expect((await change("uploadKeys", ["one more"])).status).toBe(200);
  });

  it("that Split dislikes for its own reasons spoil their call", async () => {
    const { split, change, members } = await withSegment();
    split.state.refusedMembers.add("666");
    expect((await change("uploadKeys", ["1", "666"])).status).toBe(400);
    expect((await change("uploadKeys", ["1"])).status).toBe(200);
    expect(members()).toEqual(["1"]);
  });

  it("are read in pages of at most 100 with the count of all", async () => {
    const { split, change } = await withSegment();
    await change("uploadKeys", keys(0, 250));
    const one = await call(split, "GET", `/segments/${env}/s_vip/keys?limit=1`);
    expect(one.json).toEqual({ keys: [{ key: "0" }], openChangeRequestId: null, count: 250, offset: 0, limit: 1 });
    const last = await call(split, "GET", `/segments/${env}/s_vip/keys?limit=1000&offset=200`);
    expect([last.json.keys.length, last.json.limit]).toEqual([50, 100]);
  });

  it("are recorded by call, with how many keys it carried", async () => {
    const { split, change } = await withSegment();
    await change("uploadKeys", ["a", "b"]);
    expect(split.memberCalls).toMatchObject([
      {
        verb: "upload",
        environmentId: env,
        segment: "s_vip",
        keys: 2,
        replace: false,
        comment: "batch 1",
        status: 200,
      },
    ]);
  });

  it.each([403, 409] as const)("of an environment with approval are refused with %i", async (approval) => {
    const { split, change } = await withSegment();
    split.state.workspaces.get(ws)!.environments[0]!.approval = approval;
    expect((await change("uploadKeys", ["a"])).status).toBe(approval);
    expect((await call(split, "GET", `/segments/${env}/s_vip/keys`)).status).toBe(200);
  });
});

describe("keys of the API", () => {
  const list = `/segments/ws/${ws}`;

  it.each([
    ["none", { Authorization: "" }, 401],
    ["an unknown one", { Authorization: "Bearer nobody" }, 401],
    ["two at once", { "x-api-key": apiKey }, 401],
    ["one in x-api-key", { Authorization: "", "x-api-key": apiKey }, 200],
  ])("%s", async (_, headers, status) => {
    expect((await call(createSplit(), "GET", list, undefined, headers)).status).toBe(status);
  });

  it.each([
    ["sdk", 401, 401],
    ["revoked", 401, 401],
    ["viewer", 200, 403],
    ["admin", 200, 200],
  ] as const)("of kind %s read with %i and write with %i", async (kind, read, write) => {
    const split = createSplit();
    split.state.keys.get(apiKey)!.kind = kind;
    expect((await call(split, "GET", list)).status).toBe(read);
    expect((await create(split, "s_vip")).status).toBe(write);
  });

  it("reach their own organisation, workspace or environment", async () => {
    const { split, change } = await withSegment();
    const workspaces = [{ id: "w2", name: "B", environments: [], trafficTypes: [] }];
    split.state.add({ name: "other", keys: { theirs: { kind: "admin" } }, workspaces });
    expect((await call(split, "GET", "/segments/ws/w2")).status).toBe(403);
    expect((await call(split, "GET", "/segments/ws/w2", undefined, { Authorization: "Bearer theirs" })).status).toBe(
      200,
    );
    split.state.keys.get(apiKey)!.environmentId = env;
    expect((await create(split, "s_new")).status).toBe(403);
    expect((await change("uploadKeys", ["a"])).status).toBe(200);
    expect((await call(split, "GET", "/segments/ws/none")).status).toBe(404);
  });
});

describe("limits", () => {
  it("are told on every answer, also on refusals, and hold for the organisation until the reset", async () => {
    let time = 0;
    const split = createSplit({
      now: () => time,
      limits: { organisation: { calls: 3, seconds: 60 }, address: { calls: 9, seconds: 90 } },
    });
    const first = await call(split, "GET", "/segments/ws/none");
    expect(first.status).toBe(404);
    expect(first.headers.get("X-RateLimit-Remaining-Org")).toBe("2");
    expect(first.headers.get("X-RateLimit-Remaining-IP")).toBe("8");
    time = 20_500;
    for (let i = 0; i < 2; i += 1) await call(split, "GET", "/workspaces");
    const refused = await call(split, "GET", "/workspaces");
    expect([refused.status, refused.json.code]).toEqual([429, 429]);
    expect(refused.headers.get("X-RateLimit-Reset-Seconds-Org")).toBe("40");
    expect(refused.headers.get("X-RateLimit-Reset-Seconds-IP")).toBe("70");
    expect(refused.headers.get("Retry-After")).toBeNull();
    time = 60_000;
    expect((await call(split, "GET", "/workspaces")).status).toBe(200);
  });

  it("of an address hold for all its organisations", async () => {
    const split = createSplit({
      limits: { organisation: { calls: 9, seconds: 60 }, address: { calls: 1, seconds: 60 } },
    });
    await call(split, "GET", "/workspaces", undefined, { Authorization: "Bearer nobody" });
    expect((await call(split, "GET", "/workspaces")).status).toBe(429);
  });
});

describe("control doors", () => {
  it("take a key back, switch approval on, mark a segment as used, show members", async () => {
    const { app, simulators } = createSandbox();
    const put = (door: string, body: unknown) =>
      app.request(`/control/split/${door}`, { method: "PUT", body: JSON.stringify(body) });
    await create(simulators.split, "s_vip");
    await call(simulators.split, "POST", `/segments/${env}/s_vip`, {});
    await call(simulators.split, "PUT", `/segments/${env}/s_vip/uploadKeys`, { keys: ["-1"] });
    const shown = await app.request(`/control/split/members?environment=${env}&segment=s_vip`);
    expect(await shown.json()).toEqual({ members: ["-1"] });
    expect((await put("approval", { environment: env, status: 403 })).status).toBe(200);
    expect((await put("flags", { workspace: ws, segment: "s_vip", used: true })).status).toBe(200);
    expect((await call(simulators.split, "DELETE", `/segments/ws/${ws}/s_vip`)).status).toBe(409);
    expect((await put("keys", { key: apiKey, kind: "revoked" })).status).toBe(200);
    expect((await call(simulators.split, "GET", "/workspaces")).status).toBe(401);
    expect((await put("keys", { key: "nobody", kind: "admin" })).status).toBe(400);
  });
});
