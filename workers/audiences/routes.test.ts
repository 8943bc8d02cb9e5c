// The operator's doors of segments and tenants, and the sweep.
import { env } from "cloudflare:workers";
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { audit } from "../../src/shared/audit/tables.ts";
import { DAY_MS, MINUTE_MS } from "../../src/shared/clock.ts";
import { database, together } from "../../src/shared/db/client.ts";
import { openApiDocument } from "../../src/shared/http/openapi.ts";
import { START_MS, openDoors } from "../../test/support/audiences.ts";
import type { Doors } from "../../test/support/audiences.ts";
import { takeLog } from "../../test/support/logged.ts";
import { keyWith } from "../../test/support/operator.ts";
import type { SegmentLook } from "./objects.ts";
import { audienceRoutes } from "./routes.ts";
import { segmentId } from "./segment-name.ts";
import { wakeOverdue } from "./service-sweep.ts";
import { audienceData } from "./store.ts";
import { forgetSegment, reportSegment } from "./store-segments.ts";
import { reportTenant } from "./store-tenants.ts";

const SEGMENTS = "/api/audiences/segments";
const TENANTS = "/api/audiences/tenants";

async function fill(doors: Doors, workspaceId: string, segment: string, mpids: string[]): Promise<string> {
  const body = {
    apiToken: "key",
    workspaceId,
    environmentId: "env1",
    trafficTypeId: "tt1",
    verb: "add",
    mpids,
    segment,
  };
  expect((await doors.call("POST", "/audiences", body)).status).toBe(200);
  return segmentId(workspaceId, "env1", segment);
}

const LOOK: SegmentLook = {
  segment: "a",
  audienceId: null,
  state: "active",
  pendingAdds: 2,
  pendingDeletes: 1,
  oldestPendingAtMs: START_MS,
  members: 95,
  membersAtMs: START_MS,
  lastFlushAtMs: START_MS,
  nextFlushAtMs: null,
  callsToday: 3,
  keysToday: 30,
  parked: 0,
};

async function report(workspaceId: string, segment: string, look: Partial<SegmentLook>, dueAtMs: number | null = null) {
  const db = database(env);
  const id = await segmentId(workspaceId, "env1", segment);
  const row = { id, workspaceId, environmentId: "env1", segment, audienceId: null };
  await together(db, [reportSegment(db, row, { ...LOOK, segment, ...look }, START_MS, dueAtMs)]);
  return id;
}

async function reportState(workspaceId: string, state: "ok" | "needs_credentials", dueAtMs: number | null = null) {
  const db = database(env);
  const look = { state, sinceMs: START_MS, lastError: state === "ok" ? null : "401 from Split" };
  await together(db, [reportTenant(db, workspaceId, look, "abcdefgh", dueAtMs)]);
}

const audits = async () =>
  (
    await database(env)
      .select()
      .from(audit)
      .orderBy(sql`rowid`)
  ).map(({ action, subject, before, after }) => [action, subject, before, after]);

