// Deliveries as an operator sees them: listed, counted, and sent again.
import { and, desc, eq, lt, or, sql } from "drizzle-orm";
import type { ChangedBy } from "../auth/keys.ts";
import { auditRow } from "../audit/row.ts";
import { jsonEach } from "../db/chunk.ts";
import type { Db } from "../db/client.ts";
import type { Labels } from "../telemetry/series.ts";
import { HELD_MS } from "./claim.ts";
import { LOOK_AFTER_MS } from "./queue.ts";
import { webhookDelivery, webhookEvent } from "./tables.ts";

/** A delivery as it may be listed; times in milliseconds. */
export type DeliveryRow = typeof webhookDelivery.$inferSelect & {
  type: string;
  /** When its event was published. */
  createdAt: number;
  /** The beginning of what is sent. */
  excerpt: string;
};

const EXCERPT = 500;

const columns = {
  id: webhookDelivery.id,
  eventId: webhookDelivery.eventId,
  webhookId: webhookDelivery.webhookId,
  state: webhookDelivery.state,
  attempts: webhookDelivery.attempts,
  dueAt: webhookDelivery.dueAt,
  lookAt: webhookDelivery.lookAt,
  lastAttemptAt: webhookDelivery.lastAttemptAt,
  status: webhookDelivery.status,
  reason: webhookDelivery.reason,
  detail: webhookDelivery.detail,
  endedAt: webhookDelivery.endedAt,
  type: webhookEvent.type,
  createdAt: webhookEvent.createdAt,
  excerpt: sql<string>`substr(${webhookEvent.body}, 1, ${EXCERPT})`,
};

/** Deliveries of a webhook, the newest first, older than `beforeId`. */
export async function listDeliveries(
  db: Db,
  {
    webhookId,
    state,
    beforeId,
  }: { webhookId: string; state?: DeliveryRow["state"] | undefined; beforeId?: string | undefined },
  limit: number,
): Promise<DeliveryRow[]> {
  return db
    .select(columns)
    .from(webhookDelivery)
    .innerJoin(webhookEvent, eq(webhookEvent.id, webhookDelivery.eventId))
    .where(
      and(
        eq(webhookDelivery.webhookId, webhookId),
        // As a literal: only so does the partial index of the parked serve.
        state === undefined ? undefined : sql`${webhookDelivery.state} = ${sql.raw(`'${state}'`)}`,
        beforeId === undefined ? undefined : lt(webhookDelivery.id, beforeId),
      ),
    )
    .orderBy(desc(webhookDelivery.id))
    .limit(limit);
}

/** Deliveries that bear this id, or whose event does. */
export async function findDeliveries(db: Db, id: string, limit: number): Promise<DeliveryRow[]> {
  return db
    .select(columns)
    .from(webhookDelivery)
    .innerJoin(webhookEvent, eq(webhookEvent.id, webhookDelivery.eventId))
    .where(or(eq(webhookDelivery.id, id), eq(webhookDelivery.eventId, id)))
    .limit(limit);
}

/** What is parked, by reason, as the gauge `parked{system,reason}` wants it. */
export async function parkedDeliveries(db: Db): Promise<(readonly [Labels, number])[]> {
  const rows = await db
    .select({ reason: webhookDelivery.reason, n: sql<number>`count(*)` })
    .from(webhookDelivery)
    .where(sql`${webhookDelivery.state} = 'parked'`)
    .groupBy(webhookDelivery.reason);
  return rows.map(({ reason, n }) => [{ system: "webhooks", reason: reason ?? "" }, n] as const);
}

/**
 * Lets deliveries begin anew, those that were delivered too: their receiver may have lost them. What is about to be tried
 * anyway stays as it is. Returns the ids that are to be queued.
 */
export async function replayDeliveries(db: Db, ids: readonly string[], by: ChangedBy): Promise<string[]> {
  const list = JSON.stringify([...new Set(ids)]);
  const [again] = await db.batch([
    db
      .update(webhookDelivery)
      .set({ state: "pending", attempts: 0, dueAt: by.at, lookAt: by.at + LOOK_AFTER_MS, endedAt: null })
      .where(
        sql`${webhookDelivery.id} in (select value from ${jsonEach(list)})
          and (${webhookDelivery.state} <> 'pending' or ${webhookDelivery.dueAt} > ${by.at + HELD_MS})
          and exists (select 1 from webhook w where w.id = ${webhookDelivery.webhookId} and w.state = 'active')`,
      )
      .returning({ id: webhookDelivery.id }),
    auditRow(db, { ...by, action: "webhook.replay", subject: "webhooks", after: { ids } }) as never,
  ]);
  return (again as { id: string }[]).map(({ id }) => id);
}
