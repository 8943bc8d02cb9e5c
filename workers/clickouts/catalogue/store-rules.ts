// Rule versions in D1: read, written under the guard of the store's rule version, ended. Never deleted.
import { and, asc, eq, gt, gte, lte, sql } from "drizzle-orm";
import type { AuditEntry } from "../../../src/shared/audit/row.ts";
import type { Db, Statement } from "../../../src/shared/db/client.ts";
import type { Priority, RulePlan, Version } from "./rules.ts";
import { change, mustHold } from "./store-batch.ts";
import { currentVersion } from "./store-table.ts";
import { rule, store } from "../tables.ts";

/** Who made a version, and on whose behalf. */
export type RuleCause = (typeof rule.$inferSelect)["cause"];

/** One version with its networks by priority. */
export interface RuleRow extends Version {
  storeId: number;
  priorities: Priority[];
  author: string;
  cause: RuleCause;
}

/** What a change is decided upon. `guard` must still be the same when it is written. */
export interface RuleState {
  guard: number;
  /** Those that have not ended. */
  versions: Version[];
}

interface RuleQuery {
  storeId?: number | undefined;
  atMs?: number | undefined;
  version?: number | undefined;
  /** Only older versions: the cursor. */
  beforeVersion?: number | undefined;
  limit: number;
}

/** Versions, newest first. `atMs` narrows to those valid at that instant. */
export async function listRules(db: Db, query: RuleQuery): Promise<RuleRow[]> {
  const { storeId, atMs, version, beforeVersion } = query;
  const rows = await db
    .select({
      version: rule.version,
      storeId: rule.storeId,
      startedAtMs: rule.startedAt,
      endedAtMs: rule.endedAt,
      createdAtMs: rule.createdAt,
      author: rule.author,
      cause: rule.cause,
      priorities: sql<string>`json_group_array(json_array(${rule.networkId}, ${rule.orderPriority}))`,
    })
    .from(rule)
    .where(
      and(
        storeId === undefined ? undefined : eq(rule.storeId, storeId),
        version === undefined ? undefined : eq(rule.version, version),
        beforeVersion === undefined ? undefined : sql`${rule.version} < ${beforeVersion}`,
        atMs === undefined ? undefined : and(lte(rule.startedAt, atMs), gt(rule.endedAt, atMs)),
      ),
    )
    .groupBy(rule.version)
    .orderBy(sql`${rule.version} desc`)
    .limit(query.limit);
  return rows.map((row) => ({ ...row, priorities: readPriorities(row.priorities) }));
}

function readPriorities(json: string): Priority[] {
  return (JSON.parse(json) as [number, number][])
    .map(([networkId, orderPriority]) => ({ networkId, orderPriority }))
    .toSorted((a, b) => a.orderPriority - b.orderPriority);
}

/** The rule valid at an instant, or null. */
export async function ruleAt(db: Db, storeId: number, atMs: number): Promise<RuleRow | null> {
  return (await listRules(db, { storeId, atMs, limit: 1 }))[0] ?? null;
}

/** What is planned from; null if there is no such store. */
export async function ruleState(db: Db, storeId: number, nowMs: number): Promise<RuleState | null> {
  const [stores, versions] = await db.batch([
    db.select({ guard: store.ruleVersion }).from(store).where(eq(store.id, storeId)),
    db
      .selectDistinct({
        version: rule.version,
        startedAtMs: rule.startedAt,
        endedAtMs: rule.endedAt,
        createdAtMs: rule.createdAt,
      })
      .from(rule)
      .where(and(eq(rule.storeId, storeId), gte(rule.endedAt, nowMs)))
      .orderBy(asc(rule.startedAt)),
  ]);
  return stores[0] === undefined ? null : { guard: stores[0].guard, versions };
}

/** A new version to write. */
export interface NewRule {
  storeId: number;
  priorities: readonly Priority[];
  interval: RulePlan["interval"];
  author: string;
  cause: RuleCause;
  createdAtMs: number;
}

/** The statement that inserts a version under the number which the batch got. */
export function insertRule(db: Db, made: NewRule): Statement {
  const { startedAtMs, endedAtMs } = made.interval;
  // All columns, in their order in the table.
  return db.insert(rule).select(sql`
    select ${currentVersion}, ${made.storeId}, value ->> 'networkId', value ->> 'orderPriority',
      ${startedAtMs}, ${endedAtMs}, ${made.author}, ${made.cause}, ${made.createdAtMs}
    from json_each(${JSON.stringify(made.priorities)})`);
}

function guarded(db: Db, storeId: number, guard: number, ends: RulePlan["ends"]): Statement[] {
  return [
    mustHold(db, sql`exists (select 1 from store where id = ${storeId} and rule_version = ${guard})`),
    ...ends.map(({ version, endedAtMs }) =>
      db.update(rule).set({ endedAt: endedAtMs }).where(eq(rule.version, version)),
    ),
    db.update(store).set({ ruleVersion: currentVersion }).where(eq(store.id, storeId)),
  ];
}

/** A change of a store's rule, and the guard that was read before it was decided. */
export interface GuardedRule {
  guard: number;
  ends: RulePlan["ends"];
  made: NewRule;
}

/** The statements of a rule's change, for a batch that changes more than the rule. */
export function ruleStatements(db: Db, { guard, ends, made }: GuardedRule): Statement[] {
  return [...guarded(db, made.storeId, guard, ends), insertRule(db, made)];
}

/** Ends versions and writes the new one, if nobody changed the store's rules since `guard` was read; else `ChangeLost`. */
export async function writeRule(
  db: Db,
  guard: number,
  ends: RulePlan["ends"],
  made: NewRule,
  audit: AuditEntry,
): Promise<number> {
  return change(db, ruleStatements(db, { guard, ends, made }), audit);
}

/** Moves ends only: a cancellation. Guarded as `writeRule`. */
export async function writeEnds(
  db: Db,
  storeId: number,
  guard: number,
  ends: RulePlan["ends"],
  audit: AuditEntry,
): Promise<void> {
  await change(db, guarded(db, storeId, guard, ends), audit);
}