describe("segments", () => {
  it("are listed as they stand now, under the id that everybody can compute", async () => {
    const doors = openDoors();
    const id = await fill(doors, "ws1", "sMy", ["1", "2"]);
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    const item = {
      id,
      workspaceId: "ws1",
      environmentId: "env1",
      segment: "sMy",
      audienceId: null,
      state: "creating",
      pendingAdds: 2,
      pendingDeletes: 0,
      oldestPendingAt: "2026-11-21T12:00:00Z",
      members: null,
      membersAt: null,
      lastFlushAt: null,
      nextFlushAt: "2026-11-21T12:00:10Z",
      callsToday: 0,
      keysToday: 0,
      parked: 0,
    };
    expect((await doors.call("GET", SEGMENTS)).json).toEqual({ items: [item], nextCursor: null });
    expect((await doors.call("GET", `${SEGMENTS}/${id}`)).json).toEqual(item);
    const csv = await doors.call("GET", `${SEGMENTS}.csv`);
    expect(csv.text).toBe(
      `${Object.keys(item).join(",")}\r\n${id},ws1,env1,sMy,,creating,2,0,2026-11-21T12:00:00Z,,,,2026-11-21T12:00:10Z,0,0,0\r\n`,
    );
  });

  it("are narrowed by workspace and state, and paged", async () => {
    const doors = openDoors();
    for (const [workspace, segment] of [
      ["ws2", "a"],
      ["ws1", "b"],
      ["ws1", "a"],
    ] as const)
      await fill(doors, workspace, segment, ["1"]);
    const names = async (query: string) => {
      const { json } = await doors.call("GET", `${SEGMENTS}?${query}`);
      return [
        json.items.map((s: { workspaceId: string; segment: string }) => `${s.workspaceId}/${s.segment}`),
        json.nextCursor,
      ];
    };
    expect(await names("")).toEqual([["ws1/a", "ws1/b", "ws2/a"], null]);
    expect(await names("workspace_id=ws1")).toEqual([["ws1/a", "ws1/b"], null]);
    expect(await names("state=active")).toEqual([[], null]);
    const [first, cursor] = await names("limit=2");
    expect(first).toEqual(["ws1/a", "ws1/b"]);
    expect(await names(`limit=2&cursor=${cursor as string}`)).toEqual([["ws2/a"], null]);
    for (const query of ["state=odd", "cursor=no", "unknown=1", "limit=0"]) {
      expect((await doors.call("GET", `${SEGMENTS}?${query}`)).status).toBe(400);
    }
  });

  it("whose object is gone or away are shown as they last told, without the counts of another day", async () => {
    const doors = openDoors();
    const id = await report("ws1", "a", {});
    const told = { pendingAdds: 2, pendingDeletes: 1, members: 95, callsToday: 3, keysToday: 30, state: "active" };
    expect((await doors.call("GET", `${SEGMENTS}/${id}`)).json).toMatchObject(told);
    doors.objects.buffer(id).failures.push(new Error("away"));
    expect((await doors.call("GET", `${SEGMENTS}/${id}`)).json).toMatchObject(told);
    doors.setNow(START_MS + DAY_MS);
    expect((await doors.call("GET", `${SEGMENTS}/${id}`)).json).toMatchObject({ ...told, callsToday: 0, keysToday: 0 });
    const db = database(env);
    await together(db, [forgetSegment(db, id)]);
    expect(await doors.call("GET", `${SEGMENTS}/${id}`)).toMatchObject({ status: 404, json: { code: "not_found" } });
  });

  it("are flushed, replayed and renamed, each recorded", async () => {
    const doors = openDoors();
    const id = await fill(doors, "ws1", "sMy", ["1", "2"]);
    const buffer = doors.objects.buffer(id);
    expect(await doors.call("POST", `${SEGMENTS}/${id}/flush`)).toMatchObject({ status: 202, json: { pending: 2 } });
    expect(buffer.flushes).toBe(1);
    buffer.parkedChanges = ["5", "6", "7"].map((mpid) => ({
      mpid,
      verb: "add" as const,
      reason: "rejected",
      detail: "=cmd()",
      atMs: START_MS,
    }));
    const replay = (body?: unknown) => doors.call("POST", `${SEGMENTS}/${id}/replay`, body);
    expect(await replay({ mpids: ["5", 6] })).toMatchObject({ status: 202, json: { replayed: 2 } });
    expect(await replay()).toMatchObject({ status: 202, json: { replayed: 1 } });
    expect(await replay({})).toMatchObject({ status: 202, json: { replayed: 0 } });
    const renamed = await doors.call("PUT", `${SEGMENTS}/${id}`, { segmentName: "s_new" });
    expect(renamed).toMatchObject({ status: 200, json: { id, segment: "s_new" } });
    expect(await audits()).toEqual([
      ["segment.flush", `segment:${id}`, null, null],
      ["segment.replay", `segment:${id}`, null, { mpids: 2 }],
      ["segment.replay", `segment:${id}`, null, { mpids: "all" }],
      ["segment.replay", `segment:${id}`, null, { mpids: "all" }],
      ["segment.rename", `segment:${id}`, { segmentName: "sMy" }, { segmentName: "s_new" }],
    ]);
    for (const body of [{ segmentName: "a/b" }, { segmentName: "" }, {}, { segmentName: "a", more: 1 }]) {
      expect((await doors.call("PUT", `${SEGMENTS}/${id}`, body)).status).toBe(400);
    }
    expect((await replay({ mpids: [2 ** 53] })).json.errors[0].path).toBe("mpids.0");
  });

  it("tell what is parked, page by page and as CSV that runs no formula", async () => {
    const doors = openDoors();
    const id = await fill(doors, "ws1", "sMy", ["1"]);
    doors.objects.buffer(id).parkedChanges = ["5", "6"].map((mpid) => ({
      mpid,
      verb: "add" as const,
      reason: "segment_full",
      detail: "=cmd()",
      atMs: START_MS,
    }));
    const path = `${SEGMENTS}/${id}/parked`;
    const first = (await doors.call("GET", `${path}?limit=1`)).json;
    expect(first.items).toEqual([
      { mpid: "5", verb: "add", reason: "segment_full", detail: "=cmd()", at: "2026-11-21T12:00:00Z" },
    ]);
    const second = (await doors.call("GET", `${path}?limit=1&cursor=${first.nextCursor}`)).json;
    expect(second).toMatchObject({ items: [{ mpid: "6" }], nextCursor: null });
    expect((await doors.call("GET", `${path}.csv`)).text).toBe(
      "mpid,verb,reason,detail,at\r\n5,add,segment_full,'=cmd(),2026-11-21T12:00:00Z\r\n6,add,segment_full,'=cmd(),2026-11-21T12:00:00Z\r\n",
    );
  });

  it("that are not known are 404 at every door, and need their scopes", async () => {
    const doors = openDoors();
    const id = "0".repeat(32);
    const reader = { Authorization: `Bearer ${await keyWith("audiences:read")}` };
    const writer = { Authorization: `Bearer ${await keyWith("audiences:write")}` };
    for (const [method, path, body] of [
      ["GET", "", undefined],
      ["PUT", "", { segmentName: "a" }],
      ["POST", "/flush", undefined],
      ["POST", "/replay", {}],
      ["GET", "/parked", undefined],
      ["GET", "/parked.csv", undefined],
    ] as const) {
      const [may, mayNot] = method === "GET" ? [reader, writer] : [writer, reader];
      expect((await doors.call(method, `${SEGMENTS}/${id}${path}`, body, may)).status).toBe(404);
      expect((await doors.call(method, `${SEGMENTS}/${id}${path}`, body, mayNot)).status).toBe(403);
    }
    expect(
      (await doors.call("GET", SEGMENTS, undefined, { Authorization: await keyWith("audiences:read") })).status,
    ).toBe(401);
    expect((await doors.call("GET", `${SEGMENTS}/xyz`)).status).toBe(400);
    expect((await doors.call("DELETE", `${SEGMENTS}/${id}`)).headers.get("Allow")).toBe("GET, HEAD, PUT");
  });
});

