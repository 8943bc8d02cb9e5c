// Nothing answered is lost or counted twice, whatever refuses: the click log, the queue, or both.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import type { ClickLogDoor } from "../../workers/clickouts/clicks/click-log.ts";
import { logOf } from "../../workers/clickouts/clicks/handover.ts";
import type { Handover } from "../../workers/clickouts/clicks/handover.ts";
import { clickLog } from "../../workers/clickouts/clicks/recorder.ts";
import worker from "../../workers/index.ts";
import { openCompany } from "../support/company.ts";
import { takeLog } from "../support/logged.ts";

const away = () => Promise.reject(new Error("away"));
const VISITS = 10_000;

/** The bindings with another click log and another queue. */
function world(
  getByName: (name: string) => Pick<ClickLogDoor, "append">,
  send: (body: Handover) => Promise<void>,
): Env {
  return {
    ...env,
    CLICK_LOG: { getByName } as unknown as Env["CLICK_LOG"],
    CLICKOUTS_QUEUE: { send } as unknown as Env["CLICKOUTS_QUEUE"],
  };
}

/** A log that refuses a third of the calls: half of them before, half after it has done the work. */
function unreliable(random: () => number) {
  return (name: string): Pick<ClickLogDoor, "append"> => ({
    async append(batch) {
      const chance = random();
      if (chance < 1 / 6) throw new Error("overloaded");
      await clickLog(env, name).append(batch);
      if (chance < 2 / 6) throw new Error("the answer was lost");
    },
  });
}

/** mulberry32: the same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Visits by 16 clients at once; the click ids that they were answered. */
async function visits(count: number, bindings: Env): Promise<string[]> {
  const ids: string[] = [];
  const client = async () => {
    while (ids.length < count) {
      const n = ids.push("") - 1;
      const ctx = createExecutionContext();
      const url = encodeURIComponent(`https://casaaroeira.example/p/${n % 50}`);
      const response = await worker.fetch(new Request(`http://sluice.test/visit?url=${url}`), bindings, ctx);
      ids[n] = response.headers.get("X-Clickout-Id")!;
      await waitOnExecutionContext(ctx);
    }
  };
  await Promise.all(Array.from({ length: 16 }, client));
  return ids;
}

/** Delivers a message to the Worker's consumer as often as it is retried; the number of deliveries. */
async function deliver(body: unknown, bindings: (attempt: number) => Env): Promise<number> {
  for (let attempts = 1; attempts <= 10; attempts++) {
    let acknowledged = false;
    const ack = () => void (acknowledged = true);
    const message = { id: crypto.randomUUID(), timestamp: new Date(), body, attempts, ack, retry() {} };
    const batch = { queue: "clickouts", messages: [message], ackAll() {}, retryAll() {} };
    await worker.queue(batch as unknown as MessageBatch, bindings(attempts), createExecutionContext());
    if (acknowledged) return attempts;
  }
  throw new Error("the message was never acknowledged");
}

/** Every click id of the day, read in pages. */
async function recorded(name: string): Promise<string[]> {
  const ids: string[] = [];
  for (;;) {
    const rows = await clickLog(env, name).list(ids.length === 0 ? {} : { beforeId: ids.at(-1)! }, 5_000);
    if (rows.length === 0) return ids;
    ids.push(...rows.map((row) => row.clickoutId));
  }
}

beforeEach(async () => openCompany());

describe("ten thousand visits", () => {
  it("are ten thousand clickouts, each once, while the log refuses at random and the consumer fails twice", async () => {
    const kept: Handover[] = [];
    const answered = await visits(
      VISITS,
      world(unreliable(seeded(7)), async (body) => void kept.push(structuredClone(body))),
    );
    expect(kept.length).toBeGreaterThan(5);
    const failing = world(() => ({ append: away }), away);
    for (const body of kept.toReversed()) {
      expect(await deliver(body, (attempt) => (attempt <= 2 ? failing : env))).toBe(3);
      // A queue may bring a message again after all.
      await deliver(body, () => env);
    }
    const days = new Set(answered.map((id) => logOf(id, 1)));
    const found = (await Promise.all([...days].map(recorded))).flat();
    expect(found).toHaveLength(VISITS);
    expect(new Set(found)).toEqual(new Set(answered));
  }, 120_000);
});

describe("a batch that neither the log nor the queue takes", () => {
  it("is written to the log whole, without address and user agent", async () => {
    const ctx = createExecutionContext();
    const headers = { "CF-Connecting-IP": "192.0.2.77", "User-Agent": "Mozilla/5.0 Tester" };
    const url = encodeURIComponent("https://casaaroeira.example/p");
    const request = new Request(`http://sluice.test/visit?url=${url}`, { headers });
    const response = await worker.fetch(
      request,
      world(() => ({ append: away }), away),
      ctx,
    );
    await waitOnExecutionContext(ctx);
    const line = takeLog().find(({ event }) => event === "clickouts_handed_to_log");
    const text = JSON.stringify(line);
    expect(text).toContain(response.headers.get("X-Clickout-Id"));
    expect(text).not.toContain("192.0.2.77");
    expect(text).not.toContain("Tester");

    const replay = () =>
      worker.fetch(
        new Request("http://localhost/api/clickouts/visits/replay", {
          method: "POST",
          headers: { Authorization: `Bearer ${env.ADMIN_TOKEN}`, "Content-Type": "application/json" },
          body: JSON.stringify({ handovers: [line?.["handover"]] }),
        }),
        env,
        createExecutionContext(),
      );
    expect(await (await replay()).json()).toEqual({ clicks: 1 });
    await replay();
    const id = response.headers.get("X-Clickout-Id")!;
    expect(await recorded(logOf(id, 1))).toEqual([id]);
  });
});

describe("a malformed message of the queue", () => {
  it("is parked with its reason and acknowledged", async () => {
    expect(await deliver({ log: "nonsense" }, () => env)).toBe(1);
    const row = await env.DB.prepare("SELECT queue, reason FROM parked_message").first();
    expect(row).toEqual({ queue: "clickouts", reason: "malformed" });
  });
});
