// Outgoing webhooks in D1: who subscribed, what happened, and each event's way to each subscriber. No secret stands here:
// those are sealed records (`secrets.ts`). Times are milliseconds in UTC.
import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** A subscriber. */
export const webhook = sqliteTable("webhook", {
  /** Sortable by time: the list's order and cursor. */
  id: text().primaryKey(),
  url: text().notNull(),
  description: text().notNull(),
  events: text({ mode: "json" }).$type<string[]>().notNull(),
  state: text().$type<"active" | "disabled">().notNull(),
  /** `gone`: it answered 410. */
  disabledReason: text("disabled_reason").$type<"operator" | "gone">(),
  disabledAt: integer("disabled_at"),
  /** Until when what is sent bears a signature of the secret before, too. */
  previousSecretUntil: integer("previous_secret_until"),
  /** Until then it is asked for nothing but what it was asked for before: it is overloaded or away. */
  restUntil: integer("rest_until").notNull(),
  lastAttemptAt: integer("last_attempt_at"),
  /** Why the last attempt failed; null if it went well. */
  lastError: text("last_error"),
  createdAt: integer("created_at").notNull(),
});

/** An event that somebody is to hear of. Never changed: every attempt sends these very bytes. */
export const webhookEvent = sqliteTable(
  "webhook_event",
  {
    /** `msg_…`, made from what happened: an event that is published twice is one row. */
    id: text().primaryKey(),
    type: text().notNull(),
    /** The JSON that is sent and signed. */
    body: text().notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [index("webhook_event_time").on(t.createdAt)],
);

/** The way of one event to one subscriber. */
export const webhookDelivery = sqliteTable(
  "webhook_delivery",
  {
    /** Sortable by time. */
    id: text().primaryKey(),
    eventId: text("event_id").notNull(),
    webhookId: text("webhook_id").notNull(),
    state: text().$type<"pending" | "delivered" | "parked">().notNull(),
    /** Made since it was published or last replayed. */
    attempts: integer().notNull(),
    /** No attempt is made before; an attempt that is under way moves it to where it must be over. */
    dueAt: integer("due_at").notNull(),
    /** When the sweep looks after it, should nobody else have done so. */
    lookAt: integer("look_at").notNull(),
    lastAttemptAt: integer("last_attempt_at"),
    /** The last answer's HTTP status. */
    status: integer(),
    /** Of the last attempt that failed: a snake_case word, and a sentence without secrets. */
    reason: text(),
    detail: text(),
    /** When it was delivered or parked. */
    endedAt: integer("ended_at"),
  },
  (t) => [
    uniqueIndex("webhook_delivery_once").on(t.eventId, t.webhookId),
    index("webhook_delivery_list").on(t.webhookId, t.id),
    index("webhook_delivery_due")
      .on(t.lookAt)
      .where(sql`state = 'pending'`),
    index("webhook_delivery_parked")
      .on(t.webhookId, t.id)
      .where(sql`state = 'parked'`),
  ],
);
