// Split's calls against the simulated Split: what each answer of it is taken for.
import { beforeEach, describe, expect, test } from "vitest";
import { demoSplit } from "../../../sandbox/demo.ts";
import { createSplit } from "../../../sandbox/split/app.ts";
import type { SplitSimulator } from "../../../sandbox/split/app.ts";
import * as split from "./split.client.ts";
import type { SplitSession } from "./split.client.ts";

const BASE = "http://split.test/internal/api/v2";
const { workspaceId, environmentId, trafficTypeId, apiKey } = demoSplit;
const segment = { workspaceId, environmentId, name: "s_high" };
const START_MS = Date.UTC(2026, 10, 21, 12);

let simulator: SplitSimulator;
let session: SplitSession;
let counted: string[];

beforeEach(() => {
  simulator = createSplit({ now: () => START_MS, random: () => 0 });
  counted = [];
  session = {
    apiUrl: BASE,
    apiKey,
    deps: {
      fetch: async (input, init) => simulator.app.fetch(new Request(input as string, init)),
      clock: () => START_MS,
      count: (metric, labels) => {
        if (metric === "upstream_requests_total") counted.push(`${labels["operation"]} ${labels["status"]}`);
      },
    },
  };
});

async function make(): Promise<void> {
  expect(await split.createSegment(session, segment, trafficTypeId, "by a test")).toMatchObject({ kind: "done" });
  expect(await split.activateSegment(session, segment)).toMatchObject({ kind: "done" });
}

const add = (keys: string[]) => split.changeMembers(session, segment, "add", keys, "batch 1");
const remove = (keys: string[]) => split.changeMembers(session, segment, "delete", keys, "batch 2");

describe("the life of a segment", () => {
  test("it is made, filled, emptied and taken away, each once", async () => {
    expect(await split.countMembers(session, segment)).toMatchObject({ kind: "missing", status: "404" });
    expect(await add(["1"])).toMatchObject({ kind: "missing" });
    await make();
    expect(await split.createSegment(session, segment, trafficTypeId, "again")).toMatchObject({ kind: "exists" });
    expect(await split.activateSegment(session, segment)).toMatchObject({ kind: "exists" });
    expect(await add(["1", "-6403478910331948329", 'a"b'])).toMatchObject({ kind: "done", status: "200", value: null });
    expect(await remove(["1", "unknown"])).toMatchObject({ kind: "done" });
    expect(await split.countMembers(session, segment)).toMatchObject({ kind: "done", value: 2 });
    expect(simulator.members(environmentId, "s_high")).toEqual(new Set(["-6403478910331948329", 'a"b']));
    expect(simulator.memberCalls.map(({ replace, comment }) => [replace, comment])).toEqual([
      [false, "batch 1"],
      [false, "batch 2"],
    ]);
    expect(await split.deactivateSegment(session, segment)).toMatchObject({ kind: "done" });
    expect(await split.deactivateSegment(session, segment)).toMatchObject({ kind: "missing" });
    expect(await split.deleteSegment(session, segment)).toMatchObject({ kind: "done" });
    expect(await split.deleteSegment(session, segment)).toMatchObject({ kind: "missing" });
    expect(counted).toContain("upload_keys 200");
  });

  test("one that a flag uses is not deleted, and says why", async () => {
    await make();
    simulator.state.workspaces.get(workspaceId)!.segments.get("s_high")!.usedByFlag = true;
    const answer = await split.deleteSegment(session, segment);
    expect(answer).toMatchObject({ kind: "refused", status: "409", detail: expect.stringContaining("feature flags") });
  });

  test("names and ids stand in paths as they are", async () => {
    const odd = { ...segment, name: "a/b?c" };
    await split.deleteSegment(session, odd);
    await split.countMembers(session, odd);
    expect(simulator.requests.map(({ path }) => path)).toEqual([
      `/internal/api/v2/segments/ws/${workspaceId}/a%2Fb%3Fc`,
      `/internal/api/v2/segments/${environmentId}/a%2Fb%3Fc/keys`,
    ]);
  });
});

