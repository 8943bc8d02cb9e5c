// Reads the audit rows, newest first. Ids begin with their time, so a time filter is a range of ids.
import { and, desc, eq, gte, lt } from "drizzle-orm";
import type { Db } from "../db/client.ts";
import { firstIdAt } from "../ids.ts";
import { audit } from "./tables.ts";

/** A recorded change. */
export type AuditRow = typeof audit.$inferSelect;

/** What to list; times in milliseconds, `toMs` exclusive. */
export interface AuditFilter {
  actor?: string | undefined;
  action?: string | undefined;
  requestId?: string | undefined;
  fromMs?: number | undefined;
  toMs?: number | undefined;
  beforeId?: string | undefined;
}

/** Rows that match, newest first. */
export async function listAudit(db: Db, filter: AuditFilter, limit: number): Promise<AuditRow[]> {
  const { actor, action, requestId, fromMs, toMs, beforeId } = filter;
  return db
    .select()
    .from(audit)
    .where(
      and(
        actor === undefined ? undefined : eq(audit.actor, actor),
        action === undefined ? undefined : eq(audit.action, action),
        requestId === undefined ? undefined : eq(audit.requestId, requestId),
        fromMs === undefined ? undefined : gte(audit.id, firstIdAt("aud", fromMs)),
        toMs === undefined ? undefined : lt(audit.id, firstIdAt("aud", toMs)),
        beforeId === undefined ? undefined : lt(audit.id, beforeId),
      ),
    )
    .orderBy(desc(audit.id))
    .limit(limit);
}
