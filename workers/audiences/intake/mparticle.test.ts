// mParticle at the door: what it is answered, and what reaches the buffers.
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { ACCOUNT, START_MS, message, openDoors } from "../../../test/support/audiences.ts";
import { keyWith } from "../../../test/support/operator.ts";
import { HOUR_MS, MINUTE_MS } from "../../../src/shared/clock.ts";
import { takeLog } from "../../../test/support/logged.ts";

const CHANGE = "audience_membership_change_request";
const SUBSCRIPTION = "audience_subscription_request";

const audience = (action: string, more: Record<string, unknown> = {}) => ({
  audience_id: 456,
  audience_name: "High value / BR",
  audience_subscription_settings: { segmentName: "s_high" },
  action,
  ...more,
});

const subscription = (action: string, more: Record<string, unknown> = {}) =>
  message(SUBSCRIPTION, { audience_id: 456, audience_name: "High value / BR", action, ...more });

const rows = async () =>
  (await env.DB.prepare("select segment, audience_id, state from segment order by segment").all()).results;

describe("a registration", () => {
  it("needs no key and tells our name and the settings", async () => {
    const doors = openDoors();
    const { type, firehose_version } = { type: "module_registration_request", firehose_version: "2.8.0" };
    const answer = await doors.call("POST", "/mparticle", { type, firehose_version }, { Authorization: "" });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("Content-Type")).toBe("application/json;charset=utf-8");
    expect(answer.json).toMatchObject({
      type: "module_registration_response",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      timestamp_ms: START_MS,
      firehose_version: "2.8.0",
      name: "Sluice",
      version: "1.0",
      permissions: { allow_access_mpid: true },
      audience_processing_registration: {
        audience_subscription_settings: [{ id: "segmentName", visible: false, required: false }],
      },
    });
    const settings = answer.json.audience_processing_registration.account_settings;
    expect(settings.map(({ id }: { id: string }) => id)).toEqual(Object.keys(ACCOUNT.account_settings));
    for (const setting of settings) {
      expect(setting).toMatchObject({ type: "text", visible: true, required: true, confidential: true });
    }
    const without = await doors.call("POST", "/mparticle", { type }, { Authorization: "Token whatever" });
    expect(without).toMatchObject({ status: 200, json: { firehose_version: "2.5.0" } });
    expect(without.json.id).not.toBe(answer.json.id);
  });
});

