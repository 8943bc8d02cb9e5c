// Which shops a publisher has joined on a network, switchable while the simulator runs.
// It must only switch: what a network says about a shop that one has left is the simulator's own knowledge.
import type { Partner } from "./partners.ts";

/** The switch of one network. Ids are that network's own. */
export interface Membership {
  /** Joins a shop, also again; one that the network does not carry yet must come with name and domains. */
  join(id: string, shop?: Omit<Partner, "id">): boolean;
  /** Leaves a shop; false if the network does not carry it. */
  leave(id: string): boolean;
  /** Leaves the least number of shops that is more than half, the first of the list; answers their ids. */
  leaveMost(): string[];
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
  const joinedIds = () => partners.map(({ id }) => id).filter((id) => joined(id));
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
    leaveMost() {
      const all = joinedIds();
      const leaving = all.slice(0, Math.floor(all.length / 2) + 1);
      for (const id of leaving) switched.set(id, false);
      return leaving;
    },
    emptyListOnce() {
      emptyNext = true;
    },
    reset() {
      switched.clear();
      emptyNext = false;
    },
    joined,
    list: joinedIds,
    takeEmptyList() {
      const empty = emptyNext;
      emptyNext = false;
      return empty;
    },
  };
}
