// The outboxes: nothing lost, nothing twice, whatever happens to the push and to the caller's transaction.
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { Counters, CounterOutbox, IsolateOutbox, PUSH_EVERY_MS } from "./counters.ts";
import type { CounterPush } from "./counters.ts";

const SERIES = 'visit_rejected_total{code="invalid_url"}';
const LABELS = { code: "invalid_url" };

/** A `Metrics` that adds as the real one does, and can fail before or after it has added. */
function receiver() {
  const state = { total: 0, seen: new Map<string, number>(), fails: "never" as "never" | "before" | "after" };
  return {
    state,
    push(push: CounterPush): Promise<void> {
      if (state.fails === "before") return Promise.reject(new Error("away"));
      if (push.seq > (state.seen.get(push.source) ?? 0)) {
        state.seen.set(push.source, push.seq);
        for (const [, n] of push.deltas) state.total += n;
      }
      return state.fails === "after" ? Promise.reject(new Error("answer lost")) : Promise.resolve();
    },
  };
}

function manualClock(startMs = 1_000_000) {
  let nowMs = startMs;
  return { read: () => nowMs, forward: (ms: number) => (nowMs += ms) };
}

const object = () => env.METRICS.getByName("an object with an outbox");

/** Runs with an outbox on the disk of an object, which is new or has just been evicted. */
function withOutbox<T>(
  clock: () => number,
  use: (outbox: CounterOutbox, storage: DurableObjectStorage) => T | Promise<T>,
): Promise<T> {
  return runInDurableObject(object(), (_, ctx) => use(new CounterOutbox(ctx.storage, "clicks", clock), ctx.storage));
}

describe("CounterOutbox", () => {
  test("pushes what was added, once, and then has nothing pending", async () => {
    const metrics = receiver();
    await withOutbox(manualClock().read, async (outbox) => {
      outbox.add("visit_rejected_total", LABELS);
      outbox.add("visit_rejected_total", LABELS, 2);
      expect(outbox.pending()).toBe(true);
      await outbox.push(metrics);
      expect(outbox.pending()).toBe(false);
    });
    expect(metrics.state.total).toBe(3);
  });

  test("pushes at most every ten seconds and says when the next push is due", async () => {
    const clock = manualClock();
    const metrics = receiver();
    await withOutbox(clock.read, async (outbox) => {
      expect(outbox.nextPushAtMs()).toBeNull();
      outbox.add("visit_rejected_total", LABELS);
      await outbox.push(metrics);
      outbox.add("visit_rejected_total", LABELS);
      await outbox.push(metrics);
      expect(metrics.state.total).toBe(1);
      expect(outbox.nextPushAtMs()).toBe(clock.read() + PUSH_EVERY_MS);
      clock.forward(PUSH_EVERY_MS);
      await outbox.push(metrics);
    });
    expect(metrics.state.total).toBe(2);
  });

  test.for(["before", "after"] as const)("counts once what a push that failed %s adding held", async (fails) => {
    const clock = manualClock();
    const metrics = receiver();
    metrics.state.fails = fails;
    await withOutbox(clock.read, async (outbox) => {
      outbox.add("visit_rejected_total", LABELS, 5);
      await expect(outbox.push(metrics)).rejects.toThrow();
      outbox.add("visit_rejected_total", LABELS, 2);
    });
    await evictDurableObject(object());
    metrics.state.fails = "never";
    clock.forward(PUSH_EVERY_MS);
    await withOutbox(clock.read, (outbox) => outbox.push(metrics));
    expect(metrics.state.total).toBe(7);
  });

  test("keeps what is added while a push is on its way", async () => {
    const clock = manualClock();
    const metrics = receiver();
    await withOutbox(clock.read, async (outbox) => {
      outbox.add("visit_rejected_total", LABELS, 1);
      const slow = {
        push: async (push: CounterPush) => {
          outbox.add("visit_rejected_total", LABELS, 10);
          await metrics.push(push);
        },
      };
      await Promise.all([outbox.push(slow), outbox.push(slow)]);
      clock.forward(PUSH_EVERY_MS);
      await outbox.push(metrics);
    });
    expect(metrics.state.total).toBe(11);
  });

  test("forgets what a transaction added that rolled back", async () => {
    const metrics = receiver();
    await withOutbox(manualClock().read, async (outbox, storage) => {
      outbox.add("visit_rejected_total", LABELS, 1);
      expect(() =>
        storage.transactionSync(() => {
          outbox.add("visit_rejected_total", LABELS, 100);
          throw new Error("rolled back");
        }),
      ).toThrow("rolled back");
      outbox.add("visit_rejected_total", LABELS, 1);
      await outbox.push(metrics);
    });
    expect(metrics.state.total).toBe(2);
  });

  test("is not ignored after its object's storage was deleted", async () => {
    const clock = manualClock();
    const metrics = receiver();
    const addAndPush = (outbox: CounterOutbox) => {
      outbox.add("visit_rejected_total", LABELS);
      return outbox.push(metrics);
    };
    await withOutbox(clock.read, addAndPush);
    await runInDurableObject(object(), (_, ctx) => ctx.storage.deleteAll());
    clock.forward(PUSH_EVERY_MS);
    await withOutbox(clock.read, addAndPush);
    expect(metrics.state.total).toBe(2);
  });

  test("sends the newest value of a gauge", async () => {
    const pushes: CounterPush[] = [];
    await withOutbox(manualClock().read, async (outbox) => {
      outbox.gauge("credentials_failing", { name: "awin" }, 1);
      outbox.gauge("credentials_failing", { name: "awin" }, 0);
      await outbox.push({ push: (push) => Promise.resolve(void pushes.push(push)) });
    });
    expect(pushes.map(({ gauges }) => gauges)).toEqual([[['credentials_failing{name="awin"}', 0]]]);
  });
});

describe("IsolateOutbox", () => {
  test("sends again, under the same number, a push whose answer was lost", async () => {
    const clock = manualClock();
    const metrics = receiver();
    const outbox = new IsolateOutbox(clock.read);
    outbox.add("visit_rejected_total", LABELS, 3);
    metrics.state.fails = "after";
    await expect(outbox.push(metrics)).rejects.toThrow("answer lost");
    metrics.state.fails = "never";
    clock.forward(PUSH_EVERY_MS);
    await outbox.push(metrics);
    expect(metrics.state.total).toBe(3);
    expect(outbox.pending()).toBe(false);
  });
});

describe("Counters", () => {
  test("gives what it took to another bag", () => {
    const [isolate, object] = [new Counters(), new Counters([[SERIES, 1]])];
    isolate.add("visit_rejected_total", LABELS, 2);
    object.merge(JSON.parse(JSON.stringify(isolate.take())) as [string, number][]);
    expect(isolate.size).toBe(0);
    expect(object.list()).toEqual([[SERIES, 3]]);
  });

  test("never counts backwards", () => {
    const counters = new Counters([[SERIES, 1]]);
    counters.add("visit_rejected_total", LABELS, -1);
    expect(counters.list()).toEqual([[SERIES, 1]]);
  });

  test("puts an observation into its bucket and its sum", () => {
    const counters = new Counters();
    counters.add("upstream_seconds", { upstream: "awin" }, 0.3);
    counters.add("upstream_seconds", { upstream: "awin" }, 99);
    expect(counters.list()).toEqual([
      ['upstream_seconds_bucket{le="0.3",upstream="awin"}', 1],
      ['upstream_seconds_sum{upstream="awin"}', 99.3],
      ['upstream_seconds_bucket{le="+Inf",upstream="awin"}', 1],
    ]);
  });
});