describe("a membership change", () => {
  it("reaches each segment in one call, the newest verb of an MPID last, and echoes the version", async () => {
    const doors = openDoors();
    const answer = await doors.call(
      "POST",
      "/mparticle",
      message(CHANGE, {
        surprise: { unknown: true },
        user_profiles: [
          { mpid: "-6403478910331948329", user_identities: [{}], audiences: [audience("add")] },
          {
            mpid: "9007199254740993",
            audiences: [
              audience("add"),
              audience("delete", { audience_id: "789", audience_subscription_settings: { segmentName: "s_other" } }),
            ],
          },
          { mpid: 42, audiences: [audience("add"), audience("delete")] },
          { mpid: "0042", audiences: [audience("add"), audience("add")] },
        ],
      }),
    );
    expect(answer.status).toBe(200);
    expect(answer.json).toEqual({
      type: "audience_membership_change_response",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      timestamp_ms: START_MS,
      firehose_version: "2.7.1",
      suspend_subscription: false,
    });
    expect(answer.json.id).not.toBe("c9a5d2de-7f3b-4f8e-8c1e-9e7a3f0c2b21");
    const high = doors.objects.named("s_high")!;
    expect(high.puts).toBe(1);
    expect(Object.fromEntries(high.members)).toEqual({
      "-6403478910331948329": ["add", START_MS - 1_000],
      "9007199254740993": ["add", START_MS - 1_000],
      "42": ["delete", START_MS - 1_000],
      "0042": ["add", START_MS - 1_000],
    });
    expect(high.identity).toEqual({
      workspaceId: "ws1",
      environmentId: "env1",
      trafficTypeId: "tt1",
      segment: "s_high",
      audienceId: "456",
      audienceName: "High value / BR",
      plainName: null,
    });
    expect(doors.objects.named("s_other")).toMatchObject({ puts: 1, identity: { audienceId: "789" } });
    expect(await rows()).toEqual([
      { segment: "s_high", audience_id: "456", state: "creating" },
      { segment: "s_other", audience_id: "789", state: "creating" },
    ]);
  });

  it("of an audience that carries no name of ours goes under its own, with the plain name to be looked for", async () => {
    const doors = openDoors();
    const profile = { mpid: "1", audiences: [audience("add", { audience_subscription_settings: undefined })] };
    expect((await doors.call("POST", "/mparticle", message(CHANGE, { user_profiles: [profile] }))).status).toBe(200);
    expect(doors.objects.named("sHigh_value___BR_456")?.identity?.plainName).toBe("sHigh_value___BR");
  });

  it("without profiles is a heartbeat, also without an account", async () => {
    const doors = openDoors();
    for (const more of [{}, { user_profiles: [] }, { account: undefined }, { user_profiles: null }]) {
      const answer = await doors.call("POST", "/mparticle", message(CHANGE, more));
      expect(answer).toMatchObject({ status: 200, json: { suspend_subscription: false } });
    }
    expect(doors.objects.buffers.size).toBe(0);
  });

  it("counts what it cannot use and takes the rest", async () => {
    const doors = openDoors();
    const profiles = [
      { audiences: [audience("add")] },
      { mpid: null, audiences: [audience("add")] },
      { mpid: "", audiences: [audience("delete")] },
      { mpid: { no: 1 }, audiences: [audience("add")] },
      { mpid: "x".repeat(251), audiences: [audience("add")] },
      { mpid: "7", audiences: [audience("attribute_update", { user_attributes: [{}] }), audience("fly"), {}, null] },
      { mpid: "8", audiences: [{ audience_id: 1, action: "add" }] },
      "nonsense",
      { mpid: "9" },
      { mpid: "10", audiences: [audience("add")] },
    ];
    expect((await doors.call("POST", "/mparticle", message(CHANGE, { user_profiles: profiles }))).status).toBe(200);
    expect([...doors.objects.named("s_high")!.members.keys()]).toEqual(["10"]);
    const exposition = await (
      env.METRICS.getByName("metrics") as unknown as { exposition(): Promise<string> }
    ).exposition();
    const counted = Object.fromEntries(
      [...exposition.matchAll(/^sluice_segment_ignored_total\{reason="(\w+)"\} (\d+)$/gm)].map(([, name, n]) => [
        name,
        n,
      ]),
    );
    expect(counted).toEqual({
      no_mpid: "3",
      bad_mpid: "2",
      attribute_update: "1",
      unknown_action: "2",
      no_segment: "1",
    });
  });

  it("may name 5,000 segments, all registered at once, and not one more", async () => {
    const doors = openDoors();
    const send = (segments: number) => {
      const audiences = Array.from({ length: segments }, (_, n) => ({
        audience_id: n,
        audience_name: "A".repeat(200),
        action: "add",
      }));
      return doors.call("POST", "/mparticle", message(CHANGE, { user_profiles: [{ mpid: "1", audiences }] }));
    };
    expect((await send(5_000)).status).toBe(200);
    expect(await env.DB.prepare("select count(*) n from segment").first("n")).toBe(5_000);
    expect(await send(5_001)).toMatchObject({ status: 413, json: { code: "body_too_large" } });
  });

  it("with an id that JSON has rounded is refused whole, and names where", async () => {
    const doors = openDoors();
    const body = (text: string) => JSON.parse(text) as unknown;
    const good = { mpid: "1", audiences: [audience("add")] };
    for (const [profile, path] of [
      ['{"mpid":9007199254740993}', "user_profiles.1.mpid"],
      ['{"mpid":-9007199254740993,"audiences":[{"action":"add"}]}', "user_profiles.1.mpid"],
      [
        '{"mpid":"2","audiences":[{"audience_id":9007199254740993,"action":"add"}]}',
        "user_profiles.1.audiences.0.audience_id",
      ],
    ] as const) {
      const answer = await doors.call("POST", "/mparticle", message(CHANGE, { user_profiles: [good, body(profile)] }));
      expect(answer).toMatchObject({ status: 400, json: { code: "invalid_request", errors: [{ path }] } });
    }
    expect(doors.objects.buffers.size).toBe(0);
  });

  it("is stamped with its own time, and with now where that is missing or far ahead", async () => {
    const doors = openDoors();
    const at = async (timestamp_ms: unknown) => {
      const user_profiles = [{ mpid: "1", audiences: [audience("add")] }];
      doors.objects.buffers.clear();
      await doors.call("POST", "/mparticle", message(CHANGE, { timestamp_ms, user_profiles }));
      return doors.objects.named("s_high")!.members.get("1")![1];
    };
    expect(await at(START_MS - HOUR_MS)).toBe(START_MS - HOUR_MS);
    expect(await at(String(START_MS - 5))).toBe(START_MS - 5);
    expect(await at(START_MS + MINUTE_MS)).toBe(START_MS + MINUTE_MS);
    for (const wild of [undefined, null, 0, -5, 1.5, "soon", START_MS + HOUR_MS]) expect(await at(wild)).toBe(START_MS);
  });

  it("offers the key once a minute, and again when another key comes", async () => {
    const doors = openDoors();
    const send = (apiKey: string) => {
      const account = { account_settings: { ...ACCOUNT.account_settings, apiKey } };
      return doors.call(
        "POST",
        "/mparticle",
        message(CHANGE, { account, user_profiles: [{ mpid: "1", audiences: [audience("add")] }] }),
      );
    };
    const tenant = doors.objects.tenant("ws1");
    await send("one");
    await send("one");
    await send("two");
    await send("one");
    expect(tenant.offers).toEqual(["one", "two"]);
    doors.setNow(START_MS + MINUTE_MS);
    await send("one");
    expect(tenant.offers).toEqual(["one", "two", "one"]);
    // A tenant that is away for a moment costs nothing once it knows the key.
    doors.setNow(START_MS + 2 * MINUTE_MS);
    tenant.failures.push(new Error("gone"));
    expect((await send("one")).status).toBe(200);
    tenant.failures.push(new Error("gone"));
    expect(await send("three")).toMatchObject({ status: 503, json: { code: "busy" } });
    takeLog();
  });

  it("asks mParticle to stop only once credentials have been refused for long", async () => {
    const doors = openDoors();
    const send = async () => {
      const user_profiles = [{ mpid: "1", audiences: [audience("add")] }];
      return (await doors.call("POST", "/mparticle", message(CHANGE, { user_profiles }))).json.suspend_subscription;
    };
    const tenant = doors.objects.tenant("ws1");
    tenant.state = "needs_credentials";
    expect(await send()).toBe(false);
    doors.setNow(START_MS + 24 * HOUR_MS - 1);
    expect(await send()).toBe(false);
    doors.setNow(START_MS + 24 * HOUR_MS);
    expect(await send()).toBe(true);
    tenant.state = "ok";
    doors.setNow(START_MS + 25 * HOUR_MS);
    expect(await send()).toBe(false);
    expect(doors.objects.named("s_high")!.puts).toBe(4);
  });

  it("is 503 when a buffer cannot write it, and tries once more what the platform calls retryable", async () => {
    const doors = openDoors();
    const send = () =>
      doors.call(
        "POST",
        "/mparticle",
        message(CHANGE, { user_profiles: [{ mpid: "1", audiences: [audience("add")] }] }),
      );
    await send();
    const buffer = doors.objects.named("s_high")!;
    buffer.failures.push(Object.assign(new Error("moved"), { retryable: true }));
    expect((await send()).status).toBe(200);
    buffer.failures.push(Object.assign(new Error("too much"), { retryable: true, overloaded: true }));
    const answer = await send();
    expect(answer).toMatchObject({ status: 503, json: { code: "busy" } });
    expect(answer.headers.get("Retry-After")).toBe("2");
    takeLog();
  });

  it("goes to disk though D1 is away: the buffer registers itself", async () => {
    const prepare = () => {
      throw new Error("D1 is away");
    };
    const doors = openDoors({ ...env, DB: { withSession: () => ({ prepare }) } as unknown as D1Database });
    const user_profiles = [{ mpid: "1", audiences: [audience("add")] }];
    expect((await doors.call("POST", "/mparticle", message(CHANGE, { user_profiles }))).status).toBe(200);
    expect(doors.objects.named("s_high")!.count("add")).toBe(1);
    expect(takeLog().map(({ event }) => event)).toContain("segments_unregistered");
  });
});

