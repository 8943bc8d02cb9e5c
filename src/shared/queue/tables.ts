// What queues gave up: kept until somebody has looked at it. Times are milliseconds in UTC.
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** One message that was set aside. `id` is the queue's own message id, so that a redelivered one is parked once. */
export const parkedMessage = sqliteTable(
  "parked_message",
  {
    id: text().primaryKey(),
    /** The queue that it came from; `parked` where a dead letter does not tell. */
    queue: text().notNull(),
    /** As JSON. */
    body: text().notNull(),
    /** A snake_case word. */
    reason: text().notNull(),
    detail: text().notNull(),
    parkedAt: integer("parked_at").notNull(),
    replayedAt: integer("replayed_at"),
  },
  (t) => [
    index("parked_message_open").on(t.replayedAt, t.queue, t.reason),
    index("parked_message_time").on(t.parkedAt),
  ],
);
