// A file of stores in D1: its rows are staged, checked against each other and the catalogue there, and applied in one
// transaction however many they are. Until then nothing of it is seen, and afterwards nothing of it is missing.
import { and, eq, sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import type { AuditEntry } from "../../../src/shared/audit/row.ts";
import { jsonChunks, jsonEach } from "../../../src/shared/db/chunk.ts";
import { together } from "../../../src/shared/db/client.ts";
import type { Db, Statement } from "../../../src/shared/db/client.ts";
import { networkStore, routingVersion, rule, store, storeImportRow, storeImportStore, storeUrl } from "../tables.ts";
import type { ImportRow, LineError } from "./import-file.ts";
import { change, mustHold } from "./store-batch.ts";
import { countUp, currentVersion, isVersion } from "./store-table.ts";

/** What an import brings that is not there yet. */
export interface ImportCounts {
  stores: number;
  relations: number;
  rules: number;
}

/** An import looked at; `version` is the routing version for which it holds. */
export interface PlannedImport extends ImportCounts {
  version: number;
  errors: LineError[];
  lastStoreId: number;
  /** Domains that no store has yet. */
  domains: number;
}

/** Errors that are told of one check. */
const MAX_ERRORS = 1_000;

/** Rows of an import with the stores that they mean. */
const ROWS = (importId: string) => sql`store_import_row r join store_import_store s
  on s.import_id = r.import_id and s.name = r.name where r.import_id = ${importId}`;

/** Stores of an import that have no present or scheduled rule, with what the file says of their first one. */
const PRIORITIES = (importId: string, nowMs: number) => sql`select distinct s.store_id, r.network_id, r.priority
  from ${ROWS(importId)} and r.priority is not null and not exists (select 1 from rule x
    where x.store_id = s.store_id and x.ended_at > ${nowMs} and x.ended_at > x.started_at)`;

/** Domains of an import that no store has. */
const DOMAINS = (importId: string) => sql`select distinct r.domain, s.store_id
  from ${ROWS(importId)} and not exists (select 1 from store_url x where x.domain = r.domain)`;

/** Relations of an import that are not there. */
const RELATIONS = (importId: string) => sql`select distinct s.store_id, r.network_id, r.external_id
  from ${ROWS(importId)} and r.network_id is not null and not exists (select 1 from network_store x
    where x.store_id = s.store_id and x.network_id = r.network_id and x.external_id = r.external_id)`;

/** Puts rows aside. Some 10,000 rows make a statement. */
export async function stageRows(db: Db, importId: string, rows: readonly ImportRow[]): Promise<void> {
  const values = rows.map((row) => [row.line, row.name, row.domain, row.networkId, row.externalId, row.priority]);
  const statements = [...jsonChunks(values)].map((json) =>
    db.insert(storeImportRow).select(
      sql`select ${importId}, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
        from ${jsonEach(json)} where true`,
    ),
  );
  await together(db, statements);
}

function discarded(db: Db, importId: string): Statement[] {
  return [
    db.delete(storeImportRow).where(eq(storeImportRow.importId, importId)),
    db.delete(storeImportStore).where(eq(storeImportStore.importId, importId)),
  ];
}

/** Forgets the rows of an import. */
export async function discardImport(db: Db, importId: string): Promise<void> {
  await together(db, discarded(db, importId));
}

/** Decides which store each name means, and finds what contradicts itself or the catalogue. One batch. */
export async function planImport(db: Db, importId: string, nowMs: number): Promise<PlannedImport> {
  const mine = sql`import_id = ${importId}`;
  const lastStoreId = sql<number>`coalesce((select seq from sqlite_sequence where name = 'store'), 0)`;
  const count = (rows: SQL) => db.select({ n: sql<number>`(select count(*) from (${rows}))` }).from(routingVersion);
  const fault = (rows: SQL) =>
    db
      .select({ line: sql<number>`line`, message: sql<string>`message` })
      .from(sql`(${rows})`)
      .limit(MAX_ERRORS);
  const results = await db.batch([
    db.delete(storeImportStore).where(eq(storeImportStore.importId, importId)),
    db.insert(storeImportStore).select(sql`
      select ${importId}, r.name, min(u.store_id), 0 from store_import_row r join store_url u on u.domain = r.domain
      where r.import_id = ${importId} group by r.name`),
    db.insert(storeImportStore).select(sql`
      select ${importId}, name, ${lastStoreId} + row_number() over (order by min(line)), 1 from store_import_row
      where ${mine} and name not in (select name from store_import_store where ${mine}) group by name`),
    // A deployment whose catalogue was never touched has no version yet; an import needs one to count from.
    db.insert(routingVersion).values({ id: 1, version: 0 }).onConflictDoNothing(),
    db.select({ version: routingVersion.version, lastStoreId }).from(routingVersion),
    count(sql`select 1 from store_import_store where ${mine} and fresh`),
    count(DOMAINS(importId)),
    count(RELATIONS(importId)),
    count(sql`select distinct store_id from (${PRIORITIES(importId, nowMs)})`),
    fault(sql`select max(line) as line, 'domain: ' || domain || ' stands under two names' as message
      from store_import_row where ${mine} group by domain having count(distinct name) > 1`),
    fault(sql`select max(r.line) as line, 'name: the domains of ' || r.name || ' belong to the stores ' || min(u.store_id)
        || ' and ' || max(u.store_id) as message
      from store_import_row r join store_url u on u.domain = r.domain
      where r.import_id = ${importId} group by r.name having count(distinct u.store_id) > 1`),
    fault(sql`select max(r.line) as line, 'priority: ' || max(r.name) || ' gives a network two priorities' as message
      from ${ROWS(importId)} and r.priority is not null
      group by s.store_id, r.network_id having count(distinct r.priority) > 1`),
    fault(sql`select max(r.line) as line, 'priority: ' || max(r.name) || ' gives two networks the priority ' || r.priority as message
      from ${ROWS(importId)} and r.priority is not null
      group by s.store_id, r.priority having count(distinct r.network_id) > 1`),
  ]);
  const [, , , , versions, stores, domains, relations, rules, ...faults] = results;
  return {
    version: versions[0]?.version ?? 0,
    lastStoreId: versions[0]?.lastStoreId ?? 0,
    stores: stores[0]?.n ?? 0,
    domains: domains[0]?.n ?? 0,
    relations: relations[0]?.n ?? 0,
    rules: rules[0]?.n ?? 0,
    errors: faults.flat(),
  };
}

/**
 * Applies a planned import: all of it and its audit row, or none and a `ChangeLost` where anything changed since it was planned.
 * Names, relations and rules that are there stay as they are.
 */
export async function applyImport(
  db: Db,
  importId: string,
  plan: PlannedImport,
  author: string,
  endMs: number,
  audit: AuditEntry,
): Promise<void> {
  const nowMs = audit.at;
  const statements: Statement[] = [mustHold(db, isVersion(plan.version + 1)), countUp(db, plan.rules)];
  statements.push(
    db.insert(store).select(sql`
      select store_id, name, ${nowMs}, 0 from store_import_store where import_id = ${importId} and fresh`),
    db.insert(storeUrl).select(DOMAINS(importId)),
    db.insert(networkStore).select(sql`
      select null, store_id, network_id, external_id, '{}', 'joined', ${nowMs}, 1 from (${RELATIONS(importId)})`),
    // Each store's rule has a version of its own: the last ones that the count gave.
    db.insert(rule).select(sql`
      select ${currentVersion} - ${plan.rules} + dense_rank() over (order by store_id), store_id, network_id, priority,
        ${nowMs}, ${endMs}, ${author}, 'operator', ${nowMs} from (${PRIORITIES(importId, nowMs)})`),
    db
      .update(store)
      .set({ ruleVersion: currentVersion })
      .where(
        and(
          sql`${plan.rules} > 0`,
          sql`${store.id} in (select store_id from rule where version > ${currentVersion} - ${plan.rules})`,
        ),
      ),
    ...discarded(db, importId),
  );
  await change(db, statements, audit);
}
