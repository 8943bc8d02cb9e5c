// The D1 table of operator changes: who, what, before and after. It never holds a secret. Append-only.
import { index, sqliteTable, text, integer } from "drizzle-orm/sqlite-core";

export const audit = sqliteTable(
  "audit",
  {
    /** Sortable by time: the list's order and cursor. */
    id: text().primaryKey(),
    at: integer().notNull(),
    /** `root` or `key:<id>`. */
    actor: text().notNull(),
    /** `<thing>.<verb>`: `credential.put`. */
    action: text().notNull(),
    /** What was changed: `credential:awin`. */
    subject: text().notNull(),
    before: text({ mode: "json" }).$type<unknown>(),
    after: text({ mode: "json" }).$type<unknown>(),
    requestId: text("request_id"),
  },
  (t) => [
    index("audit_actor").on(t.actor, t.id),
    index("audit_action").on(t.action, t.id),
    index("audit_request").on(t.requestId),
  ],
);
