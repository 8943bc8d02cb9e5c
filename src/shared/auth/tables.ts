// The D1 table of API keys. Only a hash of a key is stored; a revoked key's row is gone (audit remembers it).
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const apiKey = sqliteTable("api_key", {
  id: text().primaryKey(),
  name: text().notNull(),
  /** Hex SHA-256 of the whole key. */
  hash: text().notNull().unique(),
  /** The first characters, for a reader to tell keys apart. */
  prefix: text().notNull(),
  scopes: text({ mode: "json" }).$type<string[]>().notNull(),
  createdAt: integer("created_at").notNull(),
  expiresAt: integer("expires_at"),
  lastUsedAt: integer("last_used_at"),
});
