// A micro-batch of clicks on its way: to its day's ClickLog, else to the queue, else to the log as one line. Never dropped.

import { DAY_MS, utcDay } from "../../../src/shared/clock.ts";
import { timeOf } from "./click-id.ts";
import type { ClickTuple } from "./click.ts";

/** What travels: clicks, visits refused since the last batch by code, and how long uncached visits waited (ms). */
export interface ClickBatch {
  clicks: ClickTuple[];
  rejected: Record<string, number>;
  waitedMs: number[];
}

/** A batch and the object that owns it: `2026-11-21:0`, a UTC day and a shard. */
export interface Handover {
  log: string;
  batch: ClickBatch;
}

/** The shard of a click: the same for every caller, spread by the random part of the id. */
export function shardOf(clickId: string, shards: number): number {
  if (shards === 1) return 0;
  return Number.parseInt(clickId.slice(-5), 36) % shards;
}

let lastDay = -1;
let lastDayText = "";

/** The names of all objects that may keep a click of this day, whatever the shards are now. */
export function logsOf(clickId: string, shards: number): string[] {
  const day = utcDay(timeOf(clickId));
  return Array.from({ length: shards }, (_, shard) => `${day}:${shard}`);
}

/** The name of the object that keeps a click. Nearly all clicks are of one day, so its text is made once. */
export function logOf(clickId: string, shards: number): string {
  const atMs = timeOf(clickId);
  const day = Math.floor(atMs / DAY_MS);
  if (day !== lastDay) {
    lastDay = day;
    lastDayText = utcDay(atMs);
  }
  return `${lastDayText}:${shardOf(clickId, shards)}`;
}

/** Splits what an isolate gathered by owner; counts without a click go to the first, or to the log of `nowMs`. */
export function handovers(batch: ClickBatch, shards: number, nowMs: number): Handover[] {
  const byLog = new Map<string, ClickTuple[]>();
  for (const click of batch.clicks) {
    const name = logOf(click[0], shards);
    const clicks = byLog.get(name);
    if (clicks === undefined) byLog.set(name, [click]);
    else clicks.push(click);
  }
  if (byLog.size === 0) byLog.set(`${utcDay(nowMs)}:0`, []);
  return [...byLog].map(([log, clicks], n) => ({
    log,
    batch: n === 0 ? { ...batch, clicks } : { clicks, rejected: {}, waitedMs: [] },
  }));
}

/** The batch as a queue or the log may hold it: without address and user agent. */
export function withoutVisitors(batch: ClickBatch): ClickBatch {
  const clicks = batch.clicks.map((click) => {
    const bare: ClickTuple = [...click];
    bare[14] = "";
    bare[15] = "";
    return bare;
  });
  return { ...batch, clicks };
}