describe("tenants", () => {
  it("are listed with what their segments hold", async () => {
    const doors = openDoors();
    await reportState("ws1", "needs_credentials");
    await reportState("ws2", "ok");
    await report("ws1", "a", {});
    await report("ws1", "b", { pendingAdds: 10 });
    const [first, second] = [
      {
        workspaceId: "ws1",
        state: "needs_credentials",
        segments: 2,
        pending: 14,
        since: "2026-11-21T12:00:00Z",
        lastError: "401 from Split",
      },
      { workspaceId: "ws2", state: "ok", segments: 0, pending: 0, since: "2026-11-21T12:00:00Z", lastError: null },
    ];
    expect((await doors.call("GET", TENANTS)).json).toEqual({ items: [first, second], nextCursor: null });
    const page = (await doors.call("GET", `${TENANTS}?limit=1`)).json;
    expect((await doors.call("GET", `${TENANTS}?limit=1&cursor=${page.nextCursor}`)).json.items).toEqual([second]);
    expect((await doors.call("GET", `${TENANTS}.csv`)).text.split("\r\n")[1]).toBe(
      "ws1,needs_credentials,2,14,2026-11-21T12:00:00Z,401 from Split",
    );
  });

  it("take another key, which is told to nobody", async () => {
    const doors = openDoors();
    const apiToken = "canary-7f3a9b";
    const answer = await doors.call("PUT", `${TENANTS}/ws1`, { apiToken });
    expect(answer).toMatchObject({ status: 200, json: { workspaceId: "ws1", state: "ok" } });
    expect(doors.objects.tenant("ws1").replaced).toEqual([apiToken]);
    expect(await audits()).toEqual([["tenant.key", "tenant:ws1", null, null]]);
    expect(JSON.stringify([answer, takeLog()])).not.toContain(apiToken);
    for (const body of [{}, { apiToken: "" }, { apiToken: "a b" }, { apiToken, more: 1 }]) {
      expect((await doors.call("PUT", `${TENANTS}/ws1`, body)).status).toBe(400);
    }
  });
});

