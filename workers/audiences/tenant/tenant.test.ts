// The tenant on its real disk, against the simulated Split: which key is used, who is stopped by a refusal, and who is not.
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { demoOrganisation } from "../../../sandbox/split/organisations.ts";
import type { SplitKey } from "../../../sandbox/split/organisations.ts";
import { sandbox } from "../../../test/support/outgoing.ts";
import type { CallPlace, Slot, TenantDoor } from "../objects.ts";
import { changeMembers } from "../split/split.client.ts";

const WORKSPACE = "ws-tenant";
const [GOOD, OTHER, WRONG] = ["good-key-canary", "other-key-canary", "wrong-key-canary"];
const place: CallPlace = { segmentId: "a".repeat(32), environmentId: "env-1", name: "s_one" };
const elsewhere: CallPlace = { segmentId: "b".repeat(32), environmentId: "env-2", name: "s_two" };

const stub = () => env.TENANT.getByName(WORKSPACE);
const tenant = () => stub() as unknown as TenantDoor;

function split(keys: Record<string, SplitKey>): void {
  const workspaces = [
    {
      id: WORKSPACE,
      name: "w",
      environments: ["env-1", "env-2"].map((id) => ({ id, name: id })),
      trafficTypes: [{ id: "tt", name: "user" }],
    },
  ];
  sandbox().simulators.split.state.add({ ...demoOrganisation, name: "tenants", keys, workspaces });
}

const setKind = (key: string, kind: SplitKey["kind"]) =>
  void (sandbox().simulators.split.state.keys.get(key)!.kind = kind);

/** One call as a buffer makes it, over as many slots as the tenant wants. Tells the key that was accepted, or why none was. */
async function call(at: CallPlace = place): Promise<string> {
  for (let tries = 0; tries < 4; tries++) {
    const slot: Slot = await tenant().slot(at);
    if (slot.kind !== "go") return slot.kind;
    const deps = { fetch: globalThis.fetch, clock: Date.now };
    const session = { apiUrl: env.SPLIT_API_URL, apiKey: slot.apiKey, deps };
    const segment = { workspaceId: WORKSPACE, environmentId: at.environmentId, name: at.name };
    const answer = await changeMembers(session, segment, "delete", ["1"], "test");
    if (answer.kind === "later") {
      return (await tenant().told(at, slot.keyId, { kind: "limited", retryAtMs: answer.retryAtMs })).kind;
    }
    if (answer.kind !== "unauthorized") {
      if (slot.tell) await tenant().told(at, slot.keyId, { kind: "accepted" });
      return slot.apiKey;
    }
    const next = await tenant().told(at, slot.keyId, answer);
    if (next.kind !== "again") return next.kind;
  }
  throw new Error("the tenant never came to an end");
}

const row = () => env.DB.prepare("select * from tenant").first<Record<string, unknown>>();
const records = async () =>
  (await env.DB.prepare("select name from sealed_record order by name").all<{ name: string }>()).results.map(
    ({ name }) => name.split(":").at(-1),
  );

beforeEach(() => split({ [GOOD]: { kind: "admin" }, [OTHER]: { kind: "admin" } }));

describe("a key", () => {
  it("is kept sealed before the offer is answered, used at once, and good once Split took it", async () => {
    expect(await tenant().slot(place)).toMatchObject({ kind: "needs_credentials" });
    expect(await tenant().offer(GOOD)).toMatchObject({ state: "ok" });
    expect(await records()).toEqual(["candidate"]);
    expect(await row()).toMatchObject({ workspace_id: WORKSPACE, state: "ok", key_hint: "good", due_at: null });
    expect(await call()).toBe(GOOD);
    expect(await records()).toEqual(["good"]);
    const slot = await tenant().slot(place);
    expect(slot).toMatchObject({ kind: "go", apiKey: GOOD, tell: false });
    for (const table of ["tenant", "sealed_record"]) {
      expect(JSON.stringify((await env.DB.prepare(`select * from ${table}`).all()).results)).not.toContain("canary");
    }
  });

  it("that is wrong never stops a tenant whose key works, and is not tried twice", async () => {
    await tenant().offer(GOOD);
    await call();
    await tenant().offer(WRONG);
    expect(await records()).toEqual(["candidate", "good"]);
    expect(await call()).toBe(GOOD);
    expect(await records()).toEqual(["good"]);
    await tenant().offer(WRONG);
    expect(await records()).toEqual(["good"]);
    expect(await row()).toMatchObject({ state: "ok", key_hint: "good" });
  });

  it("that is newer takes the place of the good one once Split took it", async () => {
    await tenant().offer(GOOD);
    await call();
    await tenant().offer(OTHER);
    expect(await call()).toBe(OTHER);
    setKind(GOOD, "revoked");
    expect(await call()).toBe(OTHER);
    expect(await row()).toMatchObject({ key_hint: "othe" });
  });
});

