// Collects the customer's log events of this isolate for a moment and puts them into the queue. Where no log endpoint is
// configured nothing is done at all; where the queue is away they are dropped and counted: logs never hold up data.
import { SECOND_MS } from "../../../src/shared/clock.ts";
import { config } from "../../../src/shared/config.ts";
import { IsolateOutbox } from "../../../src/shared/telemetry/counters.ts";
import { log } from "../../../src/shared/telemetry/log.ts";
import { metricsDoor } from "../../../src/shared/telemetry/metrics.ts";
import { enqueueEvents } from "./events.ts";
import type { LogEvent } from "./events.ts";
import type { postEvents } from "./log-endpoint.client.ts";

/** How the consumer posts. */
export type PostEvents = typeof postEvents;

/** The customer's log may be a few seconds late; one message then holds what came in that time. */
const COLLECT_MS = 2 * SECOND_MS;
/** Held in memory at most while they are collected, some 10 MB; a burst beyond it is dropped and counted. */
const MAX_COLLECTED = 40_000;

type LogEnv = Pick<Env, "METRICS" | "VISITOR_LOGS_QUEUE"> & Parameters<typeof config>[0];
type WaitUntil = (work: Promise<unknown>) => void;

const outbox = new IsolateOutbox();
let collected: LogEvent[] = [];
let leaving: Promise<void> | null = null;

/** Whether the customer wants a log. */
export function wantsLog(env: LogEnv): boolean {
  return config(env).logEndpoint !== null;
}

/** Takes events, or a promise of them, behind the answer. Never rejects. */
export function tellCustomer(env: LogEnv, waitUntil: WaitUntil, events: () => Promise<readonly LogEvent[]>): void {
  if (!wantsLog(env)) return;
  waitUntil(
    events()
      .then((made) => collect(env, made))
      .catch((error: unknown) => log("customer_log_failed", { level: "warn", error })),
  );
}

async function collect(env: LogEnv, events: readonly LogEvent[]): Promise<void> {
  const room = Math.max(0, MAX_COLLECTED - collected.length);
  for (const event of events.slice(0, room)) collected.push(event);
  if (events.length > room) await dropped(env, events.length - room);
  // The first who comes waits for all; the others' requests need not.
  if (leaving !== null) return;
  leaving = leave(env).finally(() => {
    leaving = null;
  });
  await leaving;
}

async function leave(env: LogEnv): Promise<void> {
  await scheduler.wait(COLLECT_MS);
  const events = collected;
  collected = [];
  await enqueue(env, events);
}

/** Puts events into the queue at once; what it does not take is counted. Never rejects. */
export async function enqueue(env: LogEnv, events: readonly LogEvent[]): Promise<void> {
  const lost = await enqueueEvents(env.VISITOR_LOGS_QUEUE, events);
  if (lost > 0) await dropped(env, lost);
}

/** Counts events that nobody will read. */
export async function dropped(env: Pick<LogEnv, "METRICS">, n: number): Promise<void> {
  outbox.add("visitor_log_events_dropped_total", {}, n);
  await outbox.push(metricsDoor(env)).catch((error: unknown) => {
    log("metrics_push_failed", { level: "warn", source: "visitor-logs", error });
  });
}
