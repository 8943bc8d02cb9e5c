// What the operator's pages ask of D1 besides the lists of the doors: sums of what buffers last told, and rows that need a look.
import { and, asc, count, desc, eq, gt, gte, inArray, min, ne, or, sum } from "drizzle-orm";
import type { Db } from "../../../src/shared/db/client.ts";
import { segment, tenant } from "../tables.ts";
import type { SegmentRow } from "../store-segments.ts";

/** All segments together, as they last told. */
export interface SegmentTotals {
  segments: number;
  pending: number;
  oldestPendingAt: number | null;
}

async function segmentTotals(db: Db): Promise<SegmentTotals> {
  const row = await db
    .select({
      segments: count(),
      adds: sum(segment.pendingAdds).mapWith(Number),
      deletes: sum(segment.pendingDeletes).mapWith(Number),
      oldestPendingAt: min(segment.oldestPendingAt),
    })
    .from(segment)
    .where(ne(segment.state, "removed"))
    .get();
  const { segments = 0, adds, deletes, oldestPendingAt = null } = row ?? {};
  return { segments, pending: (adds ?? 0) + (deletes ?? 0), oldestPendingAt };
}

/** Segments with parked changes, or with so many members that somebody should know; most parked first. */
async function segmentsInTrouble(db: Db, members: number, limit: number): Promise<SegmentRow[]> {
  return db
    .select()
    .from(segment)
    .where(
      or(
        gt(segment.parked, 0),
        and(ne(segment.state, "removed"), or(gte(segment.members, members), eq(segment.state, "full"))),
      ),
    )
    .orderBy(desc(segment.parked), desc(segment.members))
    .limit(limit);
}

/** Segments that are called so: by callers, at Split, by their audience, by their id. */
async function segmentsBearing(db: Db, text: string, limit: number): Promise<SegmentRow[]> {
  return db
    .select()
    .from(segment)
    .where(or(eq(segment.id, text), eq(segment.segment, text), eq(segment.target, text), eq(segment.audienceId, text)))
    .orderBy(asc(segment.workspaceId), asc(segment.environmentId), asc(segment.segment))
    .limit(limit);
}

/** Segments of workspaces whose key is refused. */
async function segmentsHeld(db: Db, limit: number): Promise<SegmentRow[]> {
  const held = db.select({ id: tenant.workspaceId }).from(tenant).where(eq(tenant.state, "needs_credentials"));
  return db
    .select()
    .from(segment)
    .where(inArray(segment.workspaceId, held))
    .orderBy(asc(segment.workspaceId), asc(segment.environmentId), asc(segment.segment))
    .limit(limit);
}

/** The segments that were last sent to, newest first. */
async function segmentsByUse(db: Db, limit: number): Promise<SegmentRow[]> {
  return db.select().from(segment).orderBy(desc(segment.lastFlushAt)).limit(limit);
}

/** The D1 functions of the pages. */
export const deskData = { segmentTotals, segmentsInTrouble, segmentsBearing, segmentsByUse, segmentsHeld };

/** What the pages' services are given of the database. */
export type DeskData = typeof deskData;
