// Stores and their domains in D1: lists for the operator and changes. A page costs one batch of four queries,
// whatever its size.
import { and, asc, eq, gt, lte, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { AuditEntry } from "../../../src/shared/audit/row.ts";
import { jsonEach } from "../../../src/shared/db/chunk.ts";
import type { Db, Statement } from "../../../src/shared/db/client.ts";
import type { NewRelation, RelationRow } from "./store-relations.ts";
import { insertRelations, relationColumns } from "./store-relations.ts";
import { insertRule, ruleStatements } from "./store-rules.ts";
import type { GuardedRule, NewRule } from "./store-rules.ts";
import { change, mustHold } from "./store-batch.ts";
import { currentVersion } from "./store-table.ts";
import { networkStore, rule, store, storeUrl } from "../tables.ts";

/** A store as an operator sees it. `rule` is the version valid at the moment asked for. */
export interface StoreRow {
  id: number;
  name: string;
  domains: string[];
  relations: RelationRow[];
  rule: { version: number; networkIds: number[]; startedAtMs: number; endedAtMs: number } | null;
}

export interface StoreQuery {
  /** Part of a name or domain, in lower case. */
  text?: string | undefined;
  /** Any of these is a domain of the store. */
  domains?: readonly string[] | undefined;
  /** A network with which the store has a relation in this state; joined unless another is named. */
  networkId?: number | undefined;
  /** A state in which the store has a relation. */
  state?: RelationRow["state"] | undefined;
  id?: number | undefined;
  afterId?: number | undefined;
  limit: number;
}

const inJson = (column: SQL | typeof store.id, values: readonly (string | number)[]): SQL =>
  sql`${column} in (select value from ${jsonEach(JSON.stringify(values))})`;

function conditions(query: StoreQuery): SQL | undefined {
  const { text, domains, networkId, state, id, afterId } = query;
  return and(
    id === undefined ? undefined : eq(store.id, id),
    afterId === undefined ? undefined : gt(store.id, afterId),
    text === undefined
      ? undefined
      : sql`(instr(lower(${store.name}), ${text}) > 0
          or exists (select 1 from store_url u where u.store_id = ${store.id} and instr(u.domain, ${text}) > 0))`,
    domains === undefined
      ? undefined
      : sql`exists (select 1 from store_url u where u.store_id = ${store.id} and ${inJson(sql`u.domain`, domains)})`,
    networkId === undefined && state === undefined
      ? undefined
      : sql`exists (select 1 from network_store n where n.store_id = ${store.id}
          and n.network_id = coalesce(${networkId ?? null}, n.network_id) and n.state = ${state ?? "joined"})`,
  );
}

/** The ids of such a list, as a set that other statements can ask with. */
export const storesOnPage = (query: StoreQuery): SQL =>
  sql`(select ${store.id} from ${store} where ${conditions(query) ?? sql`true`} order by ${store.id} limit ${query.limit})`;

/** Stores by id, with domains, relations and the rule valid at `nowMs`. */
export async function listStores(db: Db, query: StoreQuery, nowMs: number): Promise<StoreRow[]> {
  const these = storesOnPage(query);
  const [stores, domains, relations, rules] = await db.batch([
    db
      .select({ id: store.id, name: store.name })
      .from(store)
      .where(conditions(query))
      .orderBy(asc(store.id))
      .limit(query.limit),
    db
      .select()
      .from(storeUrl)
      .where(sql`${storeUrl.storeId} in ${these}`)
      .orderBy(asc(storeUrl.domain)),
    db
      .select(relationColumns)
      .from(networkStore)
      .where(sql`${networkStore.storeId} in ${these}`)
      .orderBy(asc(networkStore.id)),
    db
      .select()
      .from(rule)
      .where(and(sql`${rule.storeId} in ${these}`, lte(rule.startedAt, nowMs), gt(rule.endedAt, nowMs)))
      .orderBy(asc(rule.orderPriority)),
  ]);
  const rows = new Map<number, StoreRow>(stores.map((s) => [s.id, { ...s, domains: [], relations: [], rule: null }]));
  for (const { storeId, domain } of domains) rows.get(storeId)?.domains.push(domain);
  for (const relation of relations) rows.get(relation.storeId ?? 0)?.relations.push(relation);
  for (const { storeId, version, startedAt, endedAt, networkId } of rules) {
    const row = rows.get(storeId)!;
    row.rule ??= { version, networkIds: [], startedAtMs: startedAt, endedAtMs: endedAt };
    row.rule.networkIds.push(networkId);
  }
  return [...rows.values()];
}

/** One store, or null. */
export async function storeById(db: Db, id: number, nowMs: number): Promise<StoreRow | null> {
  return (await listStores(db, { id, limit: 1 }, nowMs))[0] ?? null;
}

/** Owners of those of the domains that are registered. */
export async function ownersOf(db: Db, domains: readonly string[]): Promise<{ domain: string; storeId: number }[]> {
  return db
    .select()
    .from(storeUrl)
    .where(inJson(sql`${storeUrl.domain}`, domains));
}

/** The next store id. Ids are never used twice: old clicks carry them. */
export async function nextStoreId(db: Db): Promise<number> {
  const row = await db.get<{ seq: number } | undefined>(sql`select seq from sqlite_sequence where name = 'store'`);
  return (row?.seq ?? 0) + 1;
}

function insertDomains(db: Db, storeId: number, domains: readonly string[]): Statement {
  return db.insert(storeUrl).select(sql`select value, ${storeId} from ${jsonEach(JSON.stringify(domains))}`);
}

/** A store to be, under an id that `nextStoreId` gave. */
export interface NewStore {
  id: number;
  name: string;
  domains: readonly string[];
  relations: readonly NewRelation[];
  rule: NewRule | null;
  createdAtMs: number;
}

/** Creates a store with all that belongs to it. `ChangeLost`: a domain was taken, or the id. */
export async function createStore(db: Db, made: NewStore, audit: AuditEntry): Promise<void> {
  const { id, name, createdAtMs } = made;
  const statements: Statement[] = [
    db.insert(store).values({ id, name, createdAt: createdAtMs, ruleVersion: currentVersion }),
    insertDomains(db, id, made.domains),
    insertRelations(db, id, made.relations, createdAtMs),
  ];
  if (made.rule !== null) statements.push(insertRule(db, made.rule));
  await change(db, statements, audit);
}

/** A change of a store: domains as they are registered. */
export interface StoreChange {
  name?: string | undefined;
  add: readonly string[];
  remove: readonly string[];
  /** Programmes that waited for a domain are joined with it. */
  settles?: { relationIds: readonly number[]; rule: GuardedRule | null; atMs: number } | undefined;
}

/** Changes name and domains. `ChangeLost`: a domain was taken, or the store is gone. */
export async function changeStore(db: Db, id: number, wanted: StoreChange, audit: AuditEntry): Promise<void> {
  const statements: Statement[] = [mustHold(db, sql`exists (select 1 from store where id = ${id})`)];
  if (wanted.name !== undefined) statements.push(db.update(store).set({ name: wanted.name }).where(eq(store.id, id)));
  if (wanted.remove.length > 0) {
    statements.push(
      db.delete(storeUrl).where(and(eq(storeUrl.storeId, id), inJson(sql`${storeUrl.domain}`, wanted.remove))),
    );
  }
  if (wanted.add.length > 0) statements.push(insertDomains(db, id, wanted.add));
  const { settles } = wanted;
  if (settles !== undefined) {
    statements.push(
      db
        .update(networkStore)
        .set({ state: "joined", since: settles.atMs, revision: sql`${networkStore.revision} + 1` })
        .where(and(eq(networkStore.state, "needs_domain"), inJson(sql`${networkStore.id}`, settles.relationIds))),
      ...(settles.rule === null ? [] : ruleStatements(db, settles.rule)),
    );
  }
  await change(db, statements, audit);
}

/** Deletes a store that nobody clicked on, as far as the daily totals know. `ChangeLost`: it has totals. */
export async function deleteStore(db: Db, id: number, audit: AuditEntry): Promise<void> {
  await change(
    db,
    [
      mustHold(db, sql`not exists (select 1 from clickout_total where store_id = ${id})`),
      db.delete(rule).where(eq(rule.storeId, id)),
      db.delete(networkStore).where(eq(networkStore.storeId, id)),
      db.delete(storeUrl).where(eq(storeUrl.storeId, id)),
      db.delete(store).where(eq(store.id, id)),
    ],
    audit,
  );
}
