// What the Durable Objects of audiences promise to services, sweep and each other, as RPC. Types only: services know these
// doors and never the classes. Shapes stay compatible across one version, since old and new code run side by side at a deploy.

import type { Encoded } from "../../src/shared/durable/change.ts";

/** The verbs of a membership change. */
export type Verb = "add" | "delete";

/** States of a segment, as an operator reads them. `paused`: its tenant needs credentials. */
export const SEGMENT_STATES = ["creating", "active", "paused", "full", "removed"] as const;
export type SegmentState = (typeof SEGMENT_STATES)[number];

/** States of a tenant. */
export type TenantState = "ok" | "needs_credentials";

/** Which buffer is meant, and what it must know to make its segment at Split. Sent with each put and wish. */
export interface SegmentIdentity {
  workspaceId: string;
  environmentId: string;
  /** May differ from what was sent before: the newest counts. Needed only when the segment is made. */
  trafficTypeId: string;
  /** The name that callers use. With workspace and environment it is the buffer's id (`segment-name.ts`) and never changes. */
  segment: string;
  /** Null at the compat door, which knows no audiences. Once known it stays. */
  audienceId: string | null;
  /** For the description at Split. */
  audienceName: string | null;
  /**
   * The name that the replaced lambda gave. If a segment of this name is active in the environment when the buffer first
   * speaks to Split, changes go there (looked up once, remembered). Null where the settings named the segment.
   */
  plainName: string | null;
}

/**
 * Changes of one message for one segment, encoded by the caller: of callers there are many, of buffers one. No MPID is added
 * and deleted; it may be either twice.
 */
export interface MembershipChanges {
  /** Time of the event in ms: the message's `timestamp_ms`, or now where the caller has none. */
  atMs: number;
  parts: readonly Encoded[];
}

/** `registered`: the buffer knows that its row is in D1. If not, the caller writes it (`registerSegments`), many in one statement. */
export interface PutAnswer {
  taken: number;
  /** Older than what was taken or sent before: acknowledged, never sent. */
  stale: number;
  registered: boolean;
}

/** What a buffer tells of itself. Times in ms. */
export interface SegmentLook {
  /** The name at Split: that of the identity, unless the plain name was found there or an operator chose another. */
  segment: string;
  audienceId: string | null;
  state: SegmentState;
  pendingAdds: number;
  pendingDeletes: number;
  oldestPendingAtMs: number | null;
  members: number | null;
  membersAtMs: number | null;
  lastFlushAtMs: number | null;
  nextFlushAtMs: number | null;
  /** Upstream calls and keys sent since midnight UTC. */
  callsToday: number;
  keysToday: number;
  parked: number;
}

/** A change that Split refused for good. */
export interface ParkedChange {
  mpid: string;
  verb: Verb;
  reason: string;
  detail: string;
  atMs: number;
}

/** Where an MPID stands in a segment. Times in ms; a sent change is remembered for `ORDER_MEMORY_HOURS`. */
export interface MpidTrace {
  waiting: Verb | null;
  parked: ParkedChange | null;
  sentEventMs: number | null;
}