describe("a subscription", () => {
  it("is a durable wish and answers the segment's name", async () => {
    const doors = openDoors();
    const answer = await doors.call("POST", "/mparticle", subscription("add"));
    expect(answer).toMatchObject({
      status: 200,
      json: {
        type: "audience_subscription_response",
        firehose_version: "2.7.1",
        audience_subscription_settings: { segmentName: "sHigh_value___BR_456" },
      },
    });
    const buffer = doors.objects.named("sHigh_value___BR_456")!;
    expect(buffer.wish).toEqual(["active", START_MS - 1_000]);
    expect(buffer.identity).toMatchObject({ audienceName: "High value / BR", plainName: "sHigh_value___BR" });
    expect(doors.objects.tenant("ws1").offers).toEqual(["split-admin-key"]);
    expect(await rows()).toEqual([{ segment: "sHigh_value___BR_456", audience_id: "456", state: "creating" }]);
  });

  it("takes settings as people paste them, and ids as numbers", async () => {
    const doors = openDoors();
    const account_settings = { apiKey: " key ", workspaceId: 17, environmentId: "env1\n", trafficTypeId: " tt1" };
    const answer = await doors.call("POST", "/mparticle", subscription("add", { account: { account_settings } }));
    expect(answer.status).toBe(200);
    expect(doors.objects.tenant("17").offers).toEqual(["key"]);
    const { identity } = doors.objects.named("sHigh_value___BR_456")!;
    expect(identity).toMatchObject({ workspaceId: "17", environmentId: "env1", trafficTypeId: "tt1" });
  });

  it("that mParticle renames keeps the segment under which it is known", async () => {
    const doors = openDoors();
    await doors.call("POST", "/mparticle", subscription("add"));
    const renamed = { audience_name: "Highest value" };
    const answer = await doors.call("POST", "/mparticle", subscription("update", renamed));
    expect(answer.json.audience_subscription_settings).toEqual({ segmentName: "sHigh_value___BR_456" });
    expect(doors.objects.buffers.size).toBe(1);
  });

  it("with a new name in its settings moves there and keeps the old segment", async () => {
    const doors = openDoors();
    await doors.call(
      "POST",
      "/mparticle",
      subscription("add", { audience_subscription_settings: { segmentName: "old" } }),
    );
    const answer = await doors.call(
      "POST",
      "/mparticle",
      subscription("update", {
        audience_subscription_settings: { segmentName: "new" },
        previous_audience_subscription_settings: { segmentName: "old" },
      }),
    );
    expect(answer.json.audience_subscription_settings).toEqual({ segmentName: "new" });
    expect(doors.objects.named("old")).toMatchObject({ target: "new", wish: ["active", START_MS - 1_000] });
    expect(doors.objects.named("new")).toMatchObject({ target: "new", wish: ["active", START_MS - 1_000] });
    // The removal is of the audience: of all that it was ever called.
    await doors.call(
      "POST",
      "/mparticle",
      subscription("remove", { audience_subscription_settings: { segmentName: "new" }, timestamp_ms: START_MS }),
    );
    expect(doors.objects.named("old")?.wish).toEqual(["deleted", START_MS]);
    expect(doors.objects.named("new")?.wish).toEqual(["deleted", START_MS]);
  });

  it("to be removed is a wish too, also for an audience that is not known", async () => {
    const doors = openDoors();
    const answer = await doors.call("POST", "/mparticle", subscription("remove"));
    expect(answer.status).toBe(200);
    expect(doors.objects.named("sHigh_value___BR_456")?.wish?.[0]).toBe("deleted");
  });

  it.each([
    ["apiKey", "apiKey not found in account_settings"],
    ["workspaceId", "workspaceId not found in account_settings"],
    ["environmentId", "environmentId not found in account_settings"],
    ["trafficTypeId", "trafficTypeId not found in account_settings"],
  ])("without the setting %s is 400", async (name, detail) => {
    const doors = openDoors();
    const account = { account_settings: { ...ACCOUNT.account_settings, [name]: undefined } };
    for (const body of [subscription("add", { account }), message(CHANGE, { account, user_profiles: [{}] })]) {
      const answer = await doors.call("POST", "/mparticle", body);
      expect(answer).toMatchObject({
        status: 400,
        json: { code: "invalid_request", detail, errors: [{ path: `account.account_settings.${name}` }] },
      });
    }
  });

  it.each([
    ["an unknown action", { action: "subscribe" }, "action"],
    ["no audience id", { audience_id: undefined }, "audience_id"],
    ["an unsafe audience id", { audience_id: 2 ** 53 }, "audience_id"],
    ["no name at all", { audience_name: undefined }, "audience_name"],
    [
      "a workspace that is none",
      { account: { account_settings: { ...ACCOUNT.account_settings, workspaceId: "a/b" } } },
      "account.account_settings.workspaceId",
    ],
    [
      "a workspace that was rounded",
      { account: { account_settings: { ...ACCOUNT.account_settings, workspaceId: 2 ** 60 } } },
      "account.account_settings.workspaceId",
    ],
  ])("with %s is 400", async (_, more, path) => {
    const answer = await openDoors().call("POST", "/mparticle", subscription("add", more));
    expect(answer).toMatchObject({ status: 400, json: { code: "invalid_request", errors: [{ path }] } });
  });
});

