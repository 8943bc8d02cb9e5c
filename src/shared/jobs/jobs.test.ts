// Jobs as runs of steps: started once, done side by side, resumed where they saved, given up in the end, confirmed, forgotten.
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { takeLog } from "../../../test/support/logged.ts";
import { production, World } from "../../../test/support/production/index.ts";
import { compose } from "../../../workers/compose.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../clock.ts";
import { database } from "../db/client.ts";
import type { Deps } from "../deps.ts";
import type { System } from "../system.ts";
import type { Step, StepResult } from "./job.ts";
import { listRuns } from "./list.ts";
import { confirmRun, startRun } from "./start.ts";
import { forgetRuns } from "./upkeep.ts";
import { audit } from "../audit/tables.ts";

const START_MS = Date.UTC(2026, 10, 21, 12, 7);
const operator = { actor: "root", requestId: "req_test_0001" };

/** A house with one stepped job whose steps do what a test says, and its queue as it is in production. */
function house(work: Record<string, (step: Step) => Promise<StepResult>>, more: readonly System[] = []) {
  let nowMs = START_MS;
  const deps: Deps = { clock: () => nowMs, fetch };
  const world = new World();
  const queue = world.queue("POLLING_QUEUE", deps.clock, { batchSize: 1, random: () => 0, repeats: 0 });
  const bindings = () => production(env, { clock: deps.clock, world });
  const systems: System[] = [
    {
      name: "a",
      crons: { "7 * * * *": ["poll"] },
      jobs: {
        poll: {
          steps: async () => Object.keys(work),
          step: async (step) => await work[step.name]!(step),
        },
      },
    },
    ...more,
  ];
  const worker = compose(systems, deps);
  const deliver = async (batch: MessageBatch) => worker.queue(batch, bindings(), {} as ExecutionContext);
  return {
    systems,
    deps,
    queue,
    bindings,
    deliver,
    later: (ms: number) => void (nowMs += ms),
    cron: async (cron = "7 * * * *") =>
      await worker.scheduled({ cron } as ScheduledController, bindings(), {} as ExecutionContext),
    start: async () => await startRun(systems, "poll", "operator", bindings(), deps, operator),
    drain: async () => await queue.drain(deliver),
    runs: async () => await listRuns(database(env), {}, 10),
    /** Delivers whenever something is due, until nothing waits or `ms` have passed. */
    async settle(ms = 2 * HOUR_MS) {
      for (const end = nowMs + ms; queue.length > 0 && nowMs < end; nowMs += SECOND_MS) await queue.drain(deliver);
    },
  };
}

const done = async (): Promise<StepResult> => ({ kind: "done" });

beforeEach(() => void takeLog());

describe("a run", () => {
  test("does its steps, tells what they counted, and ends with the last of them", async () => {
    const at = house({
      awin: async (step) => {
        await step.save({ page: 1 }, { counts: { read: 3 } });
        await step.save({ page: 2 }, { counts: { read: 4, changed: 1 }, warnings: ["odd word"] });
        return { kind: "done" };
      },
      rakuten: done,
    });
    const { runId, started } = await at.start();
    expect(started).toBe(true);
    expect((await at.runs())[0]).toMatchObject({ id: runId, state: "queued", endedAt: null });
    await at.queue.deliver(at.deliver);
    expect((await at.runs())[0]).toMatchObject({ state: "running", endedAt: null });
    await at.drain();
    expect(await at.runs()).toEqual([
      {
        id: runId,
        system: "a",
        job: "poll",
        state: "done",
        cause: "operator",
        startedAt: START_MS,
        endedAt: START_MS,
        steps: [
          {
            runId,
            system: "a",
            name: "awin",
            state: "done",
            counts: { read: 7, changed: 1 },
            warnings: ["odd word"],
            error: null,
            attempts: 0,
          },
          { runId, system: "a", name: "rakuten", state: "done", counts: {}, warnings: [], error: null, attempts: 0 },
        ],
      },
    ]);
    const text = await (env.METRICS.getByName("metrics") as unknown as { exposition(): Promise<string> }).exposition();
    expect(text).toContain(`job_last_success_timestamp_seconds{job="poll"} ${START_MS / 1_000}`);
    expect((await database(env).select().from(audit))[0]).toMatchObject({ action: "job.start", actor: "root" });
  });

  test("without steps is done at once", async () => {
    const at = house({});
    await at.start();
    expect((await at.runs())[0]).toMatchObject({ state: "done", steps: [] });
    expect((await at.start()).started).toBe(true);
  });

  test("is not started while one of the same job is under way, by whomever", async () => {
    const at = house({ awin: done });
    const both = await Promise.all([at.start(), at.start()]);
    expect(both.filter((one) => one.started)).toHaveLength(1);
    expect(new Set(both.map(({ runId }) => runId)).size).toBe(1);
    await at.cron();
    expect(await at.runs()).toHaveLength(1);
    await at.drain();
    at.later(1);
    await at.cron();
    expect((await at.runs()).map(({ cause }) => cause)).toEqual(["cron", "operator"]);
  });

  test("that the queue refuses is closed, and the next one may start", async () => {
    const at = house({ awin: done });
    const refusing = { ...at.bindings(), POLLING_QUEUE: { sendBatch: () => Promise.reject(new Error("full")) } };
    const start = startRun(at.systems, "poll", "operator", refusing as unknown as Env, at.deps);
    await expect(start).rejects.toMatchObject({ code: "busy" });
    expect((await at.runs())[0]).toMatchObject({ state: "failed" });
    expect((await at.start()).started).toBe(true);
  });

  test("of a job that several systems do has a step for each", async () => {
    const part = (name: string): System => ({ name, jobs: { poll: async () => ({ counts: { n: 1 }, warnings: [] }) } });
    const at = house({ awin: done }, [part("b"), part("c")]);
    await at.start();
    await at.drain();
    const [run] = await at.runs();
    expect(run).toMatchObject({ system: "house", state: "done" });
    expect(run!.steps.map(({ system, name, counts }) => [system, name, counts])).toEqual([
      ["a", "awin", {}],
      ["b", "b", { n: 1 }],
      ["c", "c", { n: 1 }],
    ]);
  });
});

