// How membership changes become calls: all deletes, then all adds, so that room is made before it is taken. Pure.
import type { Change } from "../../../src/shared/durable/change.ts";
import { HOUR_MS, SECOND_MS } from "../../../src/shared/clock.ts";
import type { Limits, Plan } from "../../../src/shared/durable/policy.ts";
import type { Verb } from "../objects.ts";
import type { SegmentRecord } from "./record.ts";

/** Keys of one call (upstreams/split). */
const KEYS_PER_CALL = 10_000;

/** Changes of one drain: five full calls, some tens of megabytes in memory. */
const WINDOW_CHANGES = 50_000;

/** The word under which changes wait until there is room in the segment again. */
export const SEGMENT_FULL = "segment_full";

/** How large and how late a segment's buffer may grow. One call at a time: Split limits calls by organisation. */
export function limitsOf(settings: { segmentFlushSeconds: number; orderMemoryHours: number }): Limits {
  return {
    flushAfterMs: settings.segmentFlushSeconds * SECOND_MS,
    flushAt: KEYS_PER_CALL,
    windowChanges: WINDOW_CHANGES,
    inFlight: 1,
    orderMemoryMs: settings.orderMemoryHours * HOUR_MS,
  };
}

/** Plans one window. Changes of a segment that was removed since are void; adds to a full one wait for deletes. */
export function planCalls(changes: Change<Verb>[], record: Pick<SegmentRecord, "removedAtMs" | "full">): Plan<Verb> {
  const { no: live = [], yes: stale = [] } = sorted(changes, ({ atMs }) => atMs <= record.removedAtMs);
  const { no: adds = [], yes: deletes = [] } = sorted(live, ({ value }) => value === "delete");
  const sent = record.full ? [] : adds;
  return {
    calls: [...callsOf(deletes), ...callsOf(sent)],
    park:
      record.full && adds.length > 0 ? [{ changes: adds, reason: SEGMENT_FULL, detail: "The segment is full." }] : [],
    stale,
  };
}

function sorted<T>(all: readonly T[], is: (one: T) => boolean): Partial<Record<"yes" | "no", T[]>> {
  return Object.groupBy(all, (one) => (is(one) ? "yes" : "no"));
}

function callsOf<T>(changes: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(changes.length / KEYS_PER_CALL) }, (_, n) =>
    changes.slice(n * KEYS_PER_CALL, (n + 1) * KEYS_PER_CALL),
  );
}
