// Clickouts as the operator lists them: the days' logs, newest first, their shards merged. Reads only.
import { DAY_MS, utcDay } from "../../../src/shared/clock.ts";
import { config } from "../../../src/shared/config.ts";
import { decodeCursor, pageOf } from "../../../src/shared/http/page.ts";
import type { Cursor } from "../../../src/shared/http/page.ts";
import { readClickId } from "./click-id.ts";
import type { ClickFilter, ClickRow } from "./click.ts";
import type { StoreFall } from "./click-log.ts";
import { clickLog } from "./recorder.ts";
import { visitCursor } from "./schema.ts";
import type { Operation } from "../service.ts";

/** A list without `from` looks back this far. */
const DEFAULT_DAYS = 31;
/** Days asked at once: first tomorrow, today and yesterday, then all of a month; what waits for a connection only waits. */
const FIRST_DAYS = 3;
const DAYS_AT_ONCE = 32;

/** The UTC days that [fromMs, toMs) touches, newest first. Pure. */
export function daysBackwards(fromMs: number, toMs: number): string[] {
  const days: string[] = [];
  for (let day = Math.floor((toMs - 1) / DAY_MS); day * DAY_MS + DAY_MS > fromMs && toMs > fromMs; day--) {
    days.push(utcDay(day * DAY_MS));
  }
  return days;
}

async function ofDay(op: Operation, day: string, filter: ClickFilter, limit: number): Promise<ClickRow[]> {
  const shards = Array.from({ length: config(op.env).clickoutShards }, (_, shard) => shard);
  const lists = await Promise.all(shards.map((shard) => clickLog(op.env, `${day}:${shard}`).list(filter, limit)));
  const [only] = lists;
  if (lists.length === 1) return only!;
  return lists
    .flat()
    .toSorted((a, b) => (a.clickoutId < b.clickoutId ? 1 : -1))
    .slice(0, limit);
}

/** A page of clickouts, newest first. The cursor is a click id, whose own time says on which day to go on. */
export async function listVisits(op: Operation, filter: Omit<ClickFilter, "beforeId">, limit: number, cursor?: Cursor) {
  const beforeId = decodeCursor(cursor, visitCursor);
  const settings = config(op.env);
  const nowMs = op.deps.clock();
  // One day ahead: another location's clock may be past midnight already.
  let toMs = Math.min(filter.toMs ?? Number.POSITIVE_INFINITY, nowMs + DAY_MS);
  const keptSinceMs = nowMs - settings.clickoutRetentionDays * DAY_MS;
  const fromMs = Math.max(filter.fromMs ?? Math.min(toMs, nowMs) - DEFAULT_DAYS * DAY_MS, keptSinceMs);
  const before = beforeId === undefined ? null : readClickId(beforeId);
  if (before !== null) toMs = Math.min(toMs, before.atMs + 1);
  const within: ClickFilter = { ...filter, fromMs, toMs, beforeId };
  const days = daysBackwards(fromMs, toMs);
  const rows: ClickRow[] = [];
  for (let at = 0, size = FIRST_DAYS; at < days.length && rows.length <= limit; at += size, size = DAYS_AT_ONCE) {
    const wanted = limit + 1 - rows.length;
    const found = await Promise.all(days.slice(at, at + size).map((day) => ofDay(op, day, within, wanted)));
    rows.push(...found.flat());
  }
  return pageOf(rows, limit, (last) => last.clickoutId);
}

/** More clicks of one millisecond than this are not looked through. */
const MAX_OF_A_MILLISECOND = 500;

/** One clickout by its click id, or null. */
export async function visitById(op: Operation, id: string): Promise<ClickRow | null> {
  const atMs = readClickId(id)?.atMs;
  if (atMs === undefined) return null;
  const { items } = await listVisits(op, { fromMs: atMs, toMs: atMs + 1 }, MAX_OF_A_MILLISECOND);
  return items.find(({ clickoutId }) => clickoutId === id) ?? null;
}

/**
 * Stores where clicks of people fell to the fallback within the last 24 hours (counted by whole hours), the most first. A log
 * that does not answer is left out by whoever calls: the rest is still worth knowing.
 */
export async function fallenStores(op: Operation): Promise<StoreFall[]> {
  const sinceMs = op.deps.clock() - DAY_MS;
  const shards = Array.from({ length: config(op.env).clickoutShards }, (_, shard) => shard);
  const asked = [
    { day: utcDay(sinceMs), hour: new Date(sinceMs).getUTCHours() },
    { day: utcDay(sinceMs + DAY_MS), hour: 0 },
  ];
  const found = await Promise.all(
    asked.flatMap(({ day, hour }) => shards.map((shard) => clickLog(op.env, `${day}:${shard}`).fallen(hour))),
  );
  const stores = new Map<number, StoreFall>();
  for (const { storeId, clicks, fallen } of found.flat()) {
    const sum = stores.get(storeId) ?? { storeId, clicks: 0, fallen: 0 };
    stores.set(storeId, { storeId, clicks: sum.clicks + clicks, fallen: sum.fallen + fallen });
  }
  return [...stores.values()].toSorted((a, b) => b.fallen - a.fallen);
}