describe("a step", () => {
  test("that fails comes again with backoff, delays no other, and goes on from what it saved", async () => {
    let calls = 0;
    const seen: unknown[] = [];
    const at = house({
      awin: async (step) => {
        seen.push(step.progress);
        if (++calls === 1) await step.save({ page: 1 });
        return calls < 3 ? { kind: "failed", reason: "awin: HTTP 503" } : { kind: "done" };
      },
      rakuten: done,
    });
    await at.start();
    await at.drain();
    expect((await at.runs())[0]!.steps.map(({ state, error }) => [state, error])).toEqual([
      ["running", "awin: HTTP 503"],
      ["done", null],
    ]);
    await at.settle();
    expect((await at.runs())[0]).toMatchObject({ state: "done" });
    expect(seen).toEqual([null, { page: 1 }, { page: 1 }]);
    expect(calls).toBe(3);
  });

  test("that keeps failing is given up with its reason within the hour, and the next run knows where it was", async () => {
    const previous: unknown[] = [];
    const at = house({
      awin: async (step) => {
        previous.push(step.previous);
        if (step.progress === null && previous.length === 1) await step.save({ page: 7 });
        throw new Error("no such thing");
      },
    });
    await at.start();
    await at.settle(55 * MINUTE_MS);
    const [run] = await at.runs();
    expect(run!.state).toBe("failed");
    expect(run!.steps[0]!.error).toBe("Given up after 12 attempts. A fault of this software: Error: no such thing");
    expect(at.queue.length).toBe(0);
    at.later(MINUTE_MS);
    await at.start();
    await at.drain();
    expect(previous.at(-1)).toEqual({ page: 7 });
  });

  test("that saves something has all its attempts before it again", async () => {
    let n = 0;
    const at = house({
      awin: async (step) => {
        await step.save({ n: ++n });
        return n < 30 ? { kind: "wait", afterSeconds: 1, reason: "more" } : { kind: "done" };
      },
    });
    await at.start();
    await at.settle();
    expect((await at.runs())[0]).toMatchObject({ state: "done" });
  });

  test("is in one pair of hands, however often its message comes; a dead attempt is taken over", async () => {
    const at = house({
      awin: async (step) => {
        working++;
        await step.save({ page: working });
        if (working === 1) return await new Promise<StepResult>(() => {});
        return { kind: "done" };
      },
    });
    let working = 0;
    await at.start();
    const message = { queue: "polling", runId: (await at.runs())[0]!.id, job: "poll", system: "a", step: "awin" };
    void at.drain();
    await expect.poll(() => working).toBe(1);
    await at.queue.send(message);
    await at.queue.deliver(at.deliver);
    expect(working).toBe(1);
    at.later(6 * MINUTE_MS);
    await at.queue.send(message);
    await at.queue.deliver(at.deliver);
    expect(working).toBe(2);
    expect((await at.runs())[0]).toMatchObject({ state: "done" });
  });

  test("that was taken over saves nothing any more, nor what should go with it", async () => {
    const hold = Promise.withResolvers<void>();
    let first: Promise<unknown> | undefined;
    const at = house({
      awin: async (step) => {
        if (first !== undefined) return { kind: "done" };
        const late = async () => {
          await hold.promise;
          const statements = [step.db.insert(audit).values({ id: "x", at: 1, actor: "x", action: "x", subject: "x" })];
          await step.save({ late: true }, { statements });
          return { kind: "done" } as const;
        };
        return (await (first = late())) as StepResult;
      },
    });
    await at.start();
    const message = { queue: "polling", runId: (await at.runs())[0]!.id, job: "poll", system: "a", step: "awin" };
    const zombie = at.queue.deliver(at.deliver);
    await expect.poll(() => first !== undefined).toBe(true);
    at.later(6 * MINUTE_MS);
    await at.queue.send(message);
    const other = at.deliver;
    await at.queue.deliver(other);
    expect((await at.runs())[0]).toMatchObject({ state: "done" });
    hold.resolve();
    await zombie;
    await expect(first).rejects.toThrow("not held");
    expect((await database(env).select().from(audit)).map(({ id }) => id)).not.toContain("x");
    expect((await at.runs())[0]).toMatchObject({ state: "done" });
  });

  test("whose run gave no sign of life is closed by the next one", async () => {
    const at = house({ awin: done });
    const dead = await at.start();
    at.later(21 * MINUTE_MS);
    const next = await at.start();
    expect(next.started).toBe(true);
    const [newer, older] = await at.runs();
    expect(newer).toMatchObject({ id: next.runId, state: "queued" });
    expect(older).toMatchObject({ id: dead.runId, state: "failed" });
    expect(older!.steps[0]!.error).toContain("no sign of life");
    await at.drain();
    expect((await at.runs()).map(({ state }) => state)).toEqual(["done", "failed"]);
  });
});

