// The D1 tables of who may call: keys, sessions of the console, one-time links, failed sign-ins. Only hashes of proofs are
// stored; a revoked key's or ended session's row is gone (audit remembers it). Times are milliseconds in UTC.
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

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

/** Somebody signed in at the console. */
export const session = sqliteTable(
  "session",
  {
    id: text().primaryKey(),
    /** Hex SHA-256 of the cookie's token. */
    hash: text().notNull().unique(),
    /** The key that opened it and whose scopes it has; null for the admin token. */
    keyId: text("key_id"),
    /** The browser as it names itself, shortened. */
    agent: text().notNull(),
    createdAt: integer("created_at").notNull(),
    /** Exact to ten minutes. */
    lastSeenAt: integer("last_seen_at").notNull(),
  },
  (t) => [index("session_seen").on(t.lastSeenAt)],
);

/** A link that signs in once. */
export const signInLink = sqliteTable("sign_in_link", {
  /** Hex SHA-256 of the link's token. */
  hash: text().primaryKey(),
  keyId: text("key_id"),
  expiresAt: integer("expires_at").notNull(),
});

/** Wrong keys at the sign-in, by the key that they pretend to be. */
export const signInFailure = sqliteTable("sign_in_failure", {
  /** A key's first characters, or `root` for what has no key's form. */
  subject: text().primaryKey(),
  failures: integer().notNull(),
  /** When counting begins anew. */
  endsAt: integer("ends_at").notNull(),
});
