// Which shops a publisher has joined on a network, switchable while the simulator runs.
// It must only switch: what a network says about a shop that one has left is the simulator's own knowledge.
import type { Partner } from "./partners.ts";

/** The switch of one network. Ids are that network's own. */
export interface Membership {
  /** Joins a shop, also again; one that the network does not carry yet must come with name and domains. */
  join(id: string, shop?: Omit<Partner, "id">): boolean;
  /** Leaves a shop; false if the network does not carry it. */
  leave(id: string): boolean;
  /** Leaves every second shop, the first included, so more than half of an odd number; answers their ids. */
  leaveHalf(): string[];
  /** The next list that is asked for is empty, as networks' hiccups are. */
  emptyListOnce(): void;
  /** As it was in the beginning, but for shops that were added. */
  reset(): void;
  /** Whether the shop is joined; `otherwise` holds for one that was never switched. */
  joined(id: string, otherwise?: boolean): boolean;
  /** Ids of the joined shops, by the switch alone. */
  list(): string[];
  /** Asked by a door that lists: true once after `emptyListOnce`. */
  takeEmptyList(): boolean;
}

/** A switch over the simulator's own list of shops, which `join` may lengthen. */
export function createMembership(partners: Partner[]): Membership {
  const switched = new Map<string, boolean>();
  let emptyNext = false;
  const carries = (id: string) => partners.some((partner) => partner.id === id);
  const joined = (id: string, otherwise = true) => switched.get(id) ?? otherwise;
  return {
    join(id, shop) {
      if (!carries(id)) {
        if (shop === undefined) return false;
        partners.push({ ...shop, id });
      }
      switched.set(id, true);
      return true;
    },
    leave(id) {
      if (!carries(id)) return false;
      switched.set(id, false);
      return true;
    },
    leaveHalf() {
      const leaving = partners.filter((partner) => joined(partner.id)).filter((_, index) => index % 2 === 0);
      for (const { id } of leaving) switched.set(id, false);
      return leaving.map(({ id }) => id);
    },
    emptyListOnce() {
      emptyNext = true;
    },
    reset() {
      switched.clear();
      emptyNext = false;
    },
    joined,
    list: () => partners.map(({ id }) => id).filter((id) => joined(id)),
    takeEmptyList() {
      const empty = emptyNext;
      emptyNext = false;
      return empty;
    },
  };
}
