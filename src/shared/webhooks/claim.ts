// The delivery on its way through one attempt, in D1: claimed by one consumer alone, and settled with what came of it.
import { and, eq, lte, sql } from "drizzle-orm";
import { auditRow } from "../audit/row.ts";
import { MINUTE_MS } from "../clock.ts";
import { together } from "../db/client.ts";
import type { Db, Statement } from "../db/client.ts";
import type { Attempt, Next } from "./schedule.ts";
import { secretRows } from "./secrets.ts";
import { webhook, webhookDelivery, webhookEvent } from "./tables.ts";

type WebhookState = typeof webhook.$inferSelect.state;

/** Longer than an attempt takes: then whoever claimed the delivery is gone, and another may. */
export const HELD_MS = MINUTE_MS;

/** A delivery that is this consumer's for now. */
export interface Claimed {
  id: string;
  webhookId: string;
  eventId: string;
  type: string;
  body: string;
  url: string;
  /** Made before this one. */
  attempts: number;
  previousSecretUntil: number | null;
  secretRows: Awaited<ReturnType<typeof secretRows>>;
}

/** Why a delivery is not to be sent now. */
export type NotNow = "over" | { disabledId: string } | { waitMs: number } | { restUntilMs: number };

/** Takes a delivery for one attempt, in one round trip. What a second message asks for meanwhile is `waitMs`. */
export async function claimDelivery(db: Db, id: string, nowMs: number): Promise<Claimed | NotNow> {
  const mine = sql`select webhook_id as id from webhook_delivery where id = ${id}`;
  const [held, rows, secrets] = await db.batch([
    db
      .update(webhookDelivery)
      .set({ dueAt: nowMs + HELD_MS, lookAt: nowMs + HELD_MS })
      .where(
        and(
          eq(webhookDelivery.id, id),
          eq(webhookDelivery.state, "pending"),
          lte(webhookDelivery.dueAt, nowMs),
          // What was tried before has its own pace; what was not waits while the receiver rests.
          sql`exists (select 1 from webhook w where w.id = ${webhookDelivery.webhookId} and w.state = 'active'
            and (w.rest_until <= ${nowMs} or ${webhookDelivery.attempts} > 0))`,
        ),
      )
      .returning({ id: webhookDelivery.id }),
    db
      .select({
        webhookId: webhookDelivery.webhookId,
        eventId: webhookDelivery.eventId,
        state: webhookDelivery.state,
        attempts: webhookDelivery.attempts,
        dueAt: webhookDelivery.dueAt,
        // A batch answers by column names: two of one name would be one.
        webhookState: sql<WebhookState>`${webhook.state}`.as("webhook_state"),
        url: webhook.url,
        restUntil: webhook.restUntil,
        previousSecretUntil: webhook.previousSecretUntil,
        type: webhookEvent.type,
        body: webhookEvent.body,
      })
      .from(webhookDelivery)
      .innerJoin(webhook, eq(webhook.id, webhookDelivery.webhookId))
      .innerJoin(webhookEvent, eq(webhookEvent.id, webhookDelivery.eventId))
      .where(eq(webhookDelivery.id, id)),
    secretRows(db, mine),
  ]);
  const [row] = rows;
  if (row === undefined || row.state !== "pending") return "over";
  if (row.webhookState === "disabled") return { disabledId: row.webhookId };
  if (held.length > 0) return { id, ...row, secretRows: secrets };
  return row.dueAt > nowMs ? { waitMs: row.dueAt - nowMs } : { restUntilMs: row.restUntil };
}

/** Leaves a delivery that was never tried alone until its receiver has rested. */
export async function postpone(db: Db, id: string, untilMs: number): Promise<void> {
  await db
    .update(webhookDelivery)
    .set({ dueAt: untilMs, lookAt: untilMs })
    .where(and(eq(webhookDelivery.id, id), eq(webhookDelivery.state, "pending"), lte(webhookDelivery.dueAt, untilMs)));
}

/** Writes down how an attempt ended and what follows, of the delivery and of its webhook, in one transaction. */
export async function settleDelivery(
  db: Db,
  claimed: Claimed,
  attempt: Attempt,
  next: Next,
  nowMs: number,
): Promise<void> {
  const failure = attempt.ok ? { reason: null, detail: null } : { reason: attempt.reason, detail: attempt.detail };
  const dueAt = next.state === "pending" ? next.dueAtMs : nowMs;
  const settled = {
    state: next.state,
    attempts: claimed.attempts + 1,
    dueAt,
    lookAt: dueAt,
    lastAttemptAt: nowMs,
    status: attempt.status ?? null,
    ...failure,
    endedAt: next.state === "pending" ? null : nowMs,
  };
  const rest = next.state === "pending" ? next.restUntilMs : null;
  const restUntil = attempt.ok ? 0 : sql`max(${webhook.restUntil}, ${rest ?? 0})`;
  const statements: Statement[] = [
    db
      .update(webhookDelivery)
      .set(settled)
      .where(
        and(
          eq(webhookDelivery.id, claimed.id),
          eq(webhookDelivery.state, "pending"),
          eq(webhookDelivery.attempts, claimed.attempts),
        ),
      ),
    db
      .update(webhook)
      .set({ lastAttemptAt: nowMs, lastError: failure.detail, restUntil })
      .where(eq(webhook.id, claimed.webhookId)),
  ];
  if (next.state === "parked" && next.disable) {
    const subject = `webhook:${claimed.webhookId}`;
    const entry = { actor: "job:webhooks", action: "webhook.disable", subject, after: { reason: "gone" }, at: nowMs };
    statements.push(...disabling(db, claimed.webhookId, "gone", nowMs), auditRow(db, entry));
  }
  await together(db, statements);
}

/** The statements that disable a webhook and set aside what is on its way to it. */
export function disabling(db: Db, webhookId: string, reason: "operator" | "gone", nowMs: number): Statement[] {
  return [
    db
      .update(webhook)
      .set({ state: "disabled", disabledReason: reason, disabledAt: nowMs })
      .where(and(eq(webhook.id, webhookId), eq(webhook.state, "active"))),
    parkPending(db, webhookId, nowMs),
  ];
}

/** The statement that sets aside what is on its way to a webhook that is disabled. */
export function parkPending(db: Db, webhookId: string, nowMs: number): Statement {
  const detail = "The webhook was disabled before this was delivered.";
  return db
    .update(webhookDelivery)
    .set({ state: "parked", reason: "webhook_disabled", detail, endedAt: nowMs })
    .where(and(eq(webhookDelivery.webhookId, webhookId), eq(webhookDelivery.state, "pending")));
}