it("every door stands in the OpenAPI document with its key", () => {
  const routes = audienceRoutes({ data: audienceData, objects: () => openDoors().objects });
  const { paths } = openApiDocument(routes) as { paths: Record<string, Record<string, { security?: unknown[] }>> };
  const doors = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => `${method} ${path} ${JSON.stringify(security ?? [])}`),
  );
  const [ingest, read, write] = ["ingest", "read", "write"].map((word) => `[{"bearer":["audiences:${word}"]}]`);
  expect(doors.toSorted()).toEqual(
    [
      "get /ping []",
      "get /uptime []",
      `get /cache ${read}`,
      'post /mparticle [{},{"bearer":["audiences:ingest"]}]',
      `post /audiences ${ingest}`,
      `get ${SEGMENTS} ${read}`,
      `get ${SEGMENTS}.csv ${read}`,
      `get ${SEGMENTS}/{id} ${read}`,
      `put ${SEGMENTS}/{id} ${write}`,
      `post ${SEGMENTS}/{id}/flush ${write}`,
      `post ${SEGMENTS}/{id}/replay ${write}`,
      `get ${SEGMENTS}/{id}/parked ${read}`,
      `get ${SEGMENTS}/{id}/parked.csv ${read}`,
      `get ${TENANTS} ${read}`,
      `get ${TENANTS}.csv ${read}`,
      `put ${TENANTS}/{workspaceId} ${write}`,
    ].toSorted(),
  );
});

describe("the sweep", () => {
  it("wakes what is overdue and nothing else", async () => {
    const doors = openDoors();
    const late = await report("ws1", "late", {}, START_MS - 1);
    const soon = await report("ws1", "soon", {}, START_MS + 1);
    const idle = await report("ws1", "idle", {}, null);
    await reportState("ws1", "needs_credentials", START_MS - 1);
    await reportState("ws2", "ok", null);
    const op = { db: database(env), data: audienceData, objects: doors.objects, deps: doors.deps };
    expect(await wakeOverdue(op)).toEqual({ counts: { segmentsWoken: 1, tenantsWoken: 1 }, warnings: [] });
    expect([late, soon, idle].map((id) => doors.objects.buffer(id).arms)).toEqual([1, 0, 0]);
    expect(doors.objects.tenant("ws1").arms).toBe(1);
    expect(doors.objects.tenants.has("ws2")).toBe(false);
  });

  it("finds a new buffer that told nothing for five minutes, and goes on where one does not answer", async () => {
    const doors = openDoors();
    const [one, two] = [await fill(doors, "ws1", "a", ["1"]), await fill(doors, "ws1", "b", ["1"])];
    const op = { db: database(env), data: audienceData, objects: doors.objects, deps: doors.deps };
    doors.setNow(START_MS + 5 * MINUTE_MS);
    expect((await wakeOverdue(op)).counts).toMatchObject({ segmentsWoken: 0 });
    doors.setNow(START_MS + 5 * MINUTE_MS + 1);
    doors.objects.buffer(one).failures.push(new Error("away"));
    expect(await wakeOverdue(op)).toMatchObject({
      counts: { segmentsWoken: 2 },
      warnings: ["1 overdue objects of audiences did not answer"],
    });
    expect(doors.objects.buffer(two).arms).toBe(1);
    takeLog();
  });
});
