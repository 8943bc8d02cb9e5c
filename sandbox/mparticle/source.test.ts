// Holds the simulated mParticle to its documented protocol, against a receiver that only notes what comes.
import { describe, expect, it } from "vitest";
import { demoSplit } from "../demo.ts";
import { seeded } from "../seeded.ts";
import { drawMpids } from "./messages.ts";
import type { Message } from "./messages.ts";
import { mparticleSource } from "./source.ts";
import type { MparticleSource } from "./source.ts";

const AUDIENCES = [
  { id: 1234, name: "High value / BR" },
  { id: 456, name: "LTV" },
];
const text = (id: string) => ({ type: "text", id, name: id, visible: true, required: true, confidential: true });
const REGISTRATION = {
  name: "Receiver",
  version: "1.0",
  permissions: { allow_access_mpid: true },
  audience_processing_registration: {
    account_settings: ["apiKey", "workspaceId", "environmentId", "trafficTypeId"].map(text),
    audience_subscription_settings: [
      { ...text("segmentName"), visible: false },
      { ...text("shown"), visible: true },
    ],
  },
};

interface Seen {
  message: Message;
  authorization: string | null;
}

/** A receiver that takes everything, until `answers` says otherwise; statuses are used up one by one. */
function receiver() {
  const seen: Seen[] = [];
  const answers: (number | "away" | object)[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    const message = (await request.json()) as Message;
    seen.push({ message, authorization: request.headers.get("Authorization") });
    const next = answers.shift() ?? 200;
    if (next === "away") throw new TypeError("connection refused");
    if (typeof next === "number" && next !== 200 && next !== 202) return new Response("no", { status: next });
    return Response.json(
      {
        type: message.type.replace("request", "response"),
        id: message.id,
        timestamp_ms: 1,
        firehose_version: message.firehose_version,
        ...(message.type.startsWith("module") ? REGISTRATION : {}),
        ...(message.type.startsWith("audience_subscription")
          ? {
              audience_subscription_settings: {
                segmentName: `s_${String(message["audience_id"])}`,
                shown: "x",
                other: "y",
              },
            }
          : {}),
        ...(message.type.startsWith("audience_membership") ? { suspend_subscription: false } : {}),
        ...(typeof next === "object" ? next : {}),
      },
      { status: next === 202 ? 202 : 200 },
    );
  };
  return { fetch, seen, answers };
}

function sourceOf(fetch: (request: Request) => Promise<Response>, seed = 7) {
  const pauses: number[] = [];
  const source = mparticleSource({
    fetch,
    wait: async (ms) => void pauses.push(ms),
    url: "https://sluice.test/mparticle",
    token: "slk_test",
    account: { id: 123_456, settings: { ...demoSplit, secretOfAnother: "never sent" } },
    audiences: AUDIENCES,
    mpids: drawMpids(50, seeded(seed)),
    now: () => 1_700_000_000_000,
    random: seeded(seed),
  });
  return { source, pauses };
}

async function subscribed(seed = 7) {
  const { fetch, seen, answers } = receiver();
  const { source, pauses } = sourceOf(fetch, seed);
  await source.register();
  for (const { id } of AUDIENCES) await source.subscribe(id);
  return { source, pauses, answers, seen };
}

/** The memberships that follow from these messages in the order given. */
function applied(messages: readonly Message[], audienceId: number): Set<string> {
  const members = new Set<string>();
  for (const { user_profiles: profiles = [] } of messages) {
    for (const { mpid, audiences = [] } of profiles) {
      for (const { audience_id: id, action } of audiences) {
        if (mpid === undefined || id !== audienceId) continue;
        if (action === "add") members.add(mpid);
        if (action === "delete") members.delete(mpid);
      }
    }
  }
  return members;
}

describe("the conversation", () => {
  it("begins with a registration without a token; all else carries it", async () => {
    const { source, seen } = await subscribed();
    await source.heartbeat();
    expect(seen.map(({ message, authorization }) => [message.type, authorization])).toEqual([
      ["module_registration_request", null],
      ["audience_subscription_request", "Token slk_test"],
      ["audience_subscription_request", "Token slk_test"],
      ["audience_membership_change_request", "Token slk_test"],
    ]);
    expect(source.complaints).toEqual([]);
  });

  it("sends only the account settings that were declared, and needs the registration first", async () => {
    const { fetch } = receiver();
    expect(() => sourceOf(fetch).source.draw(1)).toThrow("registration");
    const { seen } = await subscribed();
    expect(seen[1]?.message["account"]).toEqual({ account_id: 123_456, account_settings: { ...demoSplit } });
    expect(seen[1]?.message).toMatchObject({ audience_id: 1234, audience_name: "High value / BR", action: "add" });
  });

  it("echoes returned settings that were declared as hidden, in every later change", async () => {
    const { source } = await subscribed();
    expect(source.settings(1234)).toEqual({ segmentName: "s_1234" });
    const changes = (source.draw(20).user_profiles ?? []).flatMap(({ audiences = [] }) => audiences);
    for (const { audience_id: id, audience_subscription_settings: settings } of changes) {
      expect(settings).toEqual({ segmentName: `s_${id}` });
    }
  });

  it("has heartbeats without profiles", async () => {
    const { source, seen } = await subscribed();
    await source.heartbeat();
    expect(Object.hasOwn(seen.at(-1)?.message ?? {}, "user_profiles")).toBe(false);
  });

  it("complains of answers that are not the protocol's", async () => {
    const { source, answers } = await subscribed();
    answers.push({ type: "ok", id: 7, suspend_subscription: undefined });
    await source.heartbeat();
    expect(source.complaints).toHaveLength(3);
  });
});

