// All that visitors asks of D1: the sites, their credentials' revisions, and the quarantine.
import { and, asc, desc, eq, gt, gte, lt, or, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import { jsonChunks } from "../../src/shared/db/chunk.ts";
import type { Db } from "../../src/shared/db/client.ts";
import { credential } from "../../src/shared/vault/tables.ts";
import { visitorQuarantine, visitorSite } from "./tables.ts";

/** A site as it is stored. */
export type SiteRow = typeof visitorSite.$inferSelect;

/** An element that could not be read. */
export type QuarantineRow = typeof visitorQuarantine.$inferSelect;

/** Nobody has so many; it keeps a stranger's invented ids from filling the database. */
const MAX_SITES = 10_000;

const NAME = "maxymiser:";

/** A credential's state in one number: its revision, negative once it is deleted. */
const revisionNow = sql<number>`case when ${credential.deletedAt} is null then ${credential.revision} else -${credential.revision} end`;
const credentialOfSite = eq(credential.name, sql`${NAME} || ${visitorSite.mmSiteId}`);

/** Registers sites that are new and tells the shards of all; one that is missing in the answer had no room any more. */
async function siteShards(
  db: Db,
  mmSiteIds: readonly string[],
  shards: number,
  nowMs: number,
): Promise<Map<string, number>> {
  const ids = JSON.stringify(mmSiteIds);
  await db.run(sql`
    INSERT INTO visitor_site (mm_site_id, shards, first_seen_at)
    SELECT value, ${shards}, ${nowMs} FROM json_each(${ids})
    WHERE (SELECT count(*) FROM visitor_site) < ${MAX_SITES}
    ON CONFLICT DO NOTHING`);
  const found = await db
    .select({ mmSiteId: visitorSite.mmSiteId, shards: visitorSite.shards })
    .from(visitorSite)
    .where(sql`${visitorSite.mmSiteId} in (select value from json_each(${ids}))`);
  return new Map(found.map((row) => [row.mmSiteId, row.shards]));
}

/** One site, or undefined. */
async function siteOf(db: Db, mmSiteId: string): Promise<SiteRow | undefined> {
  return db.select().from(visitorSite).where(eq(visitorSite.mmSiteId, mmSiteId)).get();
}

const siteColumns = {
  mmSiteId: visitorSite.mmSiteId,
  shards: visitorSite.shards,
  /** Null without credentials. */
  revision: sql<number | null>`${revisionNow}`,
  lastError: credential.lastError,
};

/** Sites in the order of their ids, with the revision of their credentials; `only` one of them. */
async function listSites(db: Db, after: string, limit: number, only?: string) {
  return db
    .select(siteColumns)
    .from(visitorSite)
    .leftJoin(credential, credentialOfSite)
    .where(and(gt(visitorSite.mmSiteId, after), only === undefined ? undefined : eq(visitorSite.mmSiteId, only)))
    .orderBy(asc(visitorSite.mmSiteId))
    .limit(limit);
}

/** Every site with its shards. */
async function siteRows(db: Db): Promise<{ mmSiteId: string; shards: number }[]> {
  return db.select({ mmSiteId: visitorSite.mmSiteId, shards: visitorSite.shards }).from(visitorSite);
}

/** Sites whose object was not told of their newest credentials. */
async function untoldSites(db: Db, limit: number): Promise<{ mmSiteId: string; revision: number }[]> {
  return db
    .select({ mmSiteId: visitorSite.mmSiteId, revision: revisionNow })
    .from(visitorSite)
    .innerJoin(credential, credentialOfSite)
    .where(sql`${visitorSite.toldRevision} <> ${revisionNow}`)
    .limit(limit);
}

/** The present revision of a site's credentials: negative once deleted, 0 if there never were any. */
async function credentialRevision(db: Db, mmSiteId: string): Promise<number> {
  const row = await db
    .select({ revision: revisionNow })
    .from(credential)
    .where(eq(credential.name, NAME + mmSiteId))
    .get();
  return row?.revision ?? 0;
}

/** Notes that a site's object knows of this revision. */
async function noteTold(db: Db, mmSiteId: string, revision: number): Promise<void> {
  await db.update(visitorSite).set({ toldRevision: revision }).where(eq(visitorSite.mmSiteId, mmSiteId));
}

/** Writes elements to the quarantine; those that are there already stay. */
async function quarantine(db: Db, rows: readonly QuarantineRow[]): Promise<void> {
  const tuples = rows.map((r) => [r.id, r.at, r.integration, r.mmSiteId, r.reason, r.detail, r.element]);
  // Each is whole by itself: a body that fails half-way is pushed again and lies here once.
  for (const chunk of jsonChunks(tuples)) {
    await db.run(sql`
      INSERT INTO visitor_quarantine (id, at, integration, mm_site_id, reason, detail, element)
      SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6
      FROM json_each(${chunk}) WHERE true ON CONFLICT DO NOTHING`);
  }
}

/** Where a page of the quarantine ended. */
export interface QuarantinePlace {
  at: number;
  id: string;
}

/** The quarantine, newest first. */
async function listQuarantine(
  db: Db,
  site: string | undefined,
  before: QuarantinePlace | undefined,
  limit: number,
): Promise<QuarantineRow[]> {
  const behind: SQL | undefined =
    before === undefined
      ? undefined
      : or(
          lt(visitorQuarantine.at, before.at),
          and(eq(visitorQuarantine.at, before.at), lt(visitorQuarantine.id, before.id)),
        );
  return db
    .select()
    .from(visitorQuarantine)
    .where(and(site === undefined ? undefined : eq(visitorQuarantine.mmSiteId, site), behind))
    .orderBy(desc(visitorQuarantine.at), desc(visitorQuarantine.id))
    .limit(limit);
}

/** Those of these ids that are in quarantine. */
async function quarantined(db: Db, ids: readonly string[]): Promise<QuarantineRow[]> {
  return db
    .select()
    .from(visitorQuarantine)
    .where(sql`${visitorQuarantine.id} in (select value from json_each(${JSON.stringify(ids)}))`);
}

/** Takes elements out of the quarantine. */
async function release(db: Db, ids: readonly string[]): Promise<void> {
  await db
    .delete(visitorQuarantine)
    .where(sql`${visitorQuarantine.id} in (select value from json_each(${JSON.stringify(ids)}))`);
}

/** Deletes what has been in quarantine since before a time; a bounded number at once. */
async function forgetQuarantine(db: Db, beforeMs: number, limit: number): Promise<number> {
  const gone = await db
    .delete(visitorQuarantine)
    .where(
      sql`${visitorQuarantine.id} in (select id from visitor_quarantine where at < ${beforeMs} order by at limit ${limit})`,
    )
    .returning({ id: visitorQuarantine.id });
  return gone.length;
}

/** How many elements came into quarantine since a time, by reason and by site. */
async function quarantineCounts(
  db: Db,
  sinceMs = 0,
): Promise<{ reason: string; mmSiteId: string | null; n: number }[]> {
  return db
    .select({ reason: visitorQuarantine.reason, mmSiteId: visitorQuarantine.mmSiteId, n: sql<number>`count(*)` })
    .from(visitorQuarantine)
    .where(gte(visitorQuarantine.at, sinceMs))
    .groupBy(visitorQuarantine.reason, visitorQuarantine.mmSiteId);
}

/** The D1 functions of visitors. */
export const visitorData = {
  siteShards,
  siteOf,
  listSites,
  siteRows,
  untoldSites,
  credentialRevision,
  noteTold,
  quarantine,
  listQuarantine,
  quarantined,
  release,
  forgetQuarantine,
  quarantineCounts,
};

/** What the verbs are given of the database. */
export type VisitorData = typeof visitorData;
