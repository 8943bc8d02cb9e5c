// A batch under failing, malformed and dead messages: neighbours go on, nothing is lost.
import { createMessageBatch } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { takeLog } from "../../../test/support/logged.ts";
import type { Deps } from "../deps.ts";
import type { Consumer } from "../system.ts";
import { database } from "../db/client.ts";
import { parkedCounts } from "./parked.ts";
import { deadLetters, runBatch } from "./run-batch.ts";
import { parkedMessage } from "./tables.ts";

const deps: Deps = { clock: () => 1_700_000_000_000, fetch };

/** Runs a batch and tells what each message was told, by id: `ack`, or the seconds until it comes again. */
async function run(queue: string, bodies: unknown[], consumer: Consumer, { attempts = 1, on = env as Env } = {}) {
  const messages = bodies.map((body, i) => ({ id: `m${i}`, timestamp: 0, attempts, body }));
  const batch = createMessageBatch(queue, messages);
  const told: Record<string, unknown> = {};
  for (const message of batch.messages) {
    vi.spyOn(message, "ack").mockImplementation(() => void (told[message.id] = "ack"));
    vi.spyOn(message, "retry").mockImplementation((options) => void (told[message.id] = options?.delaySeconds));
  }
  await runBatch(batch, consumer, on, deps);
  return told;
}

const parkedRows = () => database(env).select().from(parkedMessage).orderBy(parkedMessage.id);

/** Does what the body says. */
const obedient: Consumer = async (body) => {
  if (body === "throw") throw new Error("bug");
  if (body === "retry") return { kind: "retry", afterSeconds: 42.2, reason: "away" };
  if (body === "park") return { kind: "park", reason: "malformed", detail: "no such thing" };
  return { kind: "ack" };
};

describe("runBatch", () => {
  test("settles each message by its own outcome", async () => {
    const told = await run("clickouts", ["ack", "throw", "retry", "park", "ack"], obedient);
    expect(told).toEqual({ m0: "ack", m1: 5, m2: 43, m3: "ack", m4: "ack" });
    expect(await parkedRows()).toEqual([
      {
        id: "m3",
        queue: "clickouts",
        body: '"park"',
        reason: "malformed",
        detail: "no such thing",
        parkedAt: 1_700_000_000_000,
        replayedAt: null,
      },
    ]);
    expect(
      takeLog()
        .filter(({ id }) => String(id) in told)
        .map(({ event }) => event)
        .toSorted(),
    ).toEqual(["message_failed", "message_parked", "message_retried"]);
  });

  test("waits longer after each attempt that threw", async () => {
    expect(await run("clickouts", ["throw"], obedient, { attempts: 4 })).toEqual({ m0: 40 });
  });

  test("parks a message that is delivered twice once", async () => {
    await run("clickouts", ["park"], obedient);
    await run("clickouts", ["park"], obedient, { attempts: 2 });
    expect(await parkedRows()).toHaveLength(1);
    expect(await parkedCounts(database(env))).toEqual([[{ system: "clickouts", reason: "malformed" }, 1]]);
  });

  test("tries a message again that could not be parked", async () => {
    const broken = { ...(env as Env), DB: undefined as unknown as D1Database };
    expect(await run("clickouts", ["park", "ack"], obedient, { on: broken })).toEqual({ m0: 5, m1: "ack" });
  });

  test("never asks for a delay that the platform refuses", async () => {
    const far: Consumer = async () => ({ kind: "retry", afterSeconds: 1e9, reason: "away" });
    expect(await run("clickouts", ["x"], far)).toEqual({ m0: 86_400 });
  });

  test("works on no more than five messages at once", async () => {
    let [now, most] = [0, 0];
    const counting: Consumer = async () => {
      most = Math.max(most, ++now);
      await scheduler.wait(5);
      now--;
      return { kind: "ack" };
    };
    await run(
      "clickouts",
      Array.from({ length: 20 }, (_, i) => i),
      counting,
    );
    expect(most).toBe(5);
  });

  test("parks dead letters under the queue that they name", async () => {
    const told = await run("parked", [{ queue: "clickouts", clicks: [1] }, "nameless", null], deadLetters);
    expect(told).toEqual({ m0: "ack", m1: "ack", m2: "ack" });
    const rows = await parkedRows();
    expect(rows.map(({ queue, reason }) => [queue, reason])).toEqual([
      ["clickouts", "retries_exhausted"],
      ["parked", "retries_exhausted"],
      ["parked", "retries_exhausted"],
    ]);
    expect(rows[0]?.body).toBe('{"queue":"clickouts","clicks":[1]}');
  });
});
