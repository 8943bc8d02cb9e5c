// How a segment's changes flow: first the wish is made true at Split, then keys go, then members are counted. What is learned
// goes into the record. It makes no call by itself: all go through `SegmentCalls`.
import { HOUR_MS, MINUTE_MS } from "../../../src/shared/clock.ts";
import type { Clock } from "../../../src/shared/clock.ts";
import type { Change } from "../../../src/shared/durable/change.ts";
import type { Stop, Verdict } from "../../../src/shared/durable/policy.ts";
import type { Verb } from "../objects.ts";
import type { SegmentCalls } from "../split/segment-calls.client.ts";
import { MAX_MEMBERS } from "../split/split.client.ts";
import { SEGMENT_FULL } from "./plan.ts";
import { counted, removed, UNSEEN, untoldWarning, wishOpen } from "./record.ts";
import type { SegmentRecord } from "./record.ts";

/** Why keys wait that came for a segment that is removed; it looks again now and then, though a new wish ends it. */
export const REMOVED = "removed";
const REMOVED_CHECK_MS = HOUR_MS;
/** Split's count is asked for at most so often. */
const COUNTED_EVERY_MS = MINUTE_MS;

/** What the flow stands on. */
export interface FlowPort {
  segmentId: string;
  record: { readonly known: SegmentRecord; set(change: Partial<SegmentRecord>): void };
  calls: Pick<SegmentCalls, "ensure" | "remove" | "count" | "send">;
  /** Environments where another buffer fills the segment of this name in the workspace. */
  environmentsOf: (workspaceId: string, name: string) => Promise<readonly string[]>;
  /** Tells subscribers; rejects where it could not. */
  publish: (event: NonNullable<ReturnType<typeof untoldWarning>>) => Promise<unknown>;
  clock: Clock;
}

/** See the head of this file. */
export class SegmentFlow {
  readonly #port: FlowPort;
  /** Deletes went through since the last look for room. */
  #madeRoom = false;

  constructor(port: FlowPort) {
    this.#port = port;
  }

  /** Before any key goes: whose name, and the wish made true. */
  async ready(): Promise<Stop | null> {
    const { record, calls, clock } = this.#port;
    const unknown = await this.#findTarget();
    if (unknown !== null) return unknown;
    if (!wishOpen(record.known)) {
      return removed(record.known) ? { kind: "hold", reason: REMOVED, checkAtMs: clock() + REMOVED_CHECK_MS } : null;
    }
    const { identity, target, wish } = record.known;
    if (wish!.state === "deleted") return this.#remove();
    const stop = await calls.ensure(identity, target!);
    if (stop === null) record.set({ reality: "active" });
    return stop;
  }

  async #remove(): Promise<Stop | null> {
    const { record, calls, environmentsOf, clock } = this.#port;
    const { identity, target } = record.known;
    const others = await environmentsOf(identity.workspaceId, target!);
    // Where another buffer fills it in this very environment, it is that one's.
    const mine = !others.includes(identity.environmentId);
    const gone = mine ? await calls.remove(identity, target!, others.length > 0) : null;
    if (gone !== null && "kind" in gone) return gone;
    if (gone === null) record.set({ ...UNSEEN, reality: "deleted" });
    // A newer wish that came meanwhile is not refused.
    else if (record.known.wish?.state === "deleted") record.set({ refusal: { detail: gone.refused, atMs: clock() } });
    return null;
  }

  /** Decides once whether changes go to a segment that the replaced lambda made. */
  async #findTarget(): Promise<Stop | null> {
    const { record, calls } = this.#port;
    const { target, identity } = record.known;
    if (target !== null) return null;
    const members = await calls.count(identity, identity.plainName ?? identity.segment);
    if (typeof members === "object" && members !== null) return members;
    record.set({ target: members === null ? identity.segment : identity.plainName });
    return null;
  }

  /** Sends one call's changes; where Split does not know the segment, makes it once. */
  async send(changes: readonly Change<Verb>[]): Promise<Verdict> {
    const { record, calls, segmentId, clock } = this.#port;
    const { identity, target } = record.known;
    const comment = `sluice ${segmentId.slice(0, 8)} ${changes[0]!.seq}`;
    let verdict = await calls.send(identity, target!, changes, comment);
    if (verdict === "missing") {
      // Deleted behind our back, or never made; but a removal that came meanwhile must not be undone.
      if (record.known.wish?.state === "deleted") return { kind: "retry", reason: REMOVED, retryAtMs: clock() };
      const stop = await calls.ensure(identity, target!);
      if (stop !== null) return stop;
      verdict = await calls.send(identity, target!, changes, comment);
    }
    if (verdict === "missing") return { kind: "retry", reason: "segment_missing" };
    if (verdict.kind === "delivered") {
      this.#madeRoom ||= changes[0]!.value === "delete";
      if (record.known.reality === "unknown") record.set({ reality: "active" });
    }
    if (verdict.kind === "refused" && verdict.reason === SEGMENT_FULL) record.set({ full: true });
    return verdict;
  }

  /** Tells subscribers of a segment that became nearly full, once; where that fails, the next call tells them. */
  async warn(): Promise<void> {
    const { record, segmentId, publish } = this.#port;
    const warning = untoldWarning(segmentId, record.known);
    if (warning === null) return;
    await publish(warning);
    const { nearlyFull } = record.known;
    // A break that came meanwhile began another time of being nearly full.
    if (nearlyFull?.sinceMs === warning.atMs) record.set({ nearlyFull: { ...nearlyFull, told: true } });
  }

  /** After a drain, at most once a minute, counts the members. True where adds that found no room may be tried again. */
  async lookForRoom(drainedMs: number | null): Promise<boolean> {
    const { record, calls, clock } = this.#port;
    const { identity, target, reality, full, membersAtMs } = record.known;
    let room = full && this.#madeRoom;
    this.#madeRoom = false;
    const nowMs = clock();
    const due = (drainedMs ?? 0) > (membersAtMs ?? 0) && nowMs - (membersAtMs ?? 0) >= COUNTED_EVERY_MS;
    if (due && reality === "active" && target !== null) {
      const members = await calls.count(identity, target);
      if (typeof members === "number") {
        room ||= full && members < MAX_MEMBERS;
        record.set(counted(record.known, members, clock()));
      }
    }
    if (room) record.set({ full: false });
    return room;
  }
}
