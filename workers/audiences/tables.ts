// The D1 tables of audiences: which buffers and tenants there are, and what each last told of itself.
// The objects are the truth; these rows find them again. A key never stands here: it lies sealed in the vault's table.
import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import type { SegmentState, TenantState } from "./objects.ts";

export const segment = sqliteTable(
  "segment",
  {
    /** First 32 hex digits of SHA-256 of "workspace environment segment"; the object's name. */
    id: text().primaryKey(),
    workspaceId: text("workspace_id").notNull(),
    environmentId: text("environment_id").notNull(),
    /** The name that callers use. */
    segment: text().notNull(),
    /** The name at Split. */
    target: text().notNull(),
    audienceId: text("audience_id"),
    state: text().$type<SegmentState>().notNull(),
    pendingAdds: integer("pending_adds").notNull().default(0),
    pendingDeletes: integer("pending_deletes").notNull().default(0),
    oldestPendingAt: integer("oldest_pending_at"),
    members: integer(),
    membersAt: integer("members_at"),
    lastFlushAt: integer("last_flush_at"),
    nextFlushAt: integer("next_flush_at"),
    /** Of the UTC day of `reportedAt`. */
    callsToday: integer("calls_today").notNull().default(0),
    keysToday: integer("keys_today").notNull().default(0),
    parked: integer().notNull().default(0),
    /** By then the object should have told something again; the sweep wakes those that have not. Null: nothing waits. */
    dueAt: integer("due_at"),
    reportedAt: integer("reported_at").notNull(),
  },
  (t) => [
    uniqueIndex("segment_name").on(t.workspaceId, t.environmentId, t.segment),
    index("segment_audience")
      .on(t.workspaceId, t.environmentId, t.audienceId)
      .where(sql`audience_id is not null`),
    index("segment_due")
      .on(t.dueAt)
      .where(sql`due_at is not null`),
  ],
);

export const tenant = sqliteTable(
  "tenant",
  {
    workspaceId: text("workspace_id").primaryKey(),
    state: text().$type<TenantState>().notNull(),
    /** When it came into this state. */
    since: integer().notNull(),
    lastError: text("last_error"),
    /** The first four characters of the key in use, for the compat door `/cache`. */
    keyHint: text("key_hint").notNull(),
    /** As in `segment`: the probe of a tenant that needs credentials. */
    dueAt: integer("due_at"),
  },
  (t) => [
    index("tenant_due")
      .on(t.dueAt)
      .where(sql`due_at is not null`),
  ],
);
