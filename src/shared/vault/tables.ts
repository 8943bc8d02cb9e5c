// The D1 table of upstream credentials. Fields are sealed; nothing readable stands here but names and times.
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const credential = sqliteTable(
  "credential",
  {
    name: text().primaryKey(),
    /** The fields under their own data key: base64 of nonce and ciphertext. Empty once deleted. */
    sealed: text().notNull(),
    /** The data key under a master key: base64 of nonce and ciphertext. Empty once deleted. */
    wrappedKey: text("wrapped_key").notNull(),
    /** Which master key wraps: `k2`. */
    keyVersion: text("key_version").notNull(),
    /** Grows with each put. The row outlives a delete, so that no revision ever comes twice. */
    revision: integer().notNull(),
    updatedAt: integer("updated_at").notNull(),
    deletedAt: integer("deleted_at"),
    lastUsedAt: integer("last_used_at"),
    lastError: text("last_error"),
  },
  (t) => [index("credential_key_version").on(t.keyVersion)],
);

/** Secrets that are no named credential: see `records.ts`. */
export const sealedRecord = sqliteTable(
  "sealed_record",
  {
    /** `<system>:<thing>:<id>`. */
    name: text().primaryKey(),
    sealed: text().notNull(),
    wrappedKey: text("wrapped_key").notNull(),
    keyVersion: text("key_version").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [index("sealed_record_key_version").on(t.keyVersion)],
);
