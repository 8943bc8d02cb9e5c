// Setting a message aside: it leaves its queue, not the house.
import { and, count, desc, eq, isNotNull, isNull, lt, or, sql } from "drizzle-orm";
import type { Db } from "../db/client.ts";
import type { Labels } from "../telemetry/series.ts";
import { parkedMessage } from "./tables.ts";

/** A message on its way into the table. */
export interface Parking {
  /** The queue's message id: parking the same message twice makes one row. */
  id: string;
  queue: string;
  body: unknown;
  /** A snake_case word. */
  reason: string;
  /** A sentence without secrets. */
  detail: string;
  parkedAtMs: number;
}

const MAX_DETAIL = 1_000;

function bodyText(body: unknown): string {
  try {
    return JSON.stringify(body) ?? "null";
  } catch {
    // Cyclic or holding a bigint: a queue may carry what JSON cannot.
    return JSON.stringify({ unreadable: Object.prototype.toString.call(body) });
  }
}

/** Writes the row; a message that is there already stays as it is. */
export async function park(db: Db, { parkedAtMs, body, detail, ...rest }: Parking): Promise<void> {
  await db
    .insert(parkedMessage)
    .values({ ...rest, body: bodyText(body), detail: detail.slice(0, MAX_DETAIL), parkedAt: parkedAtMs })
    .onConflictDoNothing();
}

/** A parked message as it may be listed. */
export interface ParkedRow {
  id: string;
  queue: string;
  reason: string;
  detail: string;
  /** The beginning of the message's JSON. */
  excerpt: string;
  parkedAt: number;
  replayedAt: number | null;
}

/** Which to list; `before` is the position of a page's end. */
export interface ParkedFilter {
  queue?: string | undefined;
  reason?: string | undefined;
  /** Those that were replayed, instead of those that wait. */
  replayed?: boolean | undefined;
  before?: { parkedAt: number; id: string } | undefined;
}

const EXCERPT = 500;

/** Parked messages, the newest first. */
export async function listParked(db: Db, filter: ParkedFilter, limit: number): Promise<ParkedRow[]> {
  const { queue, reason, replayed = false, before } = filter;
  const { id, parkedAt, replayedAt } = parkedMessage;
  return db
    .select({
      id,
      queue: parkedMessage.queue,
      reason: parkedMessage.reason,
      detail: parkedMessage.detail,
      excerpt: sql<string>`substr(${parkedMessage.body}, 1, ${EXCERPT})`,
      parkedAt,
      replayedAt,
    })
    .from(parkedMessage)
    .where(
      and(
        replayed ? isNotNull(replayedAt) : isNull(replayedAt),
        queue === undefined ? undefined : eq(parkedMessage.queue, queue),
        reason === undefined ? undefined : eq(parkedMessage.reason, reason),
        before === undefined
          ? undefined
          : or(lt(parkedAt, before.parkedAt), and(eq(parkedAt, before.parkedAt), lt(id, before.id))),
      ),
    )
    .orderBy(desc(parkedAt), desc(id))
    .limit(limit);
}

/** What waits, by queue and reason: how many, and since when. */
export async function parkedSummary(db: Db): Promise<{ queue: string; reason: string; n: number; sinceMs: number }[]> {
  return db
    .select({
      queue: parkedMessage.queue,
      reason: parkedMessage.reason,
      n: count(),
      sinceMs: sql<number>`min(${parkedMessage.parkedAt})`,
    })
    .from(parkedMessage)
    .where(isNull(parkedMessage.replayedAt))
    .groupBy(parkedMessage.queue, parkedMessage.reason);
}

/** The same as the gauge `parked{system,reason}` wants it; a queue bears its system's name. */
export async function parkedCounts(db: Db): Promise<(readonly [Labels, number])[]> {
  return (await parkedSummary(db)).map(({ queue, reason, n }) => [{ system: queue, reason }, n] as const);
}
