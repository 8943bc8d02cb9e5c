// What a user of the buffer decides: how changes become calls, what an upstream's answer means, and how large things may grow.
import type { Change } from "./change.ts";

/** The whole buffer waits: the upstream is busy or away (`retry`), or a person has to act (`hold`: it keeps collecting). */
export type Stop =
  | { kind: "retry"; reason: string; retryAtMs?: number | undefined }
  | { kind: "hold"; reason: string; checkAtMs: number };

/** What became of one call. A call whose outcome is unknown (a timeout) is a `retry`: operations must be idempotent. */
export type Verdict =
  | { kind: "delivered" }
  /** Only this call waits (its group is carried over); for policies with `groupOf`. */
  | { kind: "retry_call"; reason: string; retryAtMs?: number | undefined }
  /** Refused for what it holds. `keys`: these offend; else it is halved until what offends stands alone, or `smallest` together. */
  | { kind: "refused"; reason: string; detail: string; keys?: readonly string[]; smallest?: number }
  | Stop;

/** What is to be done with the changes of a window. Each of them must stand in exactly one place. */
export interface Plan<V> {
  /** In the order in which they are begun; each is sent whole. */
  calls: Change<V>[][];
  /** Not to be sent now: set aside at once. */
  park?: { changes: Change<V>[]; reason: string; detail: string }[];
  /** Void by what the user knows (older than a removal, say). */
  stale?: Change<V>[];
}

/** What happened to changes, told inside the transaction that made it so. */
export type Fate<V> =
  | { kind: "delivered"; changes: readonly Change<V>[] }
  | { kind: "parked"; changes: readonly Change<V>[]; reason: string; detail: string }
  | { kind: "carried"; changes: readonly Change<V>[]; reason: string }
  | { kind: "stale"; changes: readonly Change<V>[] };

/** Sizes and times of one buffer. */
export interface Limits {
  /** A drain begins so long after the first change that waits. */
  flushAfterMs: number;
  /** Or at once when so many wait, which should fill a call. */
  flushAt: number;
  /** Changes that a drain reads at once; they are held in memory. */
  windowChanges: number;
  /** Calls under way at once; a platform allows six connections per object. */
  inFlight: number;
  /** How long a sent change keeps older ones out. */
  orderMemoryMs: number;
  /** What could not be sent for so long is parked; by default never. */
  giveUpAfterMs?: number;
  /** Sizes of rows, which have their reasons where they are used; a simulation makes them small to meet every path. */
  rowChanges?: number;
  memoryPageChars?: number;
}

/** See the head of this file. */
export interface Policy<V> {
  limits: Limits;
  /** The word under which a change is counted while it waits: `add`, `delete`. */
  kindOf: (value: V) => string;
  /** The group of a key, where one call carries all of a group and may fail by itself. */
  groupOf?: (key: string) => string;
  plan(changes: Change<V>[]): Plan<V>;
  /** What must be so upstream before any call; null when it is. */
  ready?(): Promise<Stop | null>;
  /** Makes one call. What it throws counts as a retry of the whole buffer. */
  send(changes: readonly Change<V>[]): Promise<Verdict>;
  observe?(fate: Fate<V>): void;
}
