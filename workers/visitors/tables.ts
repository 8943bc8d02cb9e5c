// The D1 tables of visitors. Times are milliseconds in UTC. Values of visitors lie in the objects, not here, but for what
// could not be read.
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Every site that was ever seen. Never deleted: its shards must stay the same. */
export const visitorSite = sqliteTable("visitor_site", {
  mmSiteId: text("mm_site_id").primaryKey(),
  /** Fixed when the site is first seen: a visitor's attributes must go on meeting in one place. */
  shards: integer().notNull(),
  firstSeenAt: integer("first_seen_at").notNull(),
  /** The credential's revision that the site's object was told of; negative once that was deleted, 0 for none. */
  toldRevision: integer("told_revision").notNull().default(0),
});

/** Elements of pushed bodies that could not be read; kept 30 days. */
export const visitorQuarantine = sqliteTable(
  "visitor_quarantine",
  {
    /** Hash of source and element: what is pushed again lies here once. */
    id: text().primaryKey(),
    at: integer().notNull(),
    integration: text().notNull(),
    mmSiteId: text("mm_site_id"),
    /** A word of the contract. */
    reason: text().notNull(),
    detail: text().notNull(),
    /** The element as JSON. It holds the visitor's id: never shown, only read again. */
    element: text().notNull(),
  },
  (t) => [index("visitor_quarantine_time").on(t.at, t.id), index("visitor_quarantine_site").on(t.mmSiteId, t.at, t.id)],
);
