// How a store's rule versions follow each other in time. Pure: given the versions and a change, it says which rows end when.
// It never rewrites what was valid: an end is only ever moved between instants that have not come yet.
import { OPEN_END_MS } from "../redirect/table.ts";

/** One network of a rule; lower priorities are asked first. */
export interface Priority {
  networkId: number;
  orderPriority: number;
}

/** A version as far as time is concerned: valid in [startedAtMs, endedAtMs), at no instant if these are equal. */
export interface Version {
  version: number;
  startedAtMs: number;
  endedAtMs: number;
  createdAtMs: number;
}

/** What a change does to the rows: new ends of existing versions, and the interval of the new one. */
export interface RulePlan {
  /** The instant of the decision: no earlier than any other location's. It is when the new version was created. */
  presentMs: number;
  ends: { version: number; endedAtMs: number }[];
  interval: { startedAtMs: number; endedAtMs: number };
}

/** Why a change is refused. */
export type RuleRefusal = "past_start" | "start_too_late" | "changed";

/** Why a cancellation is refused. */
export type CancelRefusal = "unknown_version" | "started";

/** A wanted change. */
export interface RuleChange {
  /** Null: at once. */
  startedAtMs: number | null;
  /** Versions that the caller named in `If-Match`; null: the last writer wins. `*` stands for any. */
  ifMatch: readonly string[] | null;
}

/** The version valid at an instant. */
export function versionAt<V extends Version>(versions: readonly V[], atMs: number): V | null {
  return versions.find((v) => v.startedAtMs <= atMs && atMs < v.endedAtMs) ?? null;
}

/**
 * The store's present. Another location's clock may be milliseconds ahead: what it wrote has happened, so an immediate change
 * never comes before it (else it would be taken for a scheduled version, and the last writer would lose).
 */
export function presentOf(versions: readonly Version[], nowMs: number): number {
  return versions.reduce((latest, v) => Math.max(latest, v.createdAtMs), nowMs);
}

/** `If-Match` as a list of versions; null where there is none. Weak tags are taken as strong: proxies weaken them. */
export function parseIfMatch(header: string | null | undefined): string[] | null {
  if (header === null || header === undefined || header.trim() === "") return null;
  return header.split(",").map((tag) => tag.trim().replace(/^W\//, "").replaceAll('"', ""));
}

function names(ifMatch: readonly string[], version: Version | null): boolean {
  return version !== null && (ifMatch.includes("*") || ifMatch.includes(String(version.version)));
}

/**
 * Plans a new version. The version valid at its start ends there; one that is scheduled for the very same start gives way to
 * it; later ones are left alone, and the new one ends when the next of them starts.
 *
 * With `If-Match` the caller must have seen what he changes: the version that gives way if there is one, else the version
 * valid now or at the new start.
 */
export function planChange(versions: readonly Version[], change: RuleChange, nowMs: number): RulePlan | RuleRefusal {
  const presentMs = presentOf(versions, nowMs);
  if (change.startedAtMs !== null && change.startedAtMs < nowMs) return "past_start";
  const startMs = Math.max(change.startedAtMs ?? presentMs, presentMs);
  if (startMs >= OPEN_END_MS) return "start_too_late";
  const before = versionAt(versions, startMs);
  if (change.ifMatch !== null) {
    const givesWay = before !== null && before.startedAtMs === startMs && startMs > presentMs;
    const seen = givesWay ? [before] : [before, versionAt(versions, presentMs)];
    if (!seen.some((version) => names(change.ifMatch!, version))) return "changed";
  }
  const later = versions.filter((v) => v.startedAtMs > startMs && v.endedAtMs > v.startedAtMs);
  return {
    presentMs,
    ends: before === null ? [] : [{ version: before.version, endedAtMs: startMs }],
    interval: { startedAtMs: startMs, endedAtMs: Math.min(OPEN_END_MS, ...later.map((v) => v.startedAtMs)) },
  };
}

/** Priorities with a network that is asked last: its number is the highest. */
export function appended(present: readonly Priority[], networkId: number): Priority[] {
  const last = present.reduce((highest, { orderPriority }) => Math.max(highest, orderPriority), -1);
  const room = Number.isSafeInteger(last + 1);
  const before = room ? [...present] : present.map((one, orderPriority) => ({ ...one, orderPriority }));
  return [...before, { networkId, orderPriority: room ? last + 1 : before.length }];
}

/** Plans the cancellation of a scheduled version: the one before it goes on until the cancelled one would have ended. */
export function planCancel(
  versions: readonly Version[],
  version: number,
  nowMs: number,
): RulePlan["ends"] | CancelRefusal {
  const cancelled = versions.find((v) => v.version === version);
  if (cancelled === undefined) return "unknown_version";
  if (cancelled.startedAtMs <= presentOf(versions, nowMs)) return "started";
  if (cancelled.endedAtMs <= cancelled.startedAtMs) return "unknown_version";
  const ends = [{ version, endedAtMs: cancelled.startedAtMs }];
  const previous = versions.find((v) => v.endedAtMs === cancelled.startedAtMs && v.startedAtMs < v.endedAtMs);
  if (previous !== undefined) ends.push({ version: previous.version, endedAtMs: cancelled.endedAtMs });
  return ends;
}
