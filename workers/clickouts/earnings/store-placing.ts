// Stores, relations and rules that a network's list touches, read and written in bulk: a portion is two reads and one batch,
// guarded by the routing version, so that it is decided anew when an operator was faster.
import { and, eq, gte, sql } from "drizzle-orm";
import { jsonEach } from "../../../src/shared/db/chunk.ts";
import type { Db, Statement } from "../../../src/shared/db/client.ts";
import type { Priority, Version } from "../catalogue/rules.ts";
import { mustHold } from "../catalogue/store-batch.ts";
import { countUp, currentVersion, isVersion } from "../catalogue/store-table.ts";
import { networkStore, routingVersion, rule, store, storeUrl } from "../tables.ts";
import type { Known, KnownStore, ProgrammePlan } from "./programme-plan.ts";

/** Who changes rules here. */
export const AUTHOR = "job:programmes";

const oneOf = (values: readonly (string | number)[]) => sql`(select value from ${jsonEach(JSON.stringify(values))})`;

/** What is known of these programmes' ids and hosts, with the routing version that it holds for. */
export async function knownOf(
  db: Db,
  networkId: number,
  externalIds: readonly string[],
  hosts: readonly string[],
  nowMs: number,
): Promise<Known & { version: number }> {
  const { id, storeId, externalId, state } = networkStore;
  const [versions, relations, owners] = await db.batch([
    db
      .select({
        version: routingVersion.version,
        lastStoreId: sql<number>`coalesce((select seq from sqlite_sequence where name = 'store'), 0)`,
      })
      .from(routingVersion),
    db
      .select({ id, storeId, externalId, state })
      .from(networkStore)
      .where(and(eq(networkStore.networkId, networkId), sql`${externalId} in ${oneOf(externalIds)}`)),
    db
      .select()
      .from(storeUrl)
      .where(sql`${storeUrl.domain} in ${oneOf(hosts)}`),
  ]);
  const tied = relations.flatMap((row) => (row.storeId === null ? [] : [{ ...row, storeId: row.storeId }]));
  const storeIds = [...new Set([...tied, ...owners].map((row) => row.storeId))];
  return {
    version: versions[0]?.version ?? 0,
    nextStoreId: (versions[0]?.lastStoreId ?? 0) + 1,
    relations: tied,
    owners: new Map(owners.map((row) => [row.domain, row.storeId])),
    stores: await storesOf(db, networkId, storeIds, nowMs),
  };
}

async function storesOf(
  db: Db,
  networkId: number,
  ids: readonly number[],
  nowMs: number,
): Promise<Map<number, KnownStore>> {
  if (ids.length === 0) return new Map();
  const these = oneOf(ids);
  const count = sql<number>`count(*)`;
  const joinedHere = sql`${networkStore.state} = 'joined' and ${networkStore.networkId} = ${networkId}`;
  const [domains, relations, rules] = await db.batch([
    db
      .select({ storeId: storeUrl.storeId, count })
      .from(storeUrl)
      .where(sql`${storeUrl.storeId} in ${these}`)
      .groupBy(storeUrl.storeId),
    db
      .select({
        storeId: networkStore.storeId,
        joined: sql<string>`json_group_array(case when ${joinedHere} then ${networkStore.id} end)`,
      })
      .from(networkStore)
      .where(sql`${networkStore.storeId} in ${these}`)
      .groupBy(networkStore.storeId),
    db
      .select()
      .from(rule)
      .where(and(sql`${rule.storeId} in ${these}`, gte(rule.endedAt, nowMs))),
  ]);
  const found = new Map(
    ids.map((id) => [
      id,
      { domains: 0, joined: [] as number[], versions: [] as (Version & { priorities: Priority[] })[] },
    ]),
  );
  for (const { storeId, count: n } of domains) found.get(storeId)!.domains = n;
  for (const row of relations) {
    const known = found.get(row.storeId ?? 0)!;
    known.joined = (JSON.parse(row.joined) as (number | null)[]).filter((id) => id !== null);
  }
  for (const row of rules) {
    const { versions } = found.get(row.storeId)!;
    let version = versions.find((one) => one.version === row.version);
    if (version === undefined) {
      const { startedAt: startedAtMs, endedAt: endedAtMs, createdAt: createdAtMs } = row;
      version = { version: row.version, startedAtMs, endedAtMs, createdAtMs, priorities: [] };
      versions.push(version);
    }
    version.priorities.push({ networkId: row.networkId, orderPriority: row.orderPriority });
  }
  return found;
}

