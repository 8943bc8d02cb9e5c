// From a list of systems to one Worker: who answers a path, a queue, a cron. It refuses to start when two would, or none.
import { systemClock } from "../src/shared/clock.ts";
import { createRoot } from "../src/shared/http/root.ts";
import { problem } from "../src/shared/http/problem.ts";
import { callersRequestId, newId } from "../src/shared/ids.ts";
import { runBatch } from "../src/shared/queue/run-batch.ts";
import type { Consumer, Deps, EdgeCall, EdgeDoor, System } from "../src/shared/system.ts";
import { gaugePush } from "../src/shared/telemetry/counters.ts";
import { log } from "../src/shared/telemetry/log.ts";
import { metricsDoor } from "../src/shared/telemetry/metrics.ts";

/** The queues and crons of `wrangler.toml`: a system that names another would wait for ever. */
export const CONFIGURED = { queues: ["clickouts", "parked"], crons: ["* * * * *"] } as const;

/** `fetch` is looked up at each call, as a test may stand in for it. */
const PLATFORM: Deps = { clock: systemClock, fetch: (input, init) => globalThis.fetch(input, init) };

/** The Worker of these systems. Throws if they contradict each other or the configuration. */
export function compose(systems: readonly System[], deps: Deps = PLATFORM): Required<Handlers> {
  checkPrefixes(systems);
  const consumers = ownedOnce("queue", systems, CONFIGURED.queues, (system) => system.queues);
  const crons = ownedOnce("cron", systems, CONFIGURED.crons, (system) => system.crons);
  checkJobs(systems, crons);
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

/** Every system does its part of a job; the failure of one is logged and stops no other. */
async function runJob(systems: readonly System[], name: string, env: Env, deps: Deps): Promise<void> {
  let failed = false;
  for (const { name: system, jobs } of systems) {
    const job = jobs?.[name];
    if (job === undefined) continue;
    try {
      const { counts, warnings } = await job(env, deps);
      const quiet = warnings.length === 0 && Object.values(counts).every((count) => count === 0);
      if (!quiet)
        log("job_done", { level: warnings.length === 0 ? "info" : "warn", job: name, system, counts, warnings });
    } catch (error) {
      failed = true;
      log("job_failed", { level: "error", job: name, system, error });
    }
  }
  if (!failed) await tellSuccess(name, env, deps);
}

/** The gauge by which an alert notices a job that stopped succeeding. */
async function tellSuccess(job: string, env: Env, deps: Deps): Promise<void> {
  const nowMs = deps.clock();
  const gauges = { job_last_success_timestamp_seconds: [[{ job }, Math.floor(nowMs / 1_000)]] } as const;
  try {
    await metricsDoor(env).push(gaugePush(`job:${job}`, nowMs, gauges));
  } catch (error) {
    log("metrics_push_failed", { level: "warn", job, error });
  }
}

const under = (path: string, prefix: string) =>
  path === prefix || path.startsWith(`${prefix}/`) || path.startsWith(`${prefix}.`);

function checkPrefixes(systems: readonly System[]): void {
  const taken: [prefix: string, system: string][] = [];
  for (const { name, prefixes = [], routes, edge } of systems) {
    for (const prefix of prefixes) {
      const rival = taken.find(([other]) => under(prefix, other) || under(other, prefix));
      if (rival !== undefined) throw new Error(`${name}: the prefix ${prefix} meets ${rival[0]} of ${rival[1]}`);
      taken.push([prefix, name]);
    }
    const paths = (routes?.routes ?? []).map((route) => route.path);
    if (edge !== undefined) paths.push(edge.path);
    const stray = paths.find((path) => !prefixes.some((prefix) => under(path, prefix)));
    if (stray !== undefined) throw new Error(`${name}: the path ${stray} stands under none of its prefixes`);
  }
}

function ownedOnce<T>(
  kind: string,
  systems: readonly System[],
  configured: readonly string[],
  of: (system: System) => Readonly<Record<string, T>> | undefined,
): Map<string, T> {
  const owned = new Map<string, T>();
  for (const system of systems) {
    for (const [key, value] of Object.entries(of(system) ?? {})) {
      if (!configured.includes(key)) throw new Error(`${system.name}: the ${kind} ${key} is not configured`);
      if (owned.has(key)) throw new Error(`${system.name}: the ${kind} ${key} has an owner already`);
      owned.set(key, value);
    }
  }
  return owned;
}

function checkJobs(systems: readonly System[], crons: ReadonlyMap<string, readonly string[]>): void {
  for (const [cron, names] of crons) {
    const unknown = names.find((name) => !systems.some((system) => system.jobs?.[name] !== undefined));
    if (unknown !== undefined) throw new Error(`the cron ${cron} starts ${unknown}, a job of no system`);
  }
}
