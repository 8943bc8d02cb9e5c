// What of a segment's buffer people are told, and when D1's row of it must be renewed before its time. Pure.
import { MINUTE_MS } from "../../../src/shared/clock.ts";
import type { Change } from "../../../src/shared/durable/change.ts";
import type { MpidTrace, SegmentLook, Verb } from "../objects.ts";
import { NEARLY_FULL_MEMBERS } from "../split/members.ts";
import { parkedChange } from "./record.ts";
import type { SegmentRecord } from "./record.ts";

/** D1's row and gauges are renewed at most so often. */
export const TOLD_EVERY_MS = MINUTE_MS;

/** The sweep leaves a row alone for so long after its object meant to wake, and an idle row for so long after it was told. */
export const OVERDUE_AFTER_MS = 5 * MINUTE_MS;
export const IDLE_AFTER_MS = 10 * MINUTE_MS;

/** What a person must hear of at once: where it changes, D1's row is renewed before its time. */
export function alertOf({ state, parked, members }: Pick<SegmentLook, "state" | "parked" | "members">): string {
  return `${state} ${parked} ${(members ?? 0) >= NEARLY_FULL_MEMBERS}`;
}

/** Whether D1's row may stay as it is for now. */
export function toldLately(reported: SegmentRecord["reported"], look: SegmentLook, nowMs: number): boolean {
  if (reported === null || reported.dueAtMs === null || reported.alert !== alertOf(look)) return false;
  return nowMs - reported.atMs < TOLD_EVERY_MS;
}

/** Where an MPID stands, as an operator reads it; null where nothing is known of it. */
export function traced(trace: {
  waiting: Pick<Change<Verb>, "value"> | null;
  parked: (Change<Verb> & { reason: string; detail: string }) | null;
  sentEventMs: number | null;
}): MpidTrace | null {
  const { waiting, parked, sentEventMs } = trace;
  if (waiting === null && parked === null && sentEventMs === null) return null;
  return { waiting: waiting?.value ?? null, parked: parked === null ? null : parkedChange(parked), sentEventMs };
}
