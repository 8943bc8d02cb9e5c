// The D1 tables of clickouts. Times are milliseconds in UTC; no cascades (a table rebuild would lose the children).
import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

/** The six networks; seeded by a migration. */
export const network = sqliteTable("network", {
  id: integer().primaryKey(),
  name: text().notNull().unique(),
  enabled: integer({ mode: "boolean" }).notNull().default(true),
  /** When its reports may be called next, for networks that allow so many calls a minute. */
  nextCallAt: integer("next_call_at").notNull().default(0),
});

export const store = sqliteTable("store", {
  id: integer().primaryKey({ autoIncrement: true }),
  name: text().notNull(),
  createdAt: integer("created_at").notNull(),
  /** The routing version in which its rules last changed: the guard of concurrent rule changes. */
  ruleVersion: integer("rule_version").notNull().default(0),
});

/** A registrable or deeper host name, lower-case punycode, without a leading `www.`. */
export const storeUrl = sqliteTable(
  "store_url",
  {
    domain: text().primaryKey(),
    storeId: integer("store_id")
      .notNull()
      .references(() => store.id),
  },
  (t) => [index("store_url_store").on(t.storeId)],
);

export const networkStore = sqliteTable(
  "network_store",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    storeId: integer("store_id").references(() => store.id),
    networkId: integer("network_id")
      .notNull()
      .references(() => network.id),
    /** Empty for direto and magazinevoce. */
    externalId: text("external_id").notNull().default(""),
    settings: text({ mode: "json" }).$type<{ parameters?: Record<string, string> }>().notNull(),
    state: text({ enum: ["joined", "left", "needs_domain"] }).notNull(),
    since: integer().notNull(),
    revision: integer().notNull().default(1),
  },
  (t) => [
    uniqueIndex("network_store_external").on(t.storeId, t.networkId, t.externalId),
    index("network_store_network").on(t.networkId, t.externalId),
  ],
);

/**
 * One row per network of one rule version. Versions are routing versions: unique in a deployment, growing. Rows are closed,
 * never rewritten, and deleted only with its store; a version that was cancelled before it began ends when it starts, so it held at no instant.
 */
export const rule = sqliteTable(
  "rule",
  {
    version: integer().notNull(),
    storeId: integer("store_id")
      .notNull()
      .references(() => store.id),
    networkId: integer("network_id")
      .notNull()
      .references(() => network.id),
    orderPriority: integer("order_priority").notNull(),
    startedAt: integer("started_at").notNull(),
    endedAt: integer("ended_at").notNull(),
    author: text().notNull(),
    cause: text({ enum: ["operator", "programmes", "seed"] }).notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.version, t.networkId] }),
    index("rule_time").on(t.storeId, t.startedAt, t.endedAt),
    index("rule_end").on(t.endedAt),
  ],
);

/** Absolute totals of one day's click log, written by its alarm. */
export const clickoutTotal = sqliteTable(
  "clickout_total",
  {
    day: text().notNull(),
    shard: integer().notNull(),
    storeId: integer("store_id").notNull(),
    network: text().notNull(),
    outcome: text().notNull(),
    human: integer({ mode: "boolean" }).notNull(),
    clicks: integer().notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.day, t.shard, t.storeId, t.network, t.outcome, t.human] }),
    index("clickout_total_store").on(t.storeId, t.day),
  ],
);

/** How often people's clicks passed over a network, by day and reason; absolute, as `clickout_total`. */
export const clickoutSkipTotal = sqliteTable(
  "clickout_skip_total",
  {
    day: text().notNull(),
    shard: integer().notNull(),
    storeId: integer("store_id").notNull(),
    network: text().notNull(),
    reason: text().notNull(),
    clicks: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.storeId, t.day, t.shard, t.network, t.reason] })],
);

