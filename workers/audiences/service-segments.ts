// Segments as the operator sees and handles them: the rows of D1 say which there are, the buffers how they stand now.
import { isoTime, utcDay } from "../../src/shared/clock.ts";
import { inTime } from "../../src/shared/deadline.ts";
import { notFound } from "../../src/shared/errors.ts";
import { decodeCursor, pageOf } from "../../src/shared/http/page.ts";
import type { Cursor } from "../../src/shared/http/page.ts";
import type { SegmentLook, SegmentState } from "./objects.ts";
import { parkedPosition, segmentPosition } from "./schema.ts";
import type { ParkedView, SegmentView } from "./schema.ts";
import { audited, reached, sixAtOnce } from "./service.ts";
import type { Operation } from "./service.ts";
import type { SegmentRow } from "./store-segments.ts";

/** A buffer that is slower is shown as it last told: at most a minute ago. */
const LOOK_WITHIN_MS = 2_000;
/** Objects that `/cache` wakes; an invocation may make 10,000 calls. */
const MAX_LOOKS = 5_000;
const CACHE_PAGE = 500;

/** What a list of segments may be narrowed by. */
export interface SegmentsFilter {
  workspaceId?: string | undefined;
  state?: SegmentState | undefined;
}

/** The row as a look: counts of a day that is over are none of today's. */
function lastTold(row: SegmentRow, nowMs: number): SegmentLook {
  const today = utcDay(row.reportedAt) === utcDay(nowMs);
  const { audienceId, state, pendingAdds, pendingDeletes, members, parked } = row;
  return {
    segment: row.target,
    audienceId,
    state,
    pendingAdds,
    pendingDeletes,
    members,
    parked,
    oldestPendingAtMs: row.oldestPendingAt,
    membersAtMs: row.membersAt,
    lastFlushAtMs: row.lastFlushAt,
    nextFlushAtMs: row.nextFlushAt,
    callsToday: today ? row.callsToday : 0,
    keysToday: today ? row.keysToday : 0,
  };
}

async function lookAt(op: Operation, row: SegmentRow): Promise<SegmentLook> {
  const live = await inTime(op.objects.buffer(row.id).look(), LOOK_WITHIN_MS).catch(() => null);
  return live ?? lastTold(row, op.deps.clock());
}

const time = (ms: number | null) => (ms === null ? null : isoTime(ms));

function viewOf(row: SegmentRow, look: SegmentLook): SegmentView {
  const { oldestPendingAtMs, membersAtMs, lastFlushAtMs, nextFlushAtMs, ...rest } = look;
  return {
    id: row.id,
    workspaceId: row.workspaceId,
    environmentId: row.environmentId,
    ...rest,
    oldestPendingAt: time(oldestPendingAtMs),
    membersAt: time(membersAtMs),
    lastFlushAt: time(lastFlushAtMs),
    nextFlushAt: time(nextFlushAtMs),
  };
}

/** Segments as they stand now. */
export async function looksAt(op: Operation, rows: readonly SegmentRow[]): Promise<SegmentView[]> {
  return await sixAtOnce(rows, async (row) => viewOf(row, await lookAt(op, row)));
}

/**
 * A page of segments by workspace, environment and name, each as it stands now; `live: false` as it last told instead. A page
 * may hold fewer than `limit` where a state has changed since.
 */
export async function listSegments(op: Operation, filter: SegmentsFilter, limit: number, cursor?: Cursor, live = true) {
  const after = decodeCursor(cursor, segmentPosition);
  const rows = await op.data.listSegments(op.db, { ...filter, after, limit: limit + 1 });
  const page = pageOf(rows, limit, (last) => [last.workspaceId, last.environmentId, last.segment]);
  const nowMs = op.deps.clock();
  const items = live ? await looksAt(op, page.items) : page.items.map((row) => viewOf(row, lastTold(row, nowMs)));
  const { state } = filter;
  return { ...page, items: state === undefined ? items : items.filter((item) => item.state === state) };
}

async function known(op: Operation, id: string): Promise<SegmentRow> {
  const row = await op.data.segmentById(op.db, id);
  if (row === null) throw notFound("This segment");
  return row;
}

/** One segment as it stands now. */
export async function getSegment(op: Operation, id: string): Promise<SegmentView> {
  const row = await known(op, id);
  return viewOf(row, await lookAt(op, row));
}

/** Sends at once what waits. */
export async function flushSegment(op: Operation, id: string): Promise<{ pending: number }> {
  await known(op, id);
  await op.data.audit(op.db, audited(op, "segment.flush", `segment:${id}`, null, null));
  return reached("segment", () => op.objects.buffer(id).flush());
}

/** Puts parked changes back: of these MPIDs, or all. */
export async function replaySegment(op: Operation, id: string, mpids: string[] | undefined) {
  await known(op, id);
  const after = { mpids: mpids === undefined ? "all" : mpids.length };
  await op.data.audit(op.db, audited(op, "segment.replay", `segment:${id}`, null, after));
  return reached("segment", () => op.objects.buffer(id).replay(mpids));
}

/** A page of parked changes by MPID. */
export async function listParked(op: Operation, id: string, limit: number, cursor?: Cursor) {
  const after = decodeCursor(cursor, parkedPosition) ?? null;
  await known(op, id);
  const rows = await reached("segment", () => op.objects.buffer(id).parked(after, limit + 1));
  const views = rows.map(({ atMs, ...row }): ParkedView => ({ ...row, at: isoTime(atMs) }));
  return pageOf(views, limit, (last) => last.mpid);
}

/** Sends a segment's changes to another name at Split from now on. Its id stays. */
export async function renameSegment(op: Operation, id: string, segmentName: string): Promise<SegmentView> {
  const row = await known(op, id);
  const [before, after] = [{ segmentName: row.target }, { segmentName }];
  await op.data.audit(op.db, audited(op, "segment.rename", `segment:${id}`, before, after));
  return viewOf(row, await reached("segment", () => op.objects.buffer(id).rename(segmentName)));
}

/** The lines of the compat door `/cache`: one for each buffer and verb with something to send. */
export async function cacheLines(op: Operation): Promise<string[]> {
  const hints = await op.data.keyHints(op.db);
  const lines: string[] = [];
  let afterId = "";
  for (let looks = 0; looks < MAX_LOOKS; looks += CACHE_PAGE) {
    const rows = await op.data.busySegments(op.db, afterId, CACHE_PAGE);
    const looked = await sixAtOnce(rows, async (row) => ({ row, look: await lookAt(op, row) }));
    for (const { row, look } of looked) {
      const buffer = `${hints.get(row.workspaceId) ?? ""}****:${row.workspaceId}:${row.environmentId}:${row.segment}`;
      if (look.pendingAdds > 0) lines.push(`${buffer}:add => ${look.pendingAdds}`);
      if (look.pendingDeletes > 0) lines.push(`${buffer}:delete => ${look.pendingDeletes}`);
    }
    if (rows.length < CACHE_PAGE) break;
    afterId = rows.at(-1)!.id;
  }
  return lines;
}
