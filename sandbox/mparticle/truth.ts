// Who is in which audience, by the newest acknowledged change of each person.
// Changes may be told in any order and more than once; time decides, and within a message its order.
import type { Message } from "./messages.ts";

/** Takes acknowledged messages and answers memberships. */
export interface MembershipTruth {
  acknowledge(message: Message): void;
  /** The audience was removed at that time: what was said before no longer counts. */
  forget(audienceId: number, timestampMs: number): void;
  members(audienceId: number): ReadonlySet<string>;
}

/** An empty truth. */
export function membershipTruth(): MembershipTruth {
  const newest = new Map<number, Map<string, { at: number; inside: boolean }>>();
  const removed = new Map<number, number>();
  return {
    acknowledge({ timestamp_ms: at, user_profiles: profiles = [] }) {
      for (const { mpid, audiences = [] } of profiles) {
        for (const { audience_id: id, action } of audiences) {
          if (mpid === undefined || action === "attribute_update" || at <= (removed.get(id) ?? 0)) continue;
          const people = newest.get(id) ?? new Map<string, { at: number; inside: boolean }>();
          newest.set(id, people);
          if (at >= (people.get(mpid)?.at ?? 0)) people.set(mpid, { at, inside: action === "add" });
        }
      }
    },
    forget(audienceId, timestampMs) {
      removed.set(audienceId, timestampMs);
      newest.delete(audienceId);
    },
    members(audienceId) {
      const people = newest.get(audienceId) ?? new Map<string, { at: number; inside: boolean }>();
      return new Set([...people].filter(([, { inside }]) => inside).map(([mpid]) => mpid));
    },
  };
}
