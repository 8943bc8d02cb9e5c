// The batch door as existing lambdas use it, and its neighbours `/ping`, `/uptime`, `/cache`.
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { database, together } from "../../../src/shared/db/client.ts";
import { MAX_BODY_BYTES } from "../../../src/shared/http/body.ts";
import { Raw, START_MS, openDoors } from "../../../test/support/audiences.ts";
import type { Doors } from "../../../test/support/audiences.ts";
import { takeLog } from "../../../test/support/logged.ts";
import { keyWith } from "../../../test/support/operator.ts";
import { reportTenant } from "../store-tenants.ts";

const BATCH = {
  apiToken: "split-admin-key",
  workspaceId: "ws1",
  environmentId: "env1",
  trafficTypeId: "tt1",
  verb: "add",
  mpids: ["1"],
  segment: "sMy_Audience",
};

const send = (doors: Doors, more: object = {}, headers?: Record<string, string>) =>
  doors.call("POST", "/audiences", { ...BATCH, ...more }, headers);

/** MPIDs as mParticle makes them: 64 bits with a sign. */
const longMpids = (n: number) => Array.from({ length: n }, (_, i) => `-${6_403_478_910_000_000_000n + BigInt(i)}`);

describe("the batch door", () => {
  it.each([
    ["add", "add", 1, 0],
    ["DELETE", "DELETE", 0, 1],
    ["Add", "Add", 1, 0],
  ])("takes the verb %s and echoes it as sent", async (verb, echoed, adds, deletes) => {
    const doors = openDoors();
    const answer = await send(doors, { verb, surprise: 1 });
    expect(answer).toMatchObject({ status: 200, text: `MPIDs ${echoed}` });
    expect(answer.headers.get("Content-Type")).toContain("text/plain");
    const buffer = doors.objects.named("sMy_Audience")!;
    expect([buffer.count("add"), buffer.count("delete")]).toEqual([adds, deletes]);
    expect(buffer.identity).toEqual({
      workspaceId: "ws1",
      environmentId: "env1",
      trafficTypeId: "tt1",
      segment: "sMy_Audience",
      audienceId: null,
      audienceName: null,
      plainName: null,
    });
    expect([...buffer.members.values()][0]![1]).toBe(START_MS);
    expect(doors.objects.tenant("ws1").offers).toEqual(["split-admin-key"]);
  });

  it("drops null and empty MPIDs and keeps every other as it was written, once", async () => {
    const doors = openDoors();
    const mpids = [
      "-6403478910331948329",
      "18446744073709551615",
      42,
      "42",
      "042",
      "0",
      null,
      "",
      " ",
      -7,
      "-7",
      "x-1",
    ];
    expect(await send(doors, { mpids })).toMatchObject({ status: 200, text: "MPIDs add" });
    expect([...doors.objects.named("sMy_Audience")!.members.keys()]).toEqual([
      "-6403478910331948329",
      "18446744073709551615",
      "42",
      "042",
      "0",
      "-7",
      "x-1",
    ]);
    expect(await send(openDoors(), { mpids: [] })).toMatchObject({ status: 200 });
    expect(await send(openDoors(), { mpids: [null] })).toMatchObject({ status: 200 });
  });

  it.each([
    ["no body", new Raw("")],
    ["malformed JSON", new Raw('{"verb":"add",')],
    ["null", new Raw("null")],
    ["a list", new Raw("[]")],
    ["an unsafe integer", new Raw(JSON.stringify({ ...BATCH, mpids: ["@"] }).replace('"@"', "9007199254740993"))],
    ["an unsafe workspace", new Raw(JSON.stringify({ ...BATCH, workspaceId: "@" }).replace('"@"', "9007199254740993"))],
    ["a fraction", { ...BATCH, mpids: [1.5] }],
    ["an MPID that is none", { ...BATCH, mpids: [{}] }],
    ["an MPID of 251 characters", { ...BATCH, mpids: ["9".repeat(251)] }],
    ["no MPIDs", { ...BATCH, mpids: undefined }],
    ["MPIDs that are no list", { ...BATCH, mpids: "1" }],
    ["no segment", { ...BATCH, segment: undefined }],
    ["an empty segment", { ...BATCH, segment: "" }],
    ["a segment that would leave its path", { ...BATCH, segment: "../keys" }],
    ["no verb", { ...BATCH, verb: undefined }],
    ["no token", { ...BATCH, apiToken: undefined }],
    ["a token that breaks a header", { ...BATCH, apiToken: "a\r\nb" }],
    ["no environment", { ...BATCH, environmentId: undefined }],
    ["an environment that would leave its path", { ...BATCH, environmentId: "a/b" }],
  ])("with %s is 400 invalid POST body, and nothing is taken", async (_, body) => {
    const doors = openDoors();
    expect(await doors.call("POST", "/audiences", body)).toMatchObject({ status: 400, text: "invalid POST body" });
    expect([doors.objects.buffers.size, doors.objects.tenants.size]).toEqual([0, 0]);
  });

  it.each(["upsert", "", "addd"])("with the verb `%s` is 400 and says it", async (verb) => {
    const doors = openDoors();
    const text = `invalid verb "${verb}"; must be add or delete`;
    expect(await send(doors, { verb })).toMatchObject({ status: 400, text });
    expect(doors.objects.buffers.size).toBe(0);
  });

  it.each(["GET", "PUT", "DELETE", "PATCH"])("with the method %s is 405, with or without a key", async (method) => {
    for (const headers of [{}, { Authorization: "" }]) {
      const answer = await openDoors().call(method, "/audiences", undefined, headers);
      expect(answer).toMatchObject({ status: 405, text: "method not allowed" });
      expect(answer.headers.get("Allow")).toBe("POST");
    }
  });

  it("with a wrong key is 401, with one bound to another tenant 403", async () => {
    for (const authorization of ["", "wrong", "Bearer wrong", "Token wrong"]) {
      const answer = await send(openDoors(), {}, { Authorization: authorization });
      expect(answer).toMatchObject({ status: 401, text: "auth token doesn't match" });
      expect(answer.headers.get("WWW-Authenticate")).toContain("Bearer");
    }
    const keys = await Promise.all(
      ["audiences:ingest", "audiences:ingest:ws1", "audiences:ingest:ws", "audiences:write"].map((s) => keyWith(s)),
    );
    for (const [n, status] of [200, 200, 403, 403].entries()) {
      for (const authorization of [keys[n]!, `Bearer ${keys[n]!}`]) {
        expect((await send(openDoors(), {}, { Authorization: authorization })).status).toBe(status);
      }
    }
    // mParticle's word is for mParticle's door.
    expect((await send(openDoors(), {}, { Authorization: `Token ${keys[0]!}` })).status).toBe(401);
  });

  it("takes 500,000 MPIDs of 64 bits in one body and one call", async () => {
    const doors = openDoors();
    expect(await send(doors, { mpids: longMpids(500_000) })).toMatchObject({ status: 200, text: "MPIDs add" });
    expect(doors.objects.named("sMy_Audience")).toMatchObject({ puts: 1 });
    expect(doors.objects.named("sMy_Audience")!.members.size).toBe(500_000);
  });

  it.each([
    ["long", () => longMpids(1_000_000)],
    ["short", () => Array.from({ length: 1_000_000 }, (_, i) => String(i))],
  ])("refuses 1,000,000 MPIDs, %s ones, with 413", async (_, mpids) => {
    const doors = openDoors();
    expect(await send(doors, { mpids: mpids() })).toMatchObject({ status: 413, json: { code: "body_too_large" } });
    expect(doors.objects.buffers.size).toBe(0);
  });

  it("reads one large body at a time", async () => {
    const doors = openDoors();
    const mpids = longMpids(100_000);
    const answers = await Promise.all([1, 2, 3].map(() => send(doors, { mpids })));
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 503, 503]);
    expect(answers.find(({ status }) => status === 503)!.headers.get("Retry-After")).toBe("1");
    expect(JSON.stringify(mpids).length).toBeGreaterThan(MAX_BODY_BYTES);
    expect(await send(doors, { mpids })).toMatchObject({ status: 200 });
    takeLog();
  });

  it("never logs or answers the token, also where things fail", async () => {
    const doors = openDoors();
    const canary = "canary-7f3a9b";
    doors.objects.tenant("ws1").failures.push(new Error("away"));
    const answers = [
      await send(doors, { apiToken: canary }),
      await send(doors, { apiToken: canary, verb: "x" }),
      await send(doors, { apiToken: canary }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([503, 400, 200]);
    expect(JSON.stringify([answers, takeLog()])).not.toContain(canary);
    const rows = await env.DB.prepare("select * from segment").all();
    expect(JSON.stringify(rows.results)).not.toContain(canary);
  });
});

