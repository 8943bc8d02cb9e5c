// The rows of segments in D1: registered by the doors or by the object itself, kept up to date by the object.
import { and, asc, eq, gt, isNotNull, lt, ne, sql } from "drizzle-orm";
import { jsonChunks, jsonEach } from "../../src/shared/db/chunk.ts";
import type { Db, Statement } from "../../src/shared/db/client.ts";
import type { SegmentIdentity, SegmentLook, SegmentState } from "./objects.ts";
import { segment } from "./tables.ts";

/** A row as it lies in D1. */
export type SegmentRow = typeof segment.$inferSelect;

/** A buffer to be registered, with its id. */
export type NewSegment = Pick<SegmentIdentity, "workspaceId" | "environmentId" | "segment" | "audienceId"> & {
  id: string;
};

/** A row's place in the list. */
export type SegmentPosition = readonly [workspaceId: string, environmentId: string, segment: string];

interface SegmentQuery {
  workspaceId?: string | undefined;
  state?: SegmentState | undefined;
  after?: SegmentPosition | undefined;
  limit: number;
}

/**
 * Rows of buffers that just took their first change: `creating`, due `dueAtMs`. A row that is there already stays. One
 * statement for thousands of buffers, so that a message of many audiences costs one round trip.
 */
export async function registerSegments(db: Db, made: readonly NewSegment[], nowMs: number, dueAtMs: number) {
  const rows = made.map((row) => [row.id, row.workspaceId, row.environmentId, row.segment, row.audienceId]);
  for (const json of jsonChunks(rows)) {
    await db.run(sql`
      insert into segment (id, workspace_id, environment_id, segment, target, audience_id, state, due_at, reported_at)
      select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 3, value ->> 4, 'creating', ${dueAtMs}, ${nowMs}
      from ${jsonEach(json)} where true on conflict do nothing`);
  }
}

/** What an object tells of itself, in one statement that also registers it. `dueAtMs` null: nothing waits. */
export function reportSegment(
  db: Db,
  made: NewSegment,
  look: SegmentLook,
  nowMs: number,
  dueAtMs: number | null,
): Statement {
  const told = {
    target: look.segment,
    audienceId: look.audienceId,
    state: look.state,
    pendingAdds: look.pendingAdds,
    pendingDeletes: look.pendingDeletes,
    oldestPendingAt: look.oldestPendingAtMs,
    members: look.members,
    membersAt: look.membersAtMs,
    lastFlushAt: look.lastFlushAtMs,
    nextFlushAt: look.nextFlushAtMs,
    callsToday: look.callsToday,
    keysToday: look.keysToday,
    parked: look.parked,
    dueAt: dueAtMs,
    reportedAt: nowMs,
  };
  const { id, workspaceId, environmentId } = made;
  return db
    .insert(segment)
    .values({ id, workspaceId, environmentId, segment: made.segment, ...told })
    .onConflictDoUpdate({ target: segment.id, set: told });
}

/** Forgets a segment whose tombstone has expired. */
export function forgetSegment(db: Db, id: string): Statement {
  return db.delete(segment).where(eq(segment.id, id));
}

/** Environments where another buffer's changes go to a segment of the same name in that workspace, which is one there. */
export async function environmentsOf(db: Db, workspaceId: string, target: string, exceptId: string): Promise<string[]> {
  const rows = await db
    .selectDistinct({ environmentId: segment.environmentId })
    .from(segment)
    .where(
      and(
        eq(segment.workspaceId, workspaceId),
        eq(segment.target, target),
        ne(segment.id, exceptId),
        ne(segment.state, "removed"),
      ),
    );
  return rows.map(({ environmentId }) => environmentId);
}

/** Ids of buffers that should have told something before `nowMs`, the longest overdue first. */
export async function overdueSegments(db: Db, nowMs: number, limit: number): Promise<string[]> {
  const rows = await db
    .select({ id: segment.id })
    .from(segment)
    .where(and(isNotNull(segment.dueAt), lt(segment.dueAt, nowMs)))
    .orderBy(asc(segment.dueAt))
    .limit(limit);
  return rows.map(({ id }) => id);
}

/** Rows by workspace, environment and name, after a position. */
export async function listSegments(db: Db, query: SegmentQuery): Promise<SegmentRow[]> {
  const { workspaceId, state, after } = query;
  return db
    .select()
    .from(segment)
    .where(
      and(
        workspaceId === undefined ? undefined : eq(segment.workspaceId, workspaceId),
        state === undefined ? undefined : eq(segment.state, state),
        after === undefined
          ? undefined
          : sql`(workspace_id, environment_id, segment) > (${after[0]}, ${after[1]}, ${after[2]})`,
      ),
    )
    .orderBy(asc(segment.workspaceId), asc(segment.environmentId), asc(segment.segment))
    .limit(query.limit);
}

/** One row, or null. */
export async function segmentById(db: Db, id: string): Promise<SegmentRow | null> {
  return (await db.select().from(segment).where(eq(segment.id, id)).get()) ?? null;
}

/** All rows of an audience: one, unless its name in the settings was changed. */
export async function segmentsOfAudience(
  db: Db,
  workspaceId: string,
  environmentId: string,
  audienceId: string,
): Promise<SegmentRow[]> {
  return db
    .select()
    .from(segment)
    .where(
      and(
        eq(segment.workspaceId, workspaceId),
        eq(segment.environmentId, environmentId),
        // The words of the partial index must stand here, or it is not used.
        isNotNull(segment.audienceId),
        eq(segment.audienceId, audienceId),
      ),
    );
}

/** Ids of rows that may hold something, in order of their ids, after one: whatever is due or was not empty when last told. */
export async function busySegments(db: Db, afterId: string, limit: number): Promise<SegmentRow[]> {
  return db
    .select()
    .from(segment)
    .where(and(gt(segment.id, afterId), isNotNull(segment.dueAt)))
    .orderBy(asc(segment.id))
    .limit(limit);
}
