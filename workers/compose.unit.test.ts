import { expect, test } from "vitest";
import { newRoutes } from "../src/shared/http/app.ts";
import type { Job } from "../src/shared/jobs/job.ts";
import type { System } from "../src/shared/system.ts";
import { takeLog } from "../test/support/logged.ts";
import { compose } from "./compose.ts";

const idle: Job = async () => ({ counts: {}, warnings: [] });
const ack = async () => ({ kind: "ack" }) as const;

const refused: [string, System[], string][] = [
  [
    "two systems with one prefix",
    [
      { name: "a", prefixes: ["/x"] },
      { name: "b", prefixes: ["/x"] },
    ],
    "the prefix /x meets /x of a",
  ],
  [
    "a prefix within another",
    [
      { name: "a", prefixes: ["/x"] },
      { name: "b", prefixes: ["/x/y"] },
    ],
    "/x/y meets /x",
  ],
  ["a route outside its prefixes", [{ name: "a", prefixes: ["/x"], routes: withRoute("/y") }], "/y stands under none"],
  [
    "an edge door outside its prefixes",
    [{ name: "a", edge: { path: "/e", handle: () => new Response() } }],
    "/e stands under none",
  ],
  [
    "two consumers of a queue",
    [
      { name: "a", queues: { parked: ack } },
      { name: "b", queues: { parked: ack } },
    ],
    "the queue parked has an owner",
  ],
  ["a consumer of the house's own queue", [{ name: "a", queues: { polling: ack } }], "the queue polling has an owner"],
  ["a queue that is not configured", [{ name: "a", queues: { other: ack } }], "the queue other is not configured"],
  ["a cron that is not configured", [{ name: "a", crons: { "1 1 1 1 1": [] } }], "is not configured"],
  [
    "two systems with one event",
    [
      { name: "a", events: { "x.made": { en: "x", pt: "x" } } },
      { name: "b", events: { "x.made": { en: "x", pt: "x" } } },
    ],
    "the event x.made has an owner already, a",
  ],
  ["a cron of a job that nobody has", [{ name: "a", crons: { "* * * * *": ["sweep"] } }], "a job of no system"],
];

function withRoute(path: string) {
  const routes = newRoutes();
  routes.get(path, (c) => c.text("here"));
  return routes;
}

test.each(refused)("%s is refused", (_case, systems, message) => {
  expect(() => compose(systems)).toThrow(message);
});

test("the edge door takes exactly its path, and the routes get the rest", async () => {
  const handle = () => new Response("edge");
  const routes = withRoute("/visits");
  const worker = compose([{ name: "a", prefixes: ["/visit", "/visits"], routes, edge: { path: "/visit", handle } }]);
  const ask = async (url: string) => (await worker.fetch(new Request(url), {} as Env, {} as ExecutionContext)).text();
  expect(await ask("https://h.test/visit?url=x")).toBe("edge");
  expect(await ask("https://h.test/visit")).toBe("edge");
  expect(await ask("https://h.test/visits")).toBe("here");
  expect(await ask("https://h.test/visits?x=/visit")).toBe("here");
  expect(await ask("https://h.test/visit/")).toContain("not_found");
});

test("an edge door that throws answers internal_error with a request id", async () => {
  const handle = () => {
    throw new Error("broken inside");
  };
  const worker = compose([{ name: "a", prefixes: ["/visit"], edge: { path: "/visit", handle } }]);
  const answer = await worker.fetch(new Request("https://h.test/visit"), {} as Env, {} as ExecutionContext);
  expect(answer.status).toBe(500);
  const text = await answer.text();
  expect(text).toContain('"code":"internal_error"');
  expect(text).not.toContain("broken inside");
  expect(answer.headers.get("X-Request-Id")).toMatch(/^req_/);
});

test("every system does its part of a job, whatever happens to the others", async () => {
  const done: string[] = [];
  const part = (name: string, fails: boolean): System => ({
    name,
    jobs: {
      sweep: async () => {
        done.push(name);
        if (fails) throw new Error("broken");
        return { counts: {}, warnings: [] };
      },
    },
  });
  const worker = compose([{ ...part("a", true), crons: { "* * * * *": ["sweep"] } }, part("b", false)]);
  const at = { scheduledTime: 0, noRetry() {} };
  await worker.scheduled({ ...at, cron: "* * * * *" } as ScheduledController, {} as Env, {} as ExecutionContext);
  expect(done).toEqual(["a", "b"]);
  const unknown = worker.scheduled(
    { ...at, cron: "9 9 9 9 9" } as ScheduledController,
    {} as Env,
    {} as ExecutionContext,
  );
  await expect(unknown).rejects.toThrow("9 9 9 9 9");
});

test("systems may share a cron, and each of its jobs is started", async () => {
  const one: System = { name: "a", crons: { "7 * * * *": ["x"] }, jobs: { x: idle } };
  const two: System = { name: "b", crons: { "7 * * * *": ["x", "y"] }, jobs: { y: idle } };
  const at = { cron: "7 * * * *", scheduledTime: 0, noRetry() {} } as ScheduledController;
  await compose([one, two]).scheduled(at, {} as Env, {} as ExecutionContext);
  // Without D1 none can be started, and the failure of one keeps no other from being tried.
  const tried = takeLog().filter(({ event }) => event === "job_not_started");
  expect(tried.map(({ job }) => job)).toEqual(["x", "y"]);
});

test("a queue that nobody consumes is an error, never a silent ack", async () => {
  const worker = compose([{ name: "a", jobs: { sweep: idle } }]);
  const batch = { queue: "other", messages: [] } as unknown as MessageBatch;
  await expect(worker.queue(batch, {} as Env, {} as ExecutionContext)).rejects.toThrow("other");
});