describe("a refusal", () => {
  test("of the key is told from all others and does not tell the key", async () => {
    for (const kind of ["revoked", "sdk", "viewer"] as const) {
      simulator.state.keys.get(apiKey)!.kind = kind;
      const answer = await add(["1"]);
      expect(answer).toMatchObject({ kind: "unauthorized", status: kind === "viewer" ? "403" : "401" });
      expect(JSON.stringify(answer)).not.toContain(apiKey);
    }
    // The last of them may look, which is not enough.
    expect(await split.probe(session, segment)).toMatchObject({ kind: "unauthorized" });
    simulator.state.keys.get(apiKey)!.kind = "admin";
    expect(await split.probe(session, segment)).toMatchObject({ kind: "missing" });
    await make();
    expect(await split.probe(session, segment)).toMatchObject({ kind: "done" });
  });

  test("of what a call holds is refused: bad keys, too many of them, a full segment", async () => {
    await make();
    expect(await add(["x".repeat(251)])).toMatchObject({ kind: "refused", status: "400" });
    expect(await add([])).toMatchObject({ kind: "refused", status: "400" });
    const many = Array.from({ length: split.MAX_KEYS_PER_CALL + 1 }, (_, n) => String(n));
    expect(await add(many)).toMatchObject({ kind: "refused" });
    for (let n = 0; n < split.MAX_MEMBERS / split.MAX_KEYS_PER_CALL; n++) {
      const keys = many.slice(0, split.MAX_KEYS_PER_CALL).map((key) => `${n}-${key}`);
      expect(await add(keys)).toMatchObject({ kind: "done" });
    }
    expect(await split.countMembers(session, segment)).toMatchObject({ value: split.MAX_MEMBERS });
    expect(await add(["one-more"])).toMatchObject({ kind: "refused", status: "400" });
  });

  test("for want of an approval is refused or unauthorized, as Split says it", async () => {
    await make();
    const environment = simulator.state.workspaces.get(workspaceId)!.environments[0]!;
    environment.approval = 409;
    expect(await add(["1"])).toMatchObject({ kind: "refused", status: "409" });
    environment.approval = 403;
    expect(await add(["1"])).toMatchObject({ kind: "unauthorized", status: "403" });
  });
});

describe("later", () => {
  test("a 429 says when, by the larger of the two reset headers; a success says when nothing is left", async () => {
    simulator.limits.organisation = { calls: 1, seconds: 60 };
    simulator.limits.address = { calls: 100, seconds: 5 };
    const last = await split.createSegment(session, segment, trafficTypeId, "");
    expect(last).toMatchObject({ kind: "done", spentUntilMs: expect.any(Number) });
    const refused = await split.probe(session, segment);
    expect(refused).toMatchObject({ kind: "later", status: "429", limited: true });
    const { retryAtMs } = refused as { retryAtMs: number };
    expect(retryAtMs).toBeGreaterThan(START_MS + 5_000);
    expect(retryAtMs).toBeLessThanOrEqual(START_MS + 60_000);
  });

  test.each([
    [{ mode: "error", status: 500 } as const, "500"],
    [{ mode: "error", status: 503 } as const, "503"],
    [{ mode: "error", status: 408 } as const, "408"],
    [{ mode: "torn" } as const, "unavailable"],
    [{ mode: "redirect" } as const, "302"],
  ])("%o is later, without a time", async (fault, status) => {
    await make();
    simulator.faults.set(fault);
    const answer = await add(["1"]);
    expect(answer).toMatchObject({ kind: "later", status, limited: false });
    expect(answer).not.toHaveProperty("retryAtMs");
  });

  test("a count that cannot be read is no count", async () => {
    await make();
    simulator.faults.set({ mode: "malformed" });
    expect(await split.countMembers(session, segment)).toMatchObject({ kind: "later", status: "malformed" });
  });
});
