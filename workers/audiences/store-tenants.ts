// The rows of tenants in D1: what each `Tenant` object last told, for lists and for the sweep. No key stands here.
import { and, asc, count, eq, gt, isNotNull, lt, sql } from "drizzle-orm";
import type { Db, Statement } from "../../src/shared/db/client.ts";
import type { TenantLook } from "./objects.ts";
import { segment, tenant } from "./tables.ts";

/** A row as it lies in D1. */
export type TenantRow = typeof tenant.$inferSelect;

/** A tenant with what its segments last told. */
export interface TenantTotals extends TenantRow {
  segments: number;
  pending: number;
}

/** What an object tells of itself, in one statement; run it in one batch with the sealing of its keys. */
export function reportTenant(
  db: Db,
  workspaceId: string,
  look: TenantLook,
  keyHint: string,
  dueAtMs: number | null,
): Statement {
  const { state, sinceMs, lastError } = look;
  const told = { state, since: sinceMs, lastError, keyHint, dueAt: dueAtMs };
  return db
    .insert(tenant)
    .values({ workspaceId, ...told })
    .onConflictDoUpdate({ target: tenant.workspaceId, set: told });
}

/** Workspaces whose object should have told something before `nowMs`. */
export async function overdueTenants(db: Db, nowMs: number, limit: number): Promise<string[]> {
  const rows = await db
    .select({ workspaceId: tenant.workspaceId })
    .from(tenant)
    .where(and(isNotNull(tenant.dueAt), lt(tenant.dueAt, nowMs)))
    .orderBy(asc(tenant.dueAt))
    .limit(limit);
  return rows.map(({ workspaceId }) => workspaceId);
}

/** Tenants by workspace after `afterId`, with the sums of their segments; `only` one of them. */
export async function listTenants(db: Db, limit: number, afterId = "", only?: string): Promise<TenantTotals[]> {
  const rows = await db
    .select({
      row: tenant,
      segments: count(segment.id),
      pending: sql<number>`coalesce(sum(${segment.pendingAdds} + ${segment.pendingDeletes}), 0)`,
    })
    .from(tenant)
    .leftJoin(segment, eq(segment.workspaceId, tenant.workspaceId))
    .where(and(gt(tenant.workspaceId, afterId), only === undefined ? undefined : eq(tenant.workspaceId, only)))
    .groupBy(tenant.workspaceId)
    .orderBy(asc(tenant.workspaceId))
    .limit(limit);
  return rows.map(({ row, segments, pending }) => ({ ...row, segments, pending }));
}

/** What `/cache` shows of each workspace's key. */
export async function keyHints(db: Db): Promise<Map<string, string>> {
  const rows = await db.select({ workspaceId: tenant.workspaceId, keyHint: tenant.keyHint }).from(tenant);
  return new Map(rows.map(({ workspaceId, keyHint }) => [workspaceId, keyHint]));
}
