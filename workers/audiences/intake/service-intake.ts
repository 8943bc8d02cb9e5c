// Membership changes on their way to their buffers: one call per buffer, all at once, answered when all are on disk.
import { MINUTE_MS } from "../../../src/shared/clock.ts";
import { inTime } from "../../../src/shared/deadline.ts";
import { encodeRun } from "../../../src/shared/durable/encoding.ts";
import { log } from "../../../src/shared/telemetry/log.ts";
import { byVerb } from "./membership.ts";
import type { SegmentChanges, SegmentNaming } from "./membership.ts";
import type { MembershipChanges, SegmentIdentity, Verb } from "../objects.ts";
import type { AccountSettings } from "../schema.ts";
import { segmentId } from "../segment-name.ts";
import { reached, sixAtOnce } from "../service.ts";
import type { Operation } from "../service.ts";
import { mustSuspend, offerKey } from "../service-tenants.ts";
import type { NewSegment } from "../store-segments.ts";

/** A new buffer that tells nothing for so long is woken by the sweep. */
const FIRST_REPORT_MS = 5 * MINUTE_MS;
/** The row is for lists and the sweep, and the buffer writes it too: a slow D1 must not hold the answer up. */
const REGISTERED_WITHIN_MS = 1_000;

/** A buffer and what it is to take. */
interface Parcel {
  identity: SegmentIdentity;
  changes: MembershipChanges;
}

function encoded(mpids: Record<Verb, readonly string[]>, atMs: number): MembershipChanges {
  const run = (verb: Verb) => encodeRun({ value: verb, atMs, keys: mpids[verb] }, verb);
  return { atMs, parts: [...run("delete"), ...run("add")] };
}

/** Completes what a message says of a segment. */
export function identityOf(account: AccountSettings, naming: SegmentNaming): SegmentIdentity {
  const { workspaceId, environmentId, trafficTypeId } = account;
  return { workspaceId, environmentId, trafficTypeId, ...naming };
}

/** Writes the rows of buffers that have none yet. */
export async function register(op: Operation, made: readonly NewSegment[]): Promise<void> {
  if (made.length === 0) return;
  const nowMs = op.deps.clock();
  const written = op.data
    .registerSegments(op.db, made, nowMs, nowMs + FIRST_REPORT_MS)
    .catch((error: unknown) => log("segments_unregistered", { level: "warn", segments: made.length, error }));
  op.waitUntil(written);
  await inTime(written, REGISTERED_WITHIN_MS).catch(() => {});
}

async function put(op: Operation, { identity, changes }: Parcel): Promise<NewSegment | null> {
  const id = await segmentId(identity.workspaceId, identity.environmentId, identity.segment);
  const { registered } = await reached("segment", () => op.objects.buffer(id).put(identity, changes));
  const { workspaceId, environmentId, segment, audienceId } = identity;
  return registered ? null : { id, workspaceId, environmentId, segment, audienceId };
}

/**
 * Hands changes to their buffers and the key to its tenant. Resolves when all of them are on disk, and tells whether mParticle
 * should suspend. Throws 503 `busy` if one is not: the caller sends all of them again, and what was taken counts once.
 */
async function take(op: Operation, account: AccountSettings, parcels: readonly Parcel[]): Promise<boolean> {
  const [status, made] = await Promise.all([
    offerKey(op, account.workspaceId, account.apiKey),
    sixAtOnce(parcels, (parcel) => put(op, parcel)),
  ]);
  await register(
    op,
    made.filter((row) => row !== null),
  );
  return mustSuspend(op, status);
}

/** The changes of one mParticle message. */
export async function takeMembership(
  op: Operation,
  account: AccountSettings,
  segments: readonly SegmentChanges[],
  atMs: number,
): Promise<{ suspend: boolean }> {
  const parcels = segments.map((segment) => ({
    identity: identityOf(account, segment.naming),
    changes: encoded(byVerb(segment), atMs),
  }));
  return { suspend: await take(op, account, parcels) };
}

/** The changes of one body of the batch door, which names no audience and no time. */
export async function takeBatch(
  op: Operation,
  account: AccountSettings,
  segment: string,
  verb: "add" | "delete",
  mpids: readonly string[],
): Promise<void> {
  const identity = identityOf(account, { segment, audienceId: null, audienceName: null, plainName: null });
  const changes = encoded({ add: [], delete: [], [verb]: mpids }, op.deps.clock());
  await take(op, account, mpids.length === 0 ? [] : [{ identity, changes }]);
}