describe("who may send", () => {
  const beat = message(CHANGE);
  const change = message(CHANGE, { user_profiles: [{ mpid: "1", audiences: [audience("add")] }] });
  const codeOf = async (body: unknown, authorization: string) => {
    const answer = await openDoors().call("POST", "/mparticle", body, { Authorization: authorization });
    return answer.status === 200 ? 200 : answer.json.code;
  };

  it.each(["Token ", "Bearer ", "token ", ""])("a key is taken as `%s<key>`", async (scheme) => {
    expect(await codeOf(change, `${scheme}${await keyWith("audiences:ingest")}`)).toBe(200);
  });

  it("without a key, or with a wrong one, only a registration is answered", async () => {
    for (const authorization of ["", "Token wrong", "Token slk_0123456789abcdefghijklmnopqrstuv", "Basic abc"]) {
      for (const body of [beat, change, subscription("add")])
        expect(await codeOf(body, authorization)).toBe("unauthorized");
    }
    const answer = await openDoors().call("POST", "/mparticle", beat, { Authorization: "" });
    expect(answer.headers.get("WWW-Authenticate")).toContain("Bearer");
  });

  it("a key bound to a tenant sends for that tenant alone", async () => {
    const bound = `Token ${await keyWith("audiences:ingest:ws1")}`;
    const other = `Token ${await keyWith("audiences:ingest:ws")}`;
    expect(await codeOf(change, bound)).toBe(200);
    expect(await codeOf(subscription("add"), bound)).toBe(200);
    for (const body of [change, subscription("add"), subscription("remove")]) {
      expect(await codeOf(body, other)).toBe("forbidden");
    }
    expect(await codeOf(beat, other)).toBe(200);
    const reader = `Token ${await keyWith("audiences:read")}`;
    expect(await codeOf(change, reader)).toBe("forbidden");
    expect(await codeOf(beat, reader)).toBe("forbidden");
  });

  it("a large body without a key is refused for the key and not read", async () => {
    expect(await codeOf({ ...change, padding: "x".repeat(100_000) }, "")).toBe("unauthorized");
  });

  it("plain http is refused", async () => {
    const answer = await openDoors(env, "http://sluice.test").call("POST", "/mparticle", beat);
    expect(answer).toMatchObject({ status: 403, json: { code: "https_required" } });
  });
});