describe("what is drawn", () => {
  it("has MPIDs of 64 bits as strings, some negative, most beyond what a number holds", async () => {
    const { source } = await subscribed();
    const ids = source.mpids.map(BigInt);
    expect(new Set(source.mpids).size).toBe(50);
    expect(ids.every((id) => BigInt.asIntN(64, id) === id)).toBe(true);
    expect(ids.filter((id) => id < 0n).length).toBeGreaterThan(10);
    expect(ids.filter((id) => !Number.isSafeInteger(Number(id))).length).toBeGreaterThan(40);
  });

  it("mixes adds, deletes and attribute updates, with profiles that lack an MPID", async () => {
    const { source } = await subscribed();
    const profiles = source.draw(300).user_profiles ?? [];
    const actions = profiles.flatMap(({ audiences = [] }) => audiences.map(({ action }) => action));
    expect([...new Set(actions)].toSorted()).toEqual(["add", "attribute_update", "delete"]);
    expect(profiles.some(({ mpid }) => mpid === undefined)).toBe(true);
    expect(profiles.every(({ audiences }) => audiences === undefined || audiences.length > 0)).toBe(true);
  });

  it("is the same for the same seed, and later than all before", async () => {
    const [one, two, other] = [await subscribed(3), await subscribed(3), await subscribed(4)];
    const first = one.source.draw(5);
    expect(two.source.draw(5)).toEqual(first);
    expect(other.source.draw(5)).not.toEqual(first);
    expect(one.source.draw(5).timestamp_ms).toBeGreaterThan(first.timestamp_ms);
  });
});

describe("what is not taken", () => {
  it.each([408, 429, 500, 502, 503, 504, "away"] as const)(
    "with %s is sent again, the same message",
    async (answer) => {
      const { source, answers, seen, pauses } = await subscribed();
      answers.push(answer, answer);
      const sent = source.draw(3);
      expect(await source.send(sent)).toMatchObject({ taken: true, tries: 3 });
      expect(pauses).toEqual([1_000, 2_000]);
      expect(seen.slice(-3).map(({ message }) => message)).toEqual([sent, sent, sent]);
      expect(source.state()).toBe("sending");
    },
  );

  it.each([400, 401, 403, 404, 413, 501])("with %i is dropped at once and stops the connection", async (status) => {
    const { source, answers, seen } = await subscribed();
    answers.push(status);
    const before = seen.length;
    const sent = source.draw(3);
    expect(await source.send(sent)).toMatchObject({ taken: false, tries: 1, status });
    expect(source.state()).toBe("faulted");
    expect(await source.send(source.draw(1))).toBeNull();
    expect(seen.length).toBe(before + 1);
    expect(source.lost).toEqual([sent]);
    expect(source.members(1234).size).toBe(0);
    source.resume();
    expect(await source.heartbeat()).toMatchObject({ status: 200 });
  });

  it("after five tries stops the connection", async () => {
    const { source, answers, pauses } = await subscribed();
    answers.push(503, 503, 503, 503, 503);
    expect(await source.heartbeat()).toMatchObject({ taken: false, tries: 5 });
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000]);
    expect(source.state()).toBe("faulted");
  });

  it("a receiver that asks to be left alone is, until a person resumes", async () => {
    const { source, answers } = await subscribed();
    answers.push({ suspend_subscription: true });
    await source.heartbeat();
    expect(source.state()).toBe("suspended");
    expect(await source.heartbeat()).toBeNull();
    source.resume();
    expect(await source.heartbeat()).not.toBeNull();
  });
});

describe("the truth", () => {
  const burst = (source: MparticleSource) =>
    source.burst({ messages: 40, profiles: [1, 20], duplicates: 0.3, parallel: 4 });

  it("is what follows from all changes in the order of their times, whatever order they came in", async () => {
    const { source, seen } = await subscribed();
    await burst(source);
    const messages = seen.map(({ message }) => message);
    expect(messages.length).toBeGreaterThan(45);
    const inTime = messages.toSorted((one, other) => one.timestamp_ms - other.timestamp_ms);
    for (const { id } of AUDIENCES) {
      expect(source.members(id)).toEqual(applied(inTime, id));
      expect(source.members(id)).not.toEqual(applied(messages, id));
    }
  });

  it("leaves out what was lost", async () => {
    const { source, answers, seen } = await subscribed();
    answers.push(400);
    await source.burst({ messages: 1, profiles: [20, 20], duplicates: 0 });
    source.resume();
    await source.burst({ messages: 1, profiles: [2, 2], duplicates: 0 });
    expect(source.members(1234)).toEqual(applied([seen.at(-1)!.message], 1234));
  });

  it("of a removed audience is empty, also if an older change is acknowledged late", async () => {
    const { source } = await subscribed();
    const late = source.draw(30);
    await burst(source);
    await source.unsubscribe(1234);
    await source.send(late);
    expect(source.members(1234).size).toBe(0);
    expect(source.members(456).size).toBeGreaterThan(0);
    expect(JSON.stringify(source.draw(30))).not.toContain("High value");
  });
});