describe("when every key is refused", () => {
  const failing = async () => {
    await tenant().offer(GOOD);
    await call();
    setKind(GOOD, "revoked");
    expect(await call()).toBe("needs_credentials");
  };

  it("the tenant says so, since when, and what Split said", async () => {
    const beforeMs = Date.now();
    await failing();
    const look = await tenant().look();
    expect(look).toMatchObject({ state: "needs_credentials", lastError: expect.stringContaining("401") });
    expect(look.sinceMs).toBeGreaterThanOrEqual(beforeMs);
    expect(await tenant().offer(GOOD)).toMatchObject({ state: "needs_credentials", sinceMs: look.sinceMs });
    expect(await row()).toMatchObject({ state: "needs_credentials", due_at: expect.any(Number) });
    const calls = sandbox().simulators.split.requests.length;
    expect(await call(elsewhere)).toBe("needs_credentials");
    expect(sandbox().simulators.split.requests).toHaveLength(calls);
  });

  it("the tenant alone asks once a minute, and goes on when the key works again", async () => {
    await failing();
    const probeNow = async () => {
      await runInDurableObject(stub(), (_, state) => state.storage.kv.put("probeAtMs", 0));
      await runDurableObjectAlarm(stub());
    };
    const asked = () => sandbox().simulators.split.requests.length;
    const before = asked();
    await probeNow();
    expect(asked()).toBe(before + 1);
    await runDurableObjectAlarm(stub());
    expect(asked()).toBe(before + 1);
    expect(await tenant().look()).toMatchObject({ state: "needs_credentials" });
    setKind(GOOD, "admin");
    await probeNow();
    expect(await tenant().look()).toMatchObject({ state: "ok", lastError: null });
    expect(await row()).toMatchObject({ state: "ok", due_at: null });
    expect(await call()).toBe(GOOD);
  });

  it("another key in any message is tried by the next alarm, at once", async () => {
    await failing();
    await tenant().offer(OTHER);
    await runDurableObjectAlarm(stub());
    expect(await tenant().look()).toMatchObject({ state: "ok" });
    expect(await records()).toEqual(["good"]);
  });

  it("an operator's key is tried at once, also one that was refused", async () => {
    await failing();
    expect(await tenant().replaceKey(WRONG)).toMatchObject({ state: "needs_credentials" });
    expect(await tenant().replaceKey(OTHER)).toMatchObject({ state: "ok" });
    expect(await records()).toEqual(["good"]);
    expect(await call()).toBe(OTHER);
  });

  it("a first and only key that is refused stays, so that it can be tried again", async () => {
    await tenant().offer(WRONG);
    expect(await call()).toBe("needs_credentials");
    expect(await records()).toEqual(["candidate"]);
    sandbox().simulators.split.state.keys.set(WRONG, { kind: "admin", organisation: "tenants" });
    expect(await tenant().replaceKey(WRONG)).toMatchObject({ state: "ok" });
    expect(await call()).toBe(WRONG);
  });
});

describe("a key that reaches one environment only", () => {
  it("goes on there when somebody names another", async () => {
    split({ narrow: { kind: "admin", environmentId: "env-1" } });
    await tenant().offer("narrow");
    expect(await call()).toBe("narrow");
    expect(await call(elsewhere)).toBe("forbidden");
    expect(await call()).toBe("narrow");
    expect(await tenant().look()).toMatchObject({ state: "ok" });
  });

  it("is found to work where another was named first", async () => {
    split({ narrow: { kind: "admin", environmentId: "env-1" } });
    await tenant().offer("narrow");
    expect(await call(elsewhere)).toBe("needs_credentials");
    expect(await call()).toBe("needs_credentials");
    // The operator gives the same key again; or the minute's probe asks.
    expect(await tenant().replaceKey("narrow")).toMatchObject({ state: "ok" });
    expect(await call()).toBe("narrow");
    expect(await call(elsewhere)).toBe("forbidden");
  });
});

describe("the limits of an organisation", () => {
  it("that one buffer met hold for all, by the larger of Split's times", async () => {
    const { limits } = sandbox().simulators.split;
    await tenant().offer(GOOD);
    await call();
    limits.organisation = { calls: 0, seconds: 600 };
    const beforeMs = Date.now();
    expect(await call()).toBe("wait");
    const other = await tenant().slot(elsewhere);
    expect(other).toMatchObject({ kind: "wait" });
    expect((other as { untilMs: number }).untilMs).toBeGreaterThan(beforeMs + 1_000);
  });

  it("are not met by five hundred buffers at once", async () => {
    await tenant().offer(GOOD);
    await call();
    const slots: Slot[] = [];
    for (let n = 0; n < 60; n++) slots.push(await tenant().slot({ ...place, segmentId: `segment-${n}` }));
    expect(slots.filter(({ kind }) => kind === "go").length).toBeLessThan(25);
    const times = slots.flatMap((slot) => (slot.kind === "wait" ? [slot.untilMs] : []));
    expect(new Set(times).size).toBe(times.length);
  });
});

it("an alarm with nothing to do sets no other for ever", async () => {
  await tenant().offer(GOOD);
  await call();
  await runDurableObjectAlarm(stub());
  expect(await tenant().look()).toMatchObject({ state: "ok" });
});
