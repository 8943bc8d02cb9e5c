// The rows that the routing table is made of, and the version that tells whether it is up to date. D1 only.
import { asc, eq, gt, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { Db, Statement } from "../../../src/shared/db/client.ts";
import { network, networkStore, routingVersion, rule, store, storeUrl } from "../tables.ts";

const ONE = 1;

/** The version inside a statement that stands behind `countUp` in the same batch. */
export const currentVersion: SQL<number> = sql`(select version from routing_version where id = 1)`;

/**
 * The statement that counts the routing version up; the first of every batch that changes what a redirect does. A batch that
 * writes several rule versions takes a number for each: `by`.
 */
export function countUp(db: Db, by = 1): Statement {
  return db
    .insert(routingVersion)
    .values({ id: ONE, version: by })
    .onConflictDoUpdate({ target: routingVersion.id, set: { version: sql`${routingVersion.version} + ${by}` } });
}

/** Whether the routing version is still this one: no change of any store, relation or rule came in between. */
export function isVersion(version: number): SQL {
  return sql`coalesce(${currentVersion}, 0) = ${version}`;
}

/** What is to be published and what was. All zero in a new deployment. */
export async function readRoutingVersion(db: Db): Promise<{ version: number; published: number; credentials: string }> {
  const row = await db.select().from(routingVersion).where(eq(routingVersion.id, ONE)).get();
  return row ?? { version: 0, published: 0, credentials: "" };
}

/** Notes that a version and its pointer are written. An older version than the noted one changes nothing. */
export async function markPublished(db: Db, version: number, credentials: string): Promise<void> {
  await db
    .insert(routingVersion)
    .values({ id: ONE, version, published: version, credentials })
    .onConflictDoUpdate({
      target: routingVersion.id,
      set: { published: version, credentials },
      setWhere: sql`${routingVersion.published} <= ${version}`,
    });
}

/** Everything of one instant: one transaction, five queries, whatever the number of stores. */
export async function readTableRows(db: Db, nowMs: number) {
  const [versions, networks, stores, domains, relations, rules] = await db.batch([
    db.select({ version: routingVersion.version }).from(routingVersion).where(eq(routingVersion.id, ONE)),
    db.select().from(network),
    db.select({ id: store.id, name: store.name }).from(store).orderBy(asc(store.id)),
    db.select().from(storeUrl).orderBy(asc(storeUrl.storeId), asc(storeUrl.domain)),
    db
      .select({
        id: networkStore.id,
        storeId: networkStore.storeId,
        networkId: networkStore.networkId,
        externalId: networkStore.externalId,
        settings: networkStore.settings,
        revision: networkStore.revision,
      })
      .from(networkStore)
      .where(eq(networkStore.state, "joined"))
      .orderBy(asc(networkStore.id)),
    db
      .select({
        storeId: rule.storeId,
        version: rule.version,
        networkId: rule.networkId,
        orderPriority: rule.orderPriority,
        startedAtMs: rule.startedAt,
        endedAtMs: rule.endedAt,
      })
      .from(rule)
      // A version that was cancelled before its start is valid at no instant.
      .where(sql`${gt(rule.endedAt, nowMs)} and ${rule.endedAt} > ${rule.startedAt}`)
      .orderBy(asc(rule.startedAt), asc(rule.version), asc(rule.orderPriority)),
  ]);
  return { version: versions[0]?.version ?? 0, networks, stores, domains, relations, rules };
}

/** Rows of the routing table as they lie in D1. */
export type TableRows = Awaited<ReturnType<typeof readTableRows>>;