/** The object `SegmentBuffer`, addressed by the segment's id. Every promise resolves when what it did is on disk. */
export interface SegmentBufferDoor {
  /** Takes up to 500,000 changes (16 MB of MPIDs in one call). Never waits for Split, the tenant or D1. */
  put(identity: SegmentIdentity, changes: MembershipChanges): Promise<PutAnswer>;
  /** A durable wish, fulfilled at Split by the alarm. Of two wishes the newer by `atMs` holds; equal times: the later call. */
  want(identity: SegmentIdentity, state: "active" | "deleted", atMs: number): Promise<Pick<PutAnswer, "registered">>;
  /** Sends at once what waits; `pending` is how much that is. */
  flush(): Promise<{ pending: number }>;
  /** Puts parked changes back among the pending ones: those of these MPIDs, or all. */
  replay(mpids?: readonly string[]): Promise<{ replayed: number }>;
  /** Parked changes by MPID after `afterMpid`, at most `limit`. */
  parked(afterMpid: string | null, limit: number): Promise<ParkedChange[]>;
  /** What is known of one MPID here; null when nothing is. Writes nothing. */
  trace(mpid: string): Promise<MpidTrace | null>;
  /** Null when nothing is stored here (any more). Writes nothing. */
  look(): Promise<SegmentLook | null>;
  /** From now on changes go to the segment of this name, which is made at Split if it is not there. */
  rename(segment: string): Promise<SegmentLook>;
  /** Called by the tenant when its key works again. */
  resume(): Promise<void>;
  /** Called by the sweep for an overdue row: sets the alarm that was lost, or reports that nothing waits. */
  arm(): Promise<void>;
}

/** What a door needs to know of a tenant. */
export interface TenantStatus {
  state: TenantState;
  /** Since when it is in this state, ms. */
  sinceMs: number;
}

/** What a tenant tells of itself; never a key. */
export interface TenantLook extends TenantStatus {
  lastError: string | null;
}

/** The segment that a call is about: what it may do is tried again with this very segment. */
export interface CallPlace {
  segmentId: string;
  environmentId: string;
  /** The name at Split. */
  name: string;
}

/** Why a buffer may not call now. */
export type NoSlot =
  /** Paced, or another's 429: this time is reserved for the asker. */
  | { kind: "wait"; untilMs: number }
  /** All keys are refused. The tenant calls `resume` when one works; `checkAtMs` is only for a call that got lost. */
  | { kind: "needs_credentials"; checkAtMs: number }
  /** The key works elsewhere, but not for this segment: only its buffer waits. */
  | { kind: "forbidden"; checkAtMs: number; detail: string };

/** `keyId` names the key in `told`. `tell`: an acceptance must be told too, since the key has not proved itself yet. */
export type Slot = { kind: "go"; apiKey: string; keyId: string; tell: boolean } | NoSlot;

/** What a call that had a slot came to, where it concerns the tenant. Nothing else needs to be told. */
export type CallOutcome =
  /** Any answer of Split but 401, 403, 429, 5xx: the key was accepted. Where `tell`, or `spentUntilMs` is known. */
  | { kind: "accepted"; spentUntilMs?: number | undefined }
  /** 401, 403. */
  | { kind: "unauthorized"; status: string; detail: string }
  /** 429. */
  | { kind: "limited"; retryAtMs?: number | undefined };

/** The object `Tenant`, addressed by the workspace id. */
export interface TenantDoor {
  /**
   * A key that came in a message. Unknown: it becomes the candidate, sealed in D1 before this resolves, and is tried at once if
   * the tenant needs credentials. Known (good, candidate, or refused not long ago): nothing happens.
   */
  offer(apiToken: string): Promise<TenantStatus>;
  /** A key that an operator gives: the candidate, even where it was refused before; it is tried, and buffers resume at once. */
  replaceKey(apiToken: string): Promise<TenantStatus>;
  /** A slot for one call to Split, to be used at once. */
  slot(place: CallPlace): Promise<Slot>;
  /** What the call came to. `{kind: "again"}`: ask for another slot and repeat the call (another key is to be tried). */
  told(place: CallPlace, keyId: string, outcome: CallOutcome): Promise<{ kind: "again" } | NoSlot>;
  look(): Promise<TenantLook>;
  /** Called by the sweep for an overdue row: sets the alarm of the probe if it was lost. */
  arm(): Promise<void>;
}

/** How objects are reached: another implementation stands in where a service is tried alone. Take stubs anew for each use. */
export interface AudienceObjects {
  buffer(segmentId: string): SegmentBufferDoor;
  tenant(workspaceId: string): Omit<TenantDoor, "slot" | "told">;
}
