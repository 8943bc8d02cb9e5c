// Clicks of this isolate on their way to the log, in micro-batches: answering never waits for recording.
// Nothing but plain data passes between requests; each flush belongs to one request's `waitUntil`.
import { config } from "../../../src/shared/config.ts";
import { inTime } from "../../../src/shared/deadline.ts";
import type { Deps } from "../../../src/shared/deps.ts";
import type { ClickLogDoor } from "./click-log.ts";
import type { ClickTuple } from "./click.ts";
import { handovers, withoutVisitors } from "./handover.ts";
import type { ClickBatch, Handover } from "./handover.ts";

/** A batch leaves when the first of these is reached; a killed process loses what it answered in that time. */
const WAIT_MS = 50;
const MAX_CLICKS = 100;
const MAX_CHARACTERS = 60_000;
/** What a click takes besides its URL and user agent, roughly (characters). */
const CLICK_CHARACTERS = 220;
/** A flush that has not run by then belonged to a request that was killed: the next click takes it over. */
const OVERDUE_MS = 1_000;
/** How often a flush that is owed waits again for clicks younger than it may send; in all less than `OVERDUE_MS`. */
const MAX_WAITS = 10;
/** The object has this long to answer; `waitUntil` ends at 30 s and the queue needs its share. */
const CALL_DEADLINE_MS = 5_000;

let clicks: ClickTuple[] = [];
/** When the oldest of them came. */
let oldestAtMs = 0;
let characters = 0;
let rejected: Record<string, number> = {};
let waitedMs: number[] = [];
let owedAtMs = 0;

/** Records one click. */
export function record(click: ClickTuple, nowMs: number, env: Env, ctx: ExecutionContext, deps: Deps): void {
  if (clicks.length === 0) oldestAtMs = nowMs;
  clicks.push(click);
  characters += click[1].length + click[15].length + CLICK_CHARACTERS;
  if (clicks.length >= MAX_CLICKS || characters >= MAX_CHARACTERS) ctx.waitUntil(send(take(), env, deps));
  else owe(nowMs, env, ctx, deps);
}

/** Counts a visit that was refused before any store was looked up. */
export function recordRejected(code: string, nowMs: number, env: Env, ctx: ExecutionContext, deps: Deps): void {
  rejected[code] = (rejected[code] ?? 0) + 1;
  owe(nowMs, env, ctx, deps);
}

/** Notes how long an uncached visit waited; it leaves with that visit's click. */
export function recordWait(ms: number): void {
  waitedMs.push(ms);
}

function owe(nowMs: number, env: Env, ctx: ExecutionContext, deps: Deps): void {
  if (owedAtMs !== 0 && nowMs - owedAtMs < OVERDUE_MS) return;
  owedAtMs = nowMs;
  ctx.waitUntil(later(env, deps));
}

async function later(env: Env, deps: Deps): Promise<void> {
  let restMs = WAIT_MS;
  for (let waits = 0; waits < MAX_WAITS && restMs > 0; waits++) {
    await new Promise((done) => setTimeout(done, restMs));
    // Full batches leave by themselves, and what came after the last of them has its own time: fewer, fuller calls.
    restMs = clicks.length === 0 ? 0 : Math.min(oldestAtMs + WAIT_MS - deps.clock(), WAIT_MS);
  }
  owedAtMs = 0;
  const batch = take();
  if (batch.clicks.length > 0 || Object.keys(batch.rejected).length > 0) await send(batch, env, deps);
}

function take(): ClickBatch {
  const batch = { clicks, rejected, waitedMs };
  clicks = [];
  characters = 0;
  rejected = {};
  waitedMs = [];
  return batch;
}

async function send(batch: ClickBatch, env: Env, deps: Deps): Promise<void> {
  const parts = handovers(batch, config(env).clickoutShards, deps.clock());
  await Promise.all(parts.map((handover) => handOver(handover, env)));
}

/** To the object; if it refuses or is late, to the queue; if that refuses too, to the log as a line that can be replayed. */
async function handOver(handover: Handover, env: Env): Promise<void> {
  try {
    await inTime(clickLog(env, handover.log).append(JSON.stringify(handover.batch)), CALL_DEADLINE_MS);
  } catch {
    const bare: Handover = { log: handover.log, batch: withoutVisitors(handover.batch) };
    try {
      // A dead letter is known by the queue that it names.
      await env.CLICKOUTS_QUEUE.send({ queue: "clickouts", ...bare }, { contentType: "json" });
    } catch {
      // Written by hand: the line is data to be read back, and the logger shortens long values.
      console.log(JSON.stringify({ level: "error", event: "clickouts_handed_to_log", handover: bare }));
    }
  }
}

/** The object of a day and shard. */
export function clickLog(env: Pick<Env, "CLICK_LOG">, name: string): ClickLogDoor {
  // The generated binding does not know its class: naming it here would make the hot path import the object.
  return env.CLICK_LOG.getByName(name) as unknown as ClickLogDoor;
}