/** What a network says that a click earned; amounts in minor units. Kept for ever. */
export const transaction = sqliteTable(
  "transaction",
  {
    /** `<network>:<external id>`. */
    id: text().primaryKey(),
    network: text().notNull(),
    externalId: text("external_id").notNull(),
    orderRef: text("order_ref"),
    status: text({ enum: ["pending", "approved", "declined", "paid"] }).notNull(),
    saleMinor: integer("sale_minor").notNull(),
    saleCurrency: text("sale_currency").notNull(),
    commissionMinor: integer("commission_minor").notNull(),
    commissionCurrency: text("commission_currency").notNull(),
    advertiserId: text("advertiser_id"),
    occurredAt: integer("occurred_at").notNull(),
    validatedAt: integer("validated_at"),
    declineReason: text("decline_reason"),
    /** As the network gave it back. */
    clickId: text("click_id"),
    /** The same, when it is one of ours by form. */
    clickoutId: text("clickout_id"),
    storeId: integer("store_id"),
    ref: text(),
    /** The click was found in its day's log. */
    clickFound: integer("click_found", { mode: "boolean" }).notNull(),
    /** Rows that add up to it, by their ids, where a network tells it in rows. */
    parts: text({ mode: "json" }).$type<
      Record<string, { provisional: boolean; saleMinor: number; commissionMinor: number }>
    >(),
    firstSeenAt: integer("first_seen_at").notNull(),
    changedAt: integer("changed_at").notNull(),
  },
  (t) => [
    index("transaction_time").on(t.occurredAt, t.id),
    index("transaction_store").on(t.storeId, t.occurredAt),
    index("transaction_network").on(t.network, t.occurredAt),
    index("transaction_order").on(t.orderRef),
    index("transaction_click")
      .on(t.clickoutId)
      .where(sql`clickout_id is not null`),
    index("transaction_ref")
      .on(t.ref)
      .where(sql`ref is not null`),
  ],
);

/** Every change of a transaction's status, amounts and reason; append-only. */
export const transactionChange = sqliteTable(
  "transaction_change",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    transactionId: text("transaction_id").notNull(),
    at: integer().notNull(),
    field: text().notNull(),
    from: text("from_value"),
    to: text("to_value"),
  },
  (t) => [index("transaction_change_of").on(t.transactionId)],
);

/** Programmes that we had joined by the last list of each network that was acted upon. */
export const programme = sqliteTable(
  "programme",
  {
    networkId: integer("network_id").notNull(),
    externalId: text("external_id").notNull(),
    name: text().notNull(),
    since: integer().notNull(),
  },
  (t) => [primaryKey({ columns: [t.networkId, t.externalId] })],
);

/** A network's list of programmes as a run reads it, until it was acted upon. */
export const programmeListed = sqliteTable(
  "programme_listed",
  {
    networkId: integer("network_id").notNull(),
    runId: text("run_id").notNull(),
    externalId: text("external_id").notNull(),
    name: text().notNull(),
    domains: text({ mode: "json" }).$type<string[]>().notNull(),
    /** False: it stands in the list, but nothing else could be read of it. */
    readable: integer({ mode: "boolean" }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.networkId, t.runId, t.externalId] })],
);

/** Days and shards whose clicks were emptied; their totals in `clickout_total` stay. */
export const clickLogEmptied = sqliteTable(
  "click_log_emptied",
  { day: text().notNull(), shard: integer().notNull(), emptiedAt: integer("emptied_at").notNull() },
  (t) => [primaryKey({ columns: [t.day, t.shard] })],
);

/** Rows of a file of stores, until they are applied or refused as a whole. */
export const storeImportRow = sqliteTable(
  "store_import_row",
  {
    importId: text("import_id").notNull(),
    line: integer().notNull(),
    name: text().notNull(),
    domain: text().notNull(),
    networkId: integer("network_id"),
    externalId: text("external_id").notNull(),
    priority: integer(),
  },
  (t) => [primaryKey({ columns: [t.importId, t.line] }), index("store_import_row_name").on(t.importId, t.name)],
);

/** Which store each name of such a file means: one that has a domain of it, else a new one. */
export const storeImportStore = sqliteTable(
  "store_import_store",
  {
    importId: text("import_id").notNull(),
    name: text().notNull(),
    storeId: integer("store_id").notNull(),
    fresh: integer({ mode: "boolean" }).notNull(),
  },
  (t) => [primaryKey({ columns: [t.importId, t.name] })],
);

/**
 * One row, id 1: what the routing table is built from has this version. Each change of stores, relations, rules, networks or
 * credentials counts it up in its own batch, so that a publication which failed is seen by the sweep.
 */
export const routingVersion = sqliteTable("routing_version", {
  id: integer().primaryKey(),
  version: integer().notNull(),
  /** The newest version whose pointer was written. */
  published: integer().notNull().default(0),
  /** Names and revisions of the credentials that the published table was built with. */
  credentials: text().notNull().default(""),
});
