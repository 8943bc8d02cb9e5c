// The D1 table of currency rates. Rows are never changed: another PUT for a day is another version.
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const rate = sqliteTable(
  "rate",
  {
    base: text().notNull(),
    /** The UTC day: `2026-11-21`. */
    date: text().notNull(),
    /** Counts the PUTs for a base and day, from 1; a version holds all rates of its day. */
    version: integer().notNull(),
    currency: text().notNull(),
    /** What one unit of the base is in this currency: a decimal, as it was sent. */
    rate: text().notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [primaryKey({ columns: [t.base, t.date, t.version, t.currency] }), index("rate_date").on(t.date)],
);
