// Setting a message aside: it leaves its queue, not the house.
import { count, isNull } from "drizzle-orm";
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

/** How many messages wait, as the gauge `parked{system,reason}` wants it; a queue bears its system's name. */
export async function parkedCounts(db: Db): Promise<(readonly [Labels, number])[]> {
  const rows = await db
    .select({ queue: parkedMessage.queue, reason: parkedMessage.reason, n: count() })
    .from(parkedMessage)
    .where(isNull(parkedMessage.replayedAt))
    .groupBy(parkedMessage.queue, parkedMessage.reason);
  return rows.map(({ queue, reason, n }) => [{ system: queue, reason }, n] as const);
}
