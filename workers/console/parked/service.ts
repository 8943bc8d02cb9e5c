// What queues set aside: listed, and sent again.
import { isoTime } from "../../../src/shared/clock.ts";
import { database } from "../../../src/shared/db/client.ts";
import { decodeCursor, pageOf } from "../../../src/shared/http/page.ts";
import { listParked } from "../../../src/shared/queue/parked.ts";
import type { ParkedFilter, ParkedRow } from "../../../src/shared/queue/parked.ts";
import { replayParked } from "../../../src/shared/queue/replay.ts";
import type { Replay } from "../../../src/shared/queue/replay.ts";
import type { Change } from "../change.ts";
import { changedBy } from "../keys/service.ts";
import { parkedPosition } from "./schema.ts";
import type { ParkedItem } from "./schema.ts";

function itemOf({ parkedAt, replayedAt, ...row }: ParkedRow): ParkedItem {
  return { ...row, parkedAt: isoTime(parkedAt), replayedAt: replayedAt === null ? null : isoTime(replayedAt) };
}

/** A page of parked messages, the newest first. */
export async function parkedPage(env: Env, filter: ParkedFilter, limit: number, cursor: string | undefined) {
  const before = decodeCursor(cursor, parkedPosition);
  const rows = await listParked(database(env), { ...filter, before }, limit + 1);
  const { items, nextCursor } = pageOf(rows, limit, ({ parkedAt, id }) => ({ parkedAt, id }));
  return { items: items.map(itemOf), nextCursor };
}

/** Sends messages to their queues again; repeating it is harmless. */
export async function replay(change: Change, ids: readonly string[]): Promise<Replay> {
  return replayParked(change.env, database(change.env), ids, changedBy(change));
}
