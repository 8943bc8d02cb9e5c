// What a run asks, on its page in workerd: the question is shown, one press opens it, the second agrees.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/shared/clock.ts";
import type { System } from "../../../src/shared/system.ts";
import { production, World } from "../../../test/support/production/index.ts";
import { compose } from "../../compose.ts";
import { consoleSystem } from "../index.ts";

const world = new World();
const queue = world.queue("POLLING_QUEUE", systemClock, { batchSize: 1, random: () => 0, repeats: 0 });
const bindings = () => ({
  ...production(env, { clock: systemClock, world }),
  SIGN_IN_LIMIT: { limit: async () => ({ success: true }) },
});

const polls: System = {
  name: "acme",
  jobs: {
    programmes: {
      steps: async () => ["awin"],
      step: async (step) => {
        if (!step.confirmed) return { kind: "needs_confirmation", reason: "812 of 900 stores would leave. Go on?" };
        await step.save(null, { counts: { storesLeft: 812 } });
        return { kind: "done" };
      },
    },
    transactions: {
      steps: async () => ["awin", "lomadee"],
      step: async ({ name }) =>
        name === "awin" ? { kind: "failed", reason: "Awin refuses the token.", final: true } : { kind: "done" },
    },
  },
};

const worker = compose([consoleSystem, polls], { clock: systemClock, fetch: globalThis.fetch });
const drain = () =>
  queue.drain(async (batch) => await worker.queue(batch, bindings() as Env, createExecutionContext()));

const signIn = async () => {
  const answer = await ask("/console/sign-in", "", { key: env.ADMIN_TOKEN });
  const cookie = (answer.headers.get("Set-Cookie") ?? "").split(";")[0] ?? "";
  const text = async (path: string) => (await ask(path, cookie)).text();
  const _csrf = /name="_csrf" value="(\w+)"/.exec(await text("/console"))?.[1] ?? "";
  return { cookie, text, _csrf };
};

async function ask(path: string, cookie = "", fields?: Record<string, string>): Promise<Response> {
  const ctx = createExecutionContext();
  const init = fields === undefined ? {} : { method: "POST", body: new URLSearchParams(fields) };
  const request = new Request(`https://sluice.test${path}`, {
    ...init,
    headers: { Cookie: cookie },
    redirect: "manual",
  });
  const answer = await worker.fetch(request, bindings() as Env, ctx);
  await waitOnExecutionContext(ctx);
  return answer;
}

test("a run that asks stands on the overview, shows its question, and goes on when one agrees", async () => {
  const { cookie, text, _csrf } = await signIn();
  const started = await ask("/console/runs", cookie, { _csrf, job: "programmes" });
  const path = started.headers.get("Location") ?? "";
  expect(path).toMatch(/^\/console\/runs\/run_/);
  // A second start is refused on the page that has the button.
  const again = await ask("/console/runs", cookie, { _csrf, job: "programmes" });
  expect([again.status, (await again.text()).includes("This job is running already.")]).toEqual([409, true]);
  await drain();

  expect(await text("/console")).toContain("A run of “Programmes” needs your word.");
  const asking = await text(path);
  expect(asking).toContain("812 of 900 stores would leave. Go on?");
  expect(asking).toContain(`action="${path}/confirm"`);
  expect((await ask(`${path}/confirm`, cookie, { _csrf })).headers.get("Location")).toBe(path);
  await drain();
  const over = await text(path);
  expect(over).toContain("812 stores left");
  expect(over).not.toContain(`action="${path}/confirm"`);
  const twice = await ask(`${path}/confirm`, cookie, { _csrf });
  expect([twice.status, (await twice.text()).includes("it asks nothing")]).toEqual([409, true]);
});

test("a job that failed stands on the overview with its reason until a later run is done", async () => {
  const { cookie, text, _csrf } = await signIn();
  await ask("/console/runs", cookie, { _csrf, job: "transactions" });
  await drain();
  const overview = await text("/console");
  expect(overview).toContain("The last run of “Transactions” failed.");
  expect(overview).toContain("Awin refuses the token.");
  const [, path = ""] = /href="(\/console\/runs\/run_\w+)"/.exec(overview) ?? [];
  expect(await text(path)).toContain("Awin refuses the token.");
  expect(await text("/console/runs?state=done")).not.toContain("Awin refuses the token.");
  expect(await text("/console/runs?state=failed&job=transactions")).toContain("Awin refuses the token.");
});
