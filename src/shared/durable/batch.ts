// What the next drain sends: the front of the journal and the groups whose turn has come, the newest of each key, without
// what is decided. Changes of a group that waits for its turn join it here; nothing else is written.
import { keepNewest } from "./change.ts";
import type { Change } from "./change.ts";
import type { CarriedGroup } from "./carried.ts";
import { undecided } from "./disk.ts";
import type { Disk } from "./disk.ts";
import type { Policy } from "./policy.ts";

/** Groups that are taken up again in one drain for their time alone. */
const CARRIED_AT_ONCE = 500;

/** See the head of this file. */
export interface Batch<V> {
  changes: Change<V>[];
  stale: Change<V>[];
  /** Sent or parked by a drain that was cut off before it could clear up. */
  done: Change<V>[];
  /** The journal may go up to here once all of `changes` is decided. */
  upTo: number;
  /** How many changes of the journal that is. */
  read: number;
}

/** Reads the next batch of at most `maxChanges` of the journal; null when there is nothing to send. */
export function nextBatch<V>(disk: Disk<V>, policy: Policy<V>, maxChanges: number, nowMs: number): Batch<V> | null {
  const { newest, upTo, read } = disk.journal.window(maxChanges);
  const due = disk.carried.due(nowMs, CARRIED_AT_ONCE);
  if (read === 0 && due.length === 0) return null;
  const { groupOf } = policy;
  if (groupOf === undefined) return { ...undecided(disk, newest), upTo, read };
  const byGroup = Map.groupBy(newest.values(), ({ key }) => groupOf(key));
  const touched = disk.carried.of(byGroup.keys());
  const late = joinWaiting(disk, byGroup, touched, nowMs);
  const merged = new Map<string, Change<V>>();
  for (const { changes } of [...due, ...touched.filter(({ retryMs }) => retryMs <= nowMs)]) keepNewest(merged, changes);
  for (const changes of byGroup.values()) keepNewest(merged, changes);
  const { changes, stale, done } = undecided(disk, merged);
  return { changes, stale: [...late, ...stale], done, upTo, read };
}

/** Hands changes of groups that wait for their turn over to them. Returns those that came too late. */
function joinWaiting<V>(
  disk: Disk<V>,
  byGroup: Map<string, Change<V>[]>,
  touched: readonly CarriedGroup<V>[],
  nowMs: number,
): Change<V>[] {
  return disk.store.transaction(() => {
    const late: Change<V>[] = [];
    for (const carried of touched.filter(({ retryMs }) => retryMs > nowMs)) {
      const arrived = new Map(byGroup.get(carried.group)!.map((change) => [change.key, change]));
      const { changes, stale } = undecided(disk, arrived);
      // One that would grow too large for its row is sent now instead.
      if (!disk.carried.join(carried, changes)) continue;
      late.push(...stale);
      byGroup.delete(carried.group);
    }
    return late;
  });
}