describe("its neighbours", () => {
  it("ping answers pong", async () => {
    expect(await openDoors().call("GET", "/ping", undefined, { Authorization: "" })).toMatchObject({
      status: 200,
      text: "pong",
    });
  });

  it("uptime counts since the version was deployed", async () => {
    const ask = async (timestamp: string) => {
      const bindings = { ...env, VERSION: { id: "v", tag: "", timestamp } } as Env;
      return (await openDoors(bindings).call("GET", "/uptime", undefined, { Authorization: "" })).text;
    };
    expect(await ask("2026-11-19T10:58:57Z")).toBe("2d:1h:1m:3s");
    expect(await ask(new Date(START_MS).toISOString())).toBe("0d:0h:0m:0s");
    expect(await ask("")).toBe("0d:0h:0m:0s");
  });

  it("cache lists what waits, a line for each segment and verb, under four characters of the key", async () => {
    const doors = openDoors();
    const cache = () => doors.call("GET", "/cache");
    expect(await cache()).toMatchObject({ status: 200, text: "cache empty" });
    const db = database(env);
    await together(db, [reportTenant(db, "ws1", { state: "ok", sinceMs: 1, lastError: null }, "spli", null)]);
    await send(doors, { mpids: ["1", "2", "3"] });
    await send(doors, { mpids: ["3"], verb: "delete" });
    await send(doors, { workspaceId: "ws2", segment: "other" });
    expect((await cache()).text.split("\n").toSorted()).toEqual([
      "****:ws2:env1:other:add => 1",
      "spli****:ws1:env1:sMy_Audience:add => 2",
      "spli****:ws1:env1:sMy_Audience:delete => 1",
    ]);
    expect((await doors.call("GET", "/cache", undefined, { Authorization: "" })).status).toBe(401);
    const ingest = await keyWith("audiences:ingest");
    expect((await doors.call("GET", "/cache", undefined, { Authorization: ingest })).status).toBe(403);
    const reader = await keyWith("audiences:read");
    expect((await doors.call("GET", "/cache", undefined, { Authorization: reader })).status).toBe(200);
  });
});
