// From the profiles of one message to the changes of each segment. Pure. Walked by hand and not by a schema: a body holds up
// to half a million changes. One profile that makes no sense is counted and costs its neighbours nothing.
import { AppError, invalid } from "../../../src/shared/errors.ts";
import { AUDIENCE_ID, BAD_MPID, NO_MPID, UNSAFE_INTEGER, isUnsafe, readMpid } from "../ids.ts";
import { namedSegment } from "./mparticle.ts";
import type { SegmentIdentity, Verb } from "../objects.ts";
import { plainName, segmentName } from "../segment-name.ts";

/** The most changes of one body: with 64-bit MPIDs about 11 MB. More would hold the isolate's memory for too long. */
export const MAX_CHANGES = 500_000;

/** The most segments of one message: each is a call, of which an invocation may make 10,000. */
export const MAX_SEGMENTS = 5_000;

/** Audiences' names go into descriptions at Split. */
const MAX_AUDIENCE_NAME = 200;

/** Why a change was not taken, as the metric `segment_ignored_total` labels it. */
export type IgnoredReason = "attribute_update" | "no_mpid" | "bad_mpid" | "no_segment" | "unknown_action";

/** What names a segment within its environment. */
export type SegmentNaming = Pick<SegmentIdentity, "segment" | "audienceId" | "audienceName" | "plainName">;

/** The changes of one segment, in their order: the MPIDs, and what is to be done with each. */
export interface SegmentChanges {
  naming: SegmentNaming;
  mpids: string[];
  verbs: Verb[];
}

/** What a message comes to. */
export interface Membership {
  segments: SegmentChanges[];
  ignored: Partial<Record<IgnoredReason, number>>;
}

/** An audience as it stood there, and the changes of its segment; null where nothing names one. */
interface AudienceRead {
  audience_id: unknown;
  audience_name: unknown;
  named: unknown;
  of: SegmentChanges | null;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const inProfiles = (n: number) => `user_profiles.${n}.mpid`;
const inMpids = (n: number) => `mpids.${n}`;

/** The id of an audience as text; null where there is none. Throws `invalid_request` for an unsafe integer. */
function audienceIdOf(value: unknown, path: () => string): string | null {
  if (isUnsafe(value)) throw invalid(path(), UNSAFE_INTEGER);
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && AUDIENCE_ID.test(text) ? text : null;
}

/** What an audience's segment is called; null where neither settings nor id and name tell. */
export function namingOf(audienceId: string | null, audienceName: unknown, settings: unknown): SegmentNaming | null {
  const named = namedSegment(settings);
  const full = typeof audienceName === "string" && audienceName !== "" ? audienceName : null;
  const shown = full?.slice(0, MAX_AUDIENCE_NAME) ?? null;
  if (named !== null) return { segment: named, audienceId, audienceName: shown, plainName: null };
  if (full === null || audienceId === null) return null;
  return { segment: segmentName(full, audienceId), audienceId, audienceName: shown, plainName: plainName(full) };
}

/** Groups the changes of a message by segment. Throws `body_too_large`, and `invalid_request` for unsafe integers. */
export function readMembership(profiles: unknown): Membership {
  const segments = new Map<string, SegmentChanges>();
  const ignored: Membership["ignored"] = {};
  const ignore = (reason: IgnoredReason) => void (ignored[reason] = (ignored[reason] ?? 0) + 1);
  const changesIn = (naming: SegmentNaming | null): SegmentChanges | null => {
    if (naming === null) return null;
    let one = segments.get(naming.segment);
    if (one === undefined) segments.set(naming.segment, (one = { naming, mpids: [], verbs: [] }));
    return one;
  };
  let last: AudienceRead = { audience_id: undefined, audience_name: undefined, named: undefined, of: null };
  let changes = 0;
  const all = listed(profiles);
  // Counted by hand: an iterator's pair for each of half a million changes is what this would spend most on.
  for (let n = 0; n < all.length; n++) {
    const profile = all[n];
    const { mpid, audiences } = isObject(profile) ? profile : {};
    const read = readMpid(mpid, inProfiles, n);
    const given = listed(audiences);
    for (let m = 0; m < given.length; m++) {
      const audience = given[m];
      if (!isObject(audience)) continue;
      const { action } = audience;
      if (action === "attribute_update") ignore(action);
      else if (action !== "add" && action !== "delete") ignore("unknown_action");
      else if (read === NO_MPID) ignore("no_mpid");
      else if (read === BAD_MPID) ignore("bad_mpid");
      else {
        const { audience_id, audience_name, audience_subscription_settings: settings } = audience;
        const named = isObject(settings) ? settings["segmentName"] : undefined;
        // Profiles of a message are mostly of one audience: it is read once.
        if (audience_id !== last.audience_id || audience_name !== last.audience_name || named !== last.named) {
          const id = audienceIdOf(audience_id, () => `user_profiles.${n}.audiences.${m}.audience_id`);
          last = { audience_id, audience_name, named, of: changesIn(namingOf(id, audience_name, settings)) };
        }
        if (last.of === null) ignore("no_segment");
        else {
          if (++changes > MAX_CHANGES || segments.size > MAX_SEGMENTS) throw tooMany();
          last.of.mpids.push(read);
          last.of.verbs.push(action);
        }
      }
    }
  }
  return { segments: [...segments.values()], ignored };
}

/**
 * The MPIDs of a batch as they stand there, and how many were none. Repeated ones stay: the buffer keeps one of each, and
 * finding them here would cost more than all the rest. Throws as `readMembership`, and for what is no list of MPIDs.
 */
export function readMpids(given: unknown): { mpids: string[]; dropped: number } {
  if (!Array.isArray(given)) throw invalid("mpids", "must be a list");
  if (given.length > MAX_CHANGES) throw tooMany();
  const mpids: string[] = [];
  let dropped = 0;
  for (const [n, value] of (given as unknown[]).entries()) {
    const read = readMpid(value, inMpids, n);
    if (typeof read === "string") mpids.push(read);
    else if (read === NO_MPID) dropped++;
    else throw invalid(inMpids(n), "is not an MPID");
  }
  return { mpids, dropped };
}

/** The MPIDs of each verb; of an MPID with both the last one counts. */
export function byVerb({ mpids, verbs }: Pick<SegmentChanges, "mpids" | "verbs">): Record<Verb, readonly string[]> {
  // Where there is one verb, the buffer keeps one of each by itself; a Map of texts costs more than reading them did.
  if (!verbs.includes("delete")) return { add: mpids, delete: [] };
  if (!verbs.includes("add")) return { add: [], delete: mpids };
  const sorted = { add: [] as string[], delete: [] as string[] };
  for (const [mpid, verb] of new Map(mpids.map((mpid, n) => [mpid, verbs[n]!]))) sorted[verb].push(mpid);
  return sorted;
}

function tooMany(): AppError {
  const detail = `A body holds at most ${MAX_CHANGES} membership changes, of at most ${MAX_SEGMENTS} segments.`;
  return new AppError("body_too_large", { retry: false, detail });
}
