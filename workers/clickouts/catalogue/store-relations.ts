// A store's ties to networks, and the networks themselves, in D1.
import { and, asc, eq, sql } from "drizzle-orm";
import type { AuditEntry } from "../../../src/shared/audit/row.ts";
import type { Db, Statement } from "../../../src/shared/db/client.ts";
import { NETWORK_IDS, NETWORKS } from "../networks.ts";
import type { Network } from "../networks.ts";
import { change, mustHold } from "./store-batch.ts";
import { network, networkStore } from "../tables.ts";

/** Settings of a relation; only direto has any. */
export interface RelationSettings {
  parameters?: Record<string, string>;
}

/** Columns of a relation, as lists select them. */
export const relationColumns = {
  id: networkStore.id,
  storeId: networkStore.storeId,
  networkId: networkStore.networkId,
  externalId: networkStore.externalId,
  settings: networkStore.settings,
  state: networkStore.state,
  since: networkStore.since,
};

/** A relation. `since`: when its state began, in milliseconds. */
export type RelationRow = Pick<typeof networkStore.$inferSelect, keyof typeof relationColumns>;

/** A relation to be; it begins joined. */
export interface NewRelation {
  networkId: number;
  externalId: string;
  settings: RelationSettings;
}

/** The statement that inserts relations of one store. */
export function insertRelations(db: Db, storeId: number, relations: readonly NewRelation[], nowMs: number): Statement {
  // All columns, in their order in the table; the id is given by it.
  return db.insert(networkStore).select(sql`
    select null, ${storeId}, value ->> 'networkId', value ->> 'externalId', value -> 'settings', 'joined', ${nowMs}, 1
    from json_each(${JSON.stringify(relations)})`);
}

/** One relation of a store, or null. */
export async function relationOf(db: Db, storeId: number, relationId: number): Promise<RelationRow | null> {
  const found = await db
    .select(relationColumns)
    .from(networkStore)
    .where(and(eq(networkStore.storeId, storeId), eq(networkStore.id, relationId)))
    .get();
  return found ?? null;
}

/** The relations of a store with one network, oldest first. */
export async function relationsWith(db: Db, storeId: number, networkId: number): Promise<RelationRow[]> {
  return db
    .select(relationColumns)
    .from(networkStore)
    .where(and(eq(networkStore.storeId, storeId), eq(networkStore.networkId, networkId)))
    .orderBy(asc(networkStore.id));
}

/** Adds a relation. `ChangeLost`: it exists, or the store is gone. */
export async function addRelation(
  db: Db,
  storeId: number,
  made: NewRelation,
  nowMs: number,
  audit: AuditEntry,
): Promise<void> {
  const known = mustHold(db, sql`exists (select 1 from store where id = ${storeId})`);
  await change(db, [known, insertRelations(db, storeId, [made], nowMs)], audit);
}

/** What of a relation may change. A new state begins at `since`. */
export type RelationChange = Partial<Pick<RelationRow, "externalId" | "settings" | "state" | "since">>;

/** Changes a relation under a new revision, so that no stored link of the old one is used. `ChangeLost` as `addRelation`. */
export async function changeRelation(
  db: Db,
  relationId: number,
  wanted: RelationChange,
  audit: AuditEntry,
): Promise<void> {
  await change(
    db,
    [
      mustHold(db, sql`exists (select 1 from network_store where id = ${relationId})`),
      db
        .update(networkStore)
        .set({ ...wanted, revision: sql`${networkStore.revision} + 1` })
        .where(eq(networkStore.id, relationId)),
    ],
    audit,
  );
}

/**
 * Removes a relation. `ChangeLost`: a present or scheduled rule of the store names its network, and no other joined relation
 * would serve it.
 */
export async function removeRelation(db: Db, relation: RelationRow, nowMs: number, audit: AuditEntry): Promise<void> {
  const { id, storeId, networkId } = relation;
  const unused = sql`not exists (select 1 from rule where store_id = ${storeId} and network_id = ${networkId}
      and ended_at > ${nowMs} and ended_at > started_at)
    or exists (select 1 from network_store where id = ${id} and state <> 'joined')
    or exists (select 1 from network_store where store_id = ${storeId} and network_id = ${networkId}
      and state = 'joined' and id <> ${id})`;
  await change(db, [mustHold(db, unused), db.delete(networkStore).where(eq(networkStore.id, id))], audit);
}

/** Which networks are switched on; a network without a row is. */
export async function enabledNetworks(db: Db): Promise<ReadonlyMap<Network, boolean>> {
  const rows = await db.select().from(network);
  return new Map(NETWORKS.map((name) => [name, rows.find((row) => row.name === name)?.enabled ?? true]));
}

/** Switches a network on or off for all stores. */
export async function setEnabled(db: Db, name: Network, enabled: boolean, audit: AuditEntry): Promise<void> {
  const row = db
    .insert(network)
    .values({ id: NETWORK_IDS[name], name, enabled })
    .onConflictDoUpdate({ target: network.id, set: { enabled } });
  await change(db, [row], audit);
}
