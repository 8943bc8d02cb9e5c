// All that a buffer keeps on its disk, how changes come there, and the one question that concerns several of its tables: what is
// decided already.
import { Carried, CARRIED_TABLES } from "./carried.ts";
import { notOlder } from "./change.ts";
import type { Change, Encoded } from "./change.ts";
import { Journal, JOURNAL_TABLE } from "./journal.ts";
import { ORDER_MEMORY_TABLES, OrderMemory } from "./order-memory.ts";
import { Parked, PARKED_COMING_BACK, PARKED_TABLE } from "./parked.ts";
import type { ParkedChange } from "./parked.ts";
import type { Policy } from "./policy.ts";
import { migrate } from "./schema-version.ts";
import { STATE_TABLE } from "./state.ts";
import type { Store } from "./store.ts";

/** Append-only, as every list of migrations. */
const STEPS = [JOURNAL_TABLE, ORDER_MEMORY_TABLES, PARKED_TABLE, CARRIED_TABLES, STATE_TABLE, PARKED_COMING_BACK];

/** The tables of one buffer. */
export interface Disk<V> {
  store: Store;
  journal: Journal<V>;
  memory: OrderMemory;
  parked: Parked<V>;
  carried: Carried<V>;
}

/** Opens the tables, and makes those that are not there yet. */
export function openDisk<V>(store: Store, policy: Policy<V>): Disk<V> {
  migrate(store, "buffer", STEPS);
  const { orderMemoryMs, memoryPageChars, rowChanges } = policy.limits;
  return {
    store,
    journal: new Journal(store.sql, (value) => policy.kindOf(value), rowChanges),
    memory: new OrderMemory(store.sql, orderMemoryMs, memoryPageChars),
    parked: new Parked(store.sql),
    carried: new Carried(store.sql),
  };
}

/**
 * Appends to the journal what was encoded, all of it or nothing. `after` is the highest number used before; returns the highest
 * now.
 */
export function append<V>(
  { store, journal }: Disk<V>,
  parts: readonly Encoded[],
  nowMs: number,
  after: number,
): number {
  const rows = journal.rows(parts);
  const write = () => journal.append(rows, nowMs, after);
  // One row is whole by itself: a transaction would be two statements more.
  return rows.length === 1 ? write() : store.transaction(write);
}

/**
 * Of the newest change of each key: those that are still to be sent, those that came too late (`stale`), and those that were
 * sent or parked before, by a drain that was cut off (`done`).
 */
export function undecided<V>(
  { memory, parked }: Disk<V>,
  newest: ReadonlyMap<string, Change<V>>,
): { changes: Change<V>[]; stale: Change<V>[]; done: Change<V>[] } {
  const sent = memory.lastSent(newest.keys());
  const refused = parked.placesOf(newest.keys());
  const changes: Change<V>[] = [];
  const stale: Change<V>[] = [];
  const done: Change<V>[] = [];
  for (const change of newest.values()) {
    const refusal = refused.get(change.key);
    // One that comes back from parking is as good as new.
    const back = refusal?.comingBack === true && notOlder(change, refusal);
    const last = [sent.get(change.key), back ? undefined : refusal].find(
      (place) => place !== undefined && notOlder(place, change),
    );
    if (last === undefined) changes.push(change);
    else (notOlder(change, last) ? done : stale).push(change);
  }
  return { changes, stale, done };
}

/** What is known of one key. */
export interface KeyTrace<V> {
  waiting: Change<V> | null;
  parked: ParkedChange<V> | null;
  /** The event time of the newest change that was sent, as long as it is remembered. */
  sentEventMs: number | null;
}

/** Looks for one key; of what waits, through the front of the journal, `windowChanges` at most. */
export function traceOf<V>({ journal, memory, parked }: Disk<V>, key: string, windowChanges: number): KeyTrace<V> {
  return {
    waiting: journal.window(windowChanges).newest.get(key) ?? null,
    parked: parked.some([key])[0] ?? null,
    sentEventMs: memory.lastSent([key]).get(key)?.atMs ?? null,
  };
}