/** Whether a plan changes anything that a redirect or an operator sees. */
export function changesAnything({
  newStores,
  newDomains,
  newRelations,
  states,
  dropped,
  rules,
}: ProgrammePlan): boolean {
  return [newStores, newDomains, newRelations, states, dropped, rules].some((list) => list.length > 0);
}

/** The statements of a plan that was made upon `version`. None where it changes nothing. */
export function writePlan(db: Db, networkId: number, plan: ProgrammePlan, version: number, nowMs: number): Statement[] {
  if (!changesAnything(plan)) return [];
  const made = plan.rules.flatMap(({ storeId, made: rows }) => (rows === null ? [] : [{ storeId, ...rows }]));
  const numberOf = (nth: unknown) => sql`${currentVersion} - ${made.length} + ${nth}`;
  const rows = (list: readonly unknown[]) => jsonEach(JSON.stringify(list));
  const statements: Statement[] = [mustHold(db, isVersion(version)), countUp(db, made.length + 1)];
  if (plan.newStores.length > 0) {
    const stores = rows(plan.newStores.map(({ id, name }) => [id, name]));
    statements.push(
      db.insert(store).select(sql`select value ->> 0, value ->> 1, ${nowMs}, 0 from ${stores} where true`),
    );
  }
  if (plan.dropped.length > 0) statements.push(...drop(db, plan.dropped));
  if (plan.newDomains.length > 0) {
    const domains = rows(plan.newDomains.map(({ domain, storeId }) => [domain, storeId]));
    statements.push(db.insert(storeUrl).select(sql`select value ->> 0, value ->> 1 from ${domains} where true`));
  }
  if (plan.newRelations.length > 0) {
    const relations = rows(plan.newRelations.map(({ storeId, externalId, state }) => [storeId, externalId, state]));
    statements.push(
      db.insert(networkStore).select(sql`
        select null, value ->> 0, ${networkId}, value ->> 1, '{}', value ->> 2, ${nowMs}, 1 from ${relations} where true`),
    );
  }
  for (const [state, list] of Map.groupBy(plan.states, (one) => one.state)) {
    // A new revision: no link that was stored for the relation before is used again.
    statements.push(
      db
        .update(networkStore)
        .set({ state, since: nowMs, revision: sql`${networkStore.revision} + 1` })
        .where(sql`${networkStore.id} in ${oneOf(list.map(({ id }) => id))}`),
    );
  }
  const ends = plan.rules.flatMap((one) => one.ends);
  if (ends.length > 0) {
    const list = JSON.stringify(ends.map((end) => [end.version, end.endedAtMs]));
    const end = sql`(select value ->> 1 from ${jsonEach(list)} where value ->> 0 = ${rule.version})`;
    statements.push(
      db
        .update(rule)
        .set({ endedAt: end })
        .where(sql`${rule.version} in ${oneOf(ends.map((one) => one.version))}`),
    );
  }
  if (made.length > 0) {
    const list = made.flatMap(({ storeId, priorities, interval, createdAtMs }, nth) =>
      priorities.map((one) => [
        nth + 1,
        storeId,
        one.networkId,
        one.orderPriority,
        interval.startedAtMs,
        interval.endedAtMs,
        createdAtMs,
      ]),
    );
    statements.push(
      db.insert(rule).select(sql`
        select ${numberOf(sql`(value ->> 0)`)}, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
          ${AUTHOR}, 'programmes', value ->> 6 from ${rows(list)} where true`),
    );
  }
  if (plan.rules.length > 0) {
    // The guard of operators who change the same rule now.
    statements.push(
      db
        .update(store)
        .set({ ruleVersion: currentVersion })
        .where(sql`${store.id} in ${oneOf(plan.rules.map(({ storeId }) => storeId))}`),
    );
  }
  return statements;
}

/** Deletes relations that waited for a domain, and their stores where they held nothing else and nobody clicked on them. */
function drop(db: Db, dropped: ProgrammePlan["dropped"]): Statement[] {
  const relationIds = dropped.map(({ relationId }) => relationId);
  const storeIds = dropped.map(({ storeId }) => storeId);
  const empty = ["network_store", "store_url", "rule", "clickout_total"].map(
    (table) => sql`not exists (select 1 from ${sql.identifier(table)} t where t.store_id = ${store.id})`,
  );
  return [
    db.delete(networkStore).where(sql`${networkStore.id} in ${oneOf(relationIds)}`),
    db.delete(store).where(and(sql`${store.id} in ${oneOf(storeIds)}`, ...empty)),
  ];
}
