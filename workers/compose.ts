// From a list of systems to one Worker: who answers a path, a queue, a cron. It refuses to start when two would, or none.
import { systemClock } from "../src/shared/clock.ts";
import { createRoot } from "../src/shared/http/root.ts";
import { problem } from "../src/shared/http/problem.ts";
import { callersRequestId, newId } from "../src/shared/ids.ts";
import { stepConsumer } from "../src/shared/jobs/consumer.ts";
import { STEP_QUEUE, isJob, startRun } from "../src/shared/jobs/start.ts";
import { SWEEP, sweep } from "../src/shared/jobs/sweep.ts";
import { runBatch } from "../src/shared/queue/run-batch.ts";
import type { Deps } from "../src/shared/deps.ts";
import type { Consumer, EdgeCall, EdgeDoor, System } from "../src/shared/system.ts";
import { log } from "../src/shared/telemetry/log.ts";

/** The queues and crons of `wrangler.toml`: a system that names another would wait for ever. */
export const CONFIGURED = {
  queues: ["clickouts", "visitors", "visitor-logs", "polling", "webhooks", "parked"],
  crons: ["* * * * *", "7 * * * *", "11 4 * * *"],
} as const;

/** `fetch` is looked up at each call, as a test may stand in for it. */
const PLATFORM: Deps = { clock: systemClock, fetch: (input, init) => globalThis.fetch(input, init) };

/** The Worker of these systems. Throws if they contradict each other or the configuration. */
export function compose(systems: readonly System[], deps: Deps = PLATFORM): Required<Handlers> {
  checkPrefixes(systems);
  checkEvents(systems);
  const consumers = consumersOf(systems);
  const crons = jobsByCron(systems);
  const edges = systems.flatMap((system) => (system.edge === undefined ? [] : [system.edge]));
  const root = createRoot(systems, deps);
  return {
    fetch(request, env, ctx) {
      // Read once: each reading of a request's URL makes a new string.
      const { url } = request;
      const edge = edgeOf(edges, url);
      return edge === undefined ? root.fetch(request, env, ctx) : throughEdge(edge, { request, url, env, ctx, deps });
    },
    async queue(batch, env) {
      const consumer: Consumer | undefined = consumers.get(batch.queue);
      if (consumer === undefined) throw new Error(`no system consumes the queue ${batch.queue}`);
      await runBatch(batch, consumer, env, deps);
    },
    async scheduled(controller, env) {
      const names = crons.get(controller.cron);
      if (names === undefined) throw new Error(`no system has the cron ${controller.cron}`);
      for (const name of names) await runJob(systems, name, env, deps);
    },
  };
}

export interface Handlers {
  fetch(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response>;
  queue(batch: MessageBatch, env: Env, ctx: ExecutionContext): Promise<void>;
  scheduled(controller: ScheduledController, env: Env, ctx: ExecutionContext): Promise<void>;
}

/** Finds the door of a URL by scanning its text: `https://host/visit?…`. Parsing it would cost more than the door. */
function edgeOf(edges: readonly EdgeDoor[], url: string): EdgeDoor | undefined {
  const start = url.indexOf("/", 8);
  for (const edge of edges) {
    if (!url.startsWith(edge.path, start)) continue;
    const end = start + edge.path.length;
    if (end === url.length || url[end] === "?") return edge;
  }
  return undefined;
}

/** No promise is made where the door needs none: a redirect that is known answers in the same turn. */
function throughEdge(edge: EdgeDoor, call: EdgeCall) {
  try {
    const answer = edge.handle(call);
    return answer instanceof Response ? answer : answer.catch((error: unknown) => edgeFailed(error, call));
  } catch (error) {
    return edgeFailed(error, call);
  }
}

function edgeFailed(error: unknown, { request, deps }: EdgeCall): Response {
  return problem(error, callersRequestId(request.headers) ?? newId("req", deps.clock()));
}

/** Starts a job by the clock. The sweep runs here and now; any other is a run of steps. One that fails stops no other. */
async function runJob(systems: readonly System[], job: string, env: Env, deps: Deps): Promise<void> {
  if (job === SWEEP) return await sweep(systems, env, deps);
  try {
    const { runId, started } = await startRun(systems, job, "cron", env, deps);
    log(started ? "job_started" : "job_still_running", { job, runId });
  } catch (error) {
    log("job_not_started", { level: "error", job, error });
  }
}

const under = (path: string, prefix: string) =>
  path === prefix || path.startsWith(`${prefix}/`) || path.startsWith(`${prefix}.`);

function checkPrefixes(systems: readonly System[]): void {
  const taken: [prefix: string, system: string][] = [];
  for (const { name, prefixes = [], routes, pages, edge } of systems) {
    for (const prefix of prefixes) {
      const rival = taken.find(([other]) => under(prefix, other) || under(other, prefix));
      if (rival !== undefined) throw new Error(`${name}: the prefix ${prefix} meets ${rival[0]} of ${rival[1]}`);
      taken.push([prefix, name]);
    }
    const paths = (routes?.routes ?? []).map((route) => route.path);
    if (edge !== undefined) paths.push(edge.path);
    const stray = paths.find((path) => !prefixes.some((prefix) => under(path, prefix)));
    if (stray !== undefined) throw new Error(`${name}: the path ${stray} stands under none of its prefixes`);
    const ownPages = [...prefixes, `/console/${name}`];
    const lost = (pages?.routes ?? []).find(({ path }) => !ownPages.some((prefix) => under(path, prefix)));
    if (lost !== undefined)
      throw new Error(`${name}: the page ${lost.path} stands neither under /console/${name} nor a prefix`);
  }
}

/** An event has one system, which knows what its data is. */
function checkEvents(systems: readonly System[]): void {
  const owners = new Map<string, string>();
  for (const { name, events = {} } of systems) {
    for (const type of Object.keys(events)) {
      const rival = owners.get(type);
      if (rival !== undefined) throw new Error(`${name}: the event ${type} has an owner already, ${rival}`);
      owners.set(type, name);
    }
  }
}

function configured(system: System, kind: string, names: readonly string[], given: object = {}): void {
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`${system.name}: the ${kind} ${unknown} is not configured`);
}

/** Consumers by queue. Steps of jobs are the house's own. */
function consumersOf(systems: readonly System[]): Map<string, Consumer> {
  const owned = new Map<string, Consumer>([[STEP_QUEUE, stepConsumer(systems)]]);
  for (const system of systems) {
    configured(system, "queue", CONFIGURED.queues, system.queues);
    for (const [queue, consumer] of Object.entries(system.queues ?? {})) {
      if (owned.has(queue)) throw new Error(`${system.name}: the queue ${queue} has an owner already`);
      owned.set(queue, consumer);
    }
  }
  return owned;
}

/** Jobs by cron: every system may add its own to a cron, and each job starts once. */
function jobsByCron(systems: readonly System[]): Map<string, ReadonlySet<string>> {
  const crons = new Map<string, Set<string>>();
  for (const system of systems) {
    configured(system, "cron", CONFIGURED.crons, system.crons);
    for (const [cron, jobs] of Object.entries(system.crons ?? {})) {
      const unknown = jobs.find((job) => !isJob(systems, job));
      if (unknown !== undefined) throw new Error(`the cron ${cron} starts ${unknown}, a job of no system`);
      crons.set(cron, new Set([...(crons.get(cron) ?? []), ...jobs]));
    }
  }
  return crons;
}
