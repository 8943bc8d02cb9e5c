// The doors of jobs: who may start one, what he is told, how runs are listed.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { keyWith } from "../../../test/support/operator.ts";
import { production, World } from "../../../test/support/production/index.ts";
import type { System } from "../../../src/shared/system.ts";
import { compose } from "../../compose.ts";
import { consoleSystem } from "../index.ts";

const START_MS = Date.UTC(2026, 10, 21, 12);

/** A house with the console and one job that counts to two, or asks first. */
function house(asks = false) {
  let nowMs = START_MS;
  const clock = () => (nowMs += 1);
  const world = new World();
  const polls: System = {
    name: "a",
    jobs: {
      poll: {
        steps: async () => ["awin"],
        step: async (step) => {
          if (asks && !step.confirmed) return { kind: "needs_confirmation", reason: "May I?" };
          await step.save(null, { counts: { read: 2 }, warnings: ["=odd"] });
          return { kind: "done" };
        },
      },
    },
  };
  const worker = compose([consoleSystem, polls], { clock, fetch: globalThis.fetch });
  const bindings = () => production(env, { clock, world });
  const ask = async (method: string, path: string, key: string = env.ADMIN_TOKEN) => {
    const ctx = createExecutionContext();
    const headers = { Authorization: `Bearer ${key}` };
    const answer = await worker.fetch(new Request(`https://sluice.test${path}`, { method, headers }), bindings(), ctx);
    const text = await answer.text();
    await waitOnExecutionContext(ctx);
    // oxlint-disable-next-line typescript/no-explicit-any
    return { status: answer.status, text, json: (text.startsWith("{") ? JSON.parse(text) : null) as any };
  };
  const work = async () =>
    await world
      .queue("POLLING_QUEUE", clock)
      .drain(async (batch) => worker.queue(batch, bindings(), createExecutionContext()));
  return { ask, work };
}

test("a job is started once, and its run is listed with its steps", async () => {
  const { ask, work } = house();
  const started = await ask("POST", "/api/jobs/poll");
  expect(started.status).toBe(202);
  const { runId } = started.json;
  const again = await ask("POST", "/api/jobs/poll");
  expect([again.status, again.json.code, again.json.runId]).toEqual([409, "already_running", runId]);
  await work();
  const { json } = await ask("GET", "/api/runs?job=poll");
  expect(json.items).toEqual([
    {
      runId,
      system: "a",
      job: "poll",
      state: "done",
      startedAt: expect.stringMatching(/^2026-11-21T12:00:00\.\d+Z$/),
      endedAt: expect.stringMatching(/^2026-11-21T12:00:00\.\d+Z$/),
      cause: "operator",
      steps: [{ name: "awin", state: "done", counts: { read: 2 }, warnings: ["=odd"], error: null }],
    },
  ]);
  const csv = await ask("GET", "/api/runs.csv");
  expect(csv.text).toContain(`${runId},a,poll,done,`);
});

test("runs are narrowed by system, job, state and time, and paged", async () => {
  const { ask, work } = house();
  for (let n = 0; n < 3; n++) {
    await ask("POST", "/api/jobs/poll");
    await work();
  }
  await ask("POST", "/api/jobs/retention");
  const ids = async (query: string) =>
    (await ask("GET", `/api/runs?${query}`)).json.items.map((run: { job: string }) => run.job);
  expect(await ids("")).toEqual(["retention", "poll", "poll", "poll"]);
  expect(await ids("system=console")).toEqual(["retention"]);
  expect(await ids("state=queued")).toEqual(["retention"]);
  expect(await ids("state=done&system=a")).toHaveLength(3);
  expect(await ids("to=2026-11-21T12:00:00Z")).toEqual([]);
  expect(await ids("from=2026-11-21T12:00:00Z")).toHaveLength(4);
  const first = (await ask("GET", "/api/runs?limit=3")).json;
  expect(await ids(`limit=3&cursor=${first.nextCursor}`)).toEqual(["poll"]);
  expect((await ask("GET", "/api/runs?state=sleeping")).status).toBe(400);
});

test("a question is answered by its door alone", async () => {
  const { ask, work } = house(true);
  const { runId } = (await ask("POST", "/api/jobs/poll")).json;
  await work();
  const asked = (await ask("GET", "/api/runs?state=needs_confirmation")).json.items[0];
  expect(asked.steps[0]).toMatchObject({ state: "needs_confirmation", error: "May I?" });
  expect((await ask("POST", `/api/runs/${runId}/confirm`)).status).toBe(202);
  await work();
  expect((await ask("GET", "/api/runs")).json.items[0].state).toBe("done");
  const again = await ask("POST", `/api/runs/${runId}/confirm`);
  expect([again.status, again.json.code]).toEqual([409, "nothing_to_confirm"]);
  const actions = (await ask("GET", "/api/audit")).json.items.map(({ action }: { action: string }) => action);
  expect(actions).toEqual(["run.confirm", "job.start"]);
});

test("an unknown job or run is 404, and the doors want their scopes", async () => {
  const { ask } = house();
  expect((await ask("POST", "/api/jobs/dance")).status).toBe(404);
  expect((await ask("POST", "/api/jobs/constructor")).status).toBe(404);
  expect((await ask("POST", "/api/runs/run_none/confirm")).status).toBe(404);
  const reader = await keyWith("jobs:read");
  const writer = await keyWith("jobs:write");
  expect((await ask("GET", "/api/runs", reader)).status).toBe(200);
  expect((await ask("GET", "/api/runs.csv", writer)).status).toBe(403);
  expect((await ask("POST", "/api/jobs/poll", reader)).status).toBe(403);
  expect((await ask("POST", "/api/jobs/poll", writer)).status).toBe(202);
});
