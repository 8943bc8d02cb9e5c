// What a segment's buffer remembers besides its changes: whose it is, what is wished and what is so at Split. Pure: state in,
// state out; the object writes it down.
import { DAY_MS, HOUR_MS } from "../../../src/shared/clock.ts";
import type { Change } from "../../../src/shared/durable/change.ts";
import { NEARLY_FULL_MEMBERS } from "../split/members.ts";
import type { ParkedChange, SegmentIdentity, SegmentLook, SegmentState, Verb } from "../objects.ts";

/** A durable wish. */
export interface Wish {
  state: "active" | "deleted";
  atMs: number;
}

/** One row of the object. */
export interface SegmentRecord {
  identity: SegmentIdentity;
  /** The name at Split; null until it was decided whether the plain name is there. */
  target: string | null;
  /** Null where only keys came: they make the segment when Split does not know it. */
  wish: Wish | null;
  /** What is so at Split, as far as we made it. */
  reality: "unknown" | "active" | "deleted";
  /** Split's words where it refused to delete the segment. */
  refusal: { detail: string; atMs: number } | null;
  /** Changes up to here belong to a segment that was removed: void. */
  removedAtMs: number;
  full: boolean;
  members: number | null;
  membersAtMs: number | null;
  /** Since when it has been nearly full without a break, and whether that was published; absent: it is not. */
  nearlyFull?: { sinceMs: number; told: boolean } | null;
  /** Calls and keys of one UTC day. */
  day: number;
  calls: number;
  keys: number;
  /** What D1's row says. */
  reported: { alert?: string; atMs: number; dueAtMs: number | null } | null;
}

/** What is known of the members of a segment that is another one now, or none. */
export const UNSEEN = { full: false, members: null, membersAtMs: null, nearlyFull: null } as const;

/** The record of a buffer that hears of its segment for the first time. */
export function newRecord(identity: SegmentIdentity): SegmentRecord {
  return {
    identity,
    target: identity.plainName === null ? identity.segment : null,
    wish: null,
    reality: "unknown",
    refusal: null,
    removedAtMs: 0,
    full: false,
    members: null,
    membersAtMs: null,
    day: 0,
    calls: 0,
    keys: 0,
    reported: null,
  };
}

/** The newest identity counts, but an audience that is known stays known. The same object if nothing changed. */
export function identified(record: SegmentRecord, identity: SegmentIdentity): SegmentRecord {
  const { audienceId, audienceName } = record.identity;
  const next = {
    ...identity,
    audienceId: identity.audienceId ?? audienceId,
    audienceName: identity.audienceName ?? audienceName,
  };
  const same = (Object.keys(next) as (keyof SegmentIdentity)[]).every((name) => next[name] === record.identity[name]);
  return same ? record : { ...record, identity: next };
}

/** A wish, unless a newer one stands. A removal makes all older changes void; a new wish makes a refused one forgotten. */
export function wished(record: SegmentRecord, wish: Wish): SegmentRecord {
  if (record.wish !== null && wish.atMs < record.wish.atMs) return record;
  const removedAtMs = wish.state === "deleted" ? Math.max(record.removedAtMs, wish.atMs) : record.removedAtMs;
  return { ...record, wish, removedAtMs, refusal: null };
}

/** Whether something has to be made so at Split. */
export function wishOpen({ wish, reality, refusal }: SegmentRecord): boolean {
  return wish !== null && refusal === null && wish.state !== reality;
}

/** Whether keys must wait: the segment is removed, or is to be. */
export function removed({ wish, refusal }: SegmentRecord): boolean {
  return wish?.state === "deleted" && refusal === null;
}

/** Whether nothing of a removed segment is needed any more. */
export function forgettable(record: SegmentRecord, nowMs: number, orderMemoryHours: number): boolean {
  const { wish, reality } = record;
  return removed(record) && reality === "deleted" && nowMs >= wish!.atMs + orderMemoryHours * HOUR_MS;
}

/** After a call with keys. */
export function called(record: SegmentRecord, keys: number, nowMs: number): SegmentRecord {
  const day = Math.floor(nowMs / DAY_MS);
  const before = day === record.day ? record : { calls: 0, keys: 0 };
  return { ...record, day, calls: before.calls + 1, keys: before.keys + keys };
}

/** After the members were counted. */
export function counted({ nearlyFull }: SegmentRecord, members: number, nowMs: number): Partial<SegmentRecord> {
  const warning = nearlyFull ?? { sinceMs: nowMs, told: false };
  return { members, membersAtMs: nowMs, nearlyFull: members >= NEARLY_FULL_MEMBERS ? warning : null };
}

/** What subscribers are to hear of a segment that became nearly full; null once they did, or if it is not. */
export function untoldWarning(segmentId: string, { nearlyFull, members }: SegmentRecord) {
  if (nearlyFull === undefined || nearlyFull === null || nearlyFull.told) return null;
  const { sinceMs } = nearlyFull;
  return { type: "segment.nearly_full", key: `${segmentId} ${sinceMs}`, atMs: sinceMs, data: { segmentId, members } };
}

/** What was called and sent on the day of `nowMs`. */
export function today({ day, calls, keys }: SegmentRecord, nowMs: number): { callsToday: number; keysToday: number } {
  const same = day === Math.floor(nowMs / DAY_MS);
  return { callsToday: same ? calls : 0, keysToday: same ? keys : 0 };
}

/** What the record needs to know of its buffer to be shown. */
interface Waiting {
  pending: Readonly<Record<string, number>>;
  oldestPendingMs: number | null;
  parked: Readonly<Record<string, number>>;
  stopped: { reason: string } | null;
  drainedMs: number | null;
  nextWakeMs: number | null;
}

/** What an operator sees. */
export function lookOf(record: SegmentRecord, waiting: Waiting, nowMs: number): SegmentLook {
  const { pending, parked, stopped } = waiting;
  return {
    segment: record.target ?? record.identity.segment,
    audienceId: record.identity.audienceId,
    state: stateOf(record, stopped?.reason === "needs_credentials"),
    pendingAdds: pending["add"] ?? 0,
    pendingDeletes: pending["delete"] ?? 0,
    oldestPendingAtMs: waiting.oldestPendingMs,
    members: record.members,
    membersAtMs: record.membersAtMs,
    lastFlushAtMs: waiting.drainedMs,
    nextFlushAtMs: waiting.nextWakeMs,
    ...today(record, nowMs),
    parked: Object.values(parked).reduce((sum, n) => sum + n, record.refusal === null ? 0 : 1),
  };
}

/** A parked change as an operator reads it. */
export function parkedChange(parked: Change<Verb> & { reason: string; detail: string }): ParkedChange {
  const { key, value, reason, detail, atMs } = parked;
  return { mpid: key, verb: value, reason, detail, atMs };
}

/** The deletion that Split refused, if there is one; it stands before all changes. */
export function refusedWish({ refusal }: SegmentRecord): ParkedChange[] {
  return refusal === null ? [] : [{ mpid: "", verb: "delete", reason: "segment_in_use", ...refusal }];
}

/** The state as an operator reads it. `paused`: the tenant needs credentials. */
export function stateOf(record: SegmentRecord, paused: boolean): SegmentState {
  if (removed(record)) return "removed";
  if (paused) return "paused";
  if (record.full) return "full";
  return record.reality === "active" ? "active" : "creating";
}