describe("a question", () => {
  const asking = () =>
    house({
      awin: async (step) => {
        if (step.confirmed) return { kind: "done" };
        await step.save({ leaving: 9 });
        return { kind: "needs_confirmation", reason: "9 of 12 programmes would leave." };
      },
      rakuten: done,
    });

  test("waits for the operator, and goes on with his word", async () => {
    const at = asking();
    const { runId } = await at.start();
    await at.drain();
    expect((await at.runs())[0]).toMatchObject({ state: "needs_confirmation" });
    await confirmRun(runId, at.bindings(), at.deps, operator);
    await at.drain();
    expect((await at.runs())[0]).toMatchObject({ state: "done" });
    await expect(confirmRun(runId, at.bindings(), at.deps, operator)).rejects.toMatchObject({
      code: "nothing_to_confirm",
    });
    await expect(confirmRun("run_none", at.bindings(), at.deps, operator)).rejects.toMatchObject({ code: "not_found" });
  });

  test("can be answered although another step failed, which then stands", async () => {
    const at = house({
      awin: async (step) =>
        step.confirmed ? { kind: "done" } : { kind: "needs_confirmation", reason: "9 of 12 programmes would leave." },
      rakuten: async () => ({ kind: "failed", reason: "no credentials", final: true }),
    });
    const { runId } = await at.start();
    await at.drain();
    expect((await at.runs())[0]).toMatchObject({ state: "needs_confirmation" });
    await confirmRun(runId, at.bindings(), at.deps, operator);
    await at.drain();
    expect((await at.runs())[0]).toMatchObject({ state: "failed" });
    expect((await at.runs())[0]!.steps.map(({ state }) => state)).toEqual(["done", "failed"]);
  });

  test("is void when the next run begins", async () => {
    const at = asking();
    const { runId } = await at.start();
    await at.drain();
    at.later(DAY_MS);
    await at.start();
    expect((await at.runs()).at(-1)).toMatchObject({ id: runId, state: "failed" });
  });
});

test("runs are forgotten after 90 days", async () => {
  const at = house({ awin: done });
  await at.start();
  await at.drain();
  at.later(90 * DAY_MS);
  await at.start();
  await at.drain();
  at.later(1);
  expect(await forgetRuns(env, at.deps)).toMatchObject({ counts: { runsForgotten: 1 } });
  expect(await at.runs()).toHaveLength(1);
});

test("the sweep of each minute leaves no run, and does not overlap itself", async () => {
  let sweeps = 0;
  const slow = Promise.withResolvers<void>();
  const sweeping: System = {
    name: "b",
    crons: { "* * * * *": ["sweep"] },
    jobs: {
      async sweep() {
        sweeps++;
        await slow.promise;
        return { counts: {}, warnings: [] };
      },
    },
  };
  const at = house({}, [sweeping]);
  const first = at.cron("* * * * *");
  await expect.poll(() => sweeps).toBe(1);
  await at.cron("* * * * *");
  expect(sweeps).toBe(1);
  slow.resolve();
  await first;
  await at.cron("* * * * *");
  expect(sweeps).toBe(2);
  expect(await at.runs()).toEqual([]);
});
