// From the profiles of one message to the changes of each segment. Pure. Walked by hand and not by a schema: a body holds up
// to half a million changes. One profile that makes no sense is counted and costs its neighbours nothing.
import { AppError, invalid } from "../../../src/shared/errors.ts";
import { AUDIENCE_ID, UNSAFE_INTEGER, isUnsafe, readMpid } from "../ids.ts";
import { namedSegment } from "./mparticle.ts";
import type { MembershipChanges, SegmentIdentity, Verb } from "../objects.ts";
import { plainName, segmentName } from "../segment-name.ts";

/** The most changes of one body: with 64-bit MPIDs about 11 MB. More would hold the isolate's memory for too long. */
export const MAX_CHANGES = 500_000;

/** Audiences' names go into descriptions at Split. */
const MAX_AUDIENCE_NAME = 200;

/** Why a change was not taken, as the metric `segment_ignored_total` labels it. */
export type IgnoredReason = "attribute_update" | "no_mpid" | "bad_mpid" | "no_segment" | "unknown_action";

/** What names a segment within its environment. */
export type SegmentNaming = Pick<SegmentIdentity, "segment" | "audienceId" | "audienceName" | "plainName">;

/** The changes of one segment. */
export interface SegmentChanges {
  naming: SegmentNaming;
  /** The last verb of each MPID. */
  verbs: Map<string, Verb>;
}

/** What a message comes to. */
export interface Membership {
  segments: SegmentChanges[];
  ignored: Partial<Record<IgnoredReason, number>>;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const listed = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

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
  let changes = 0;
  for (const [n, profile] of listed(profiles).entries()) {
    const { mpid, audiences } = isObject(profile) ? profile : {};
    const read = readMpid(mpid, () => `user_profiles.${n}.mpid`);
    for (const [m, audience] of listed(audiences).entries()) {
      if (!isObject(audience)) continue;
      const { action } = audience;
      if (action === "attribute_update") ignore(action);
      else if (action !== "add" && action !== "delete") ignore("unknown_action");
      else if ("fault" in read) ignore(read.fault);
      else {
        const id = audienceIdOf(audience["audience_id"], () => `user_profiles.${n}.audiences.${m}.audience_id`);
        const naming = namingOf(id, audience["audience_name"], audience["audience_subscription_settings"]);
        if (naming === null) ignore("no_segment");
        else {
          if (++changes > MAX_CHANGES) throw tooMany();
          let one = segments.get(naming.segment);
          if (one === undefined) segments.set(naming.segment, (one = { naming, verbs: new Map() }));
          one.verbs.set(read.mpid, action);
        }
      }
    }
  }
  return { segments: [...segments.values()], ignored };
}

/** The MPIDs of a batch, each once, and how many were none. Throws as `readMembership`, and for what is no list of MPIDs. */
export function readMpids(mpids: unknown): { mpids: string[]; dropped: number } {
  if (!Array.isArray(mpids)) throw invalid("mpids", "must be a list");
  if (mpids.length > MAX_CHANGES) throw tooMany();
  const once = new Set<string>();
  let dropped = 0;
  for (const [n, value] of mpids.entries()) {
    const read = readMpid(value, () => `mpids.${n}`);
    if ("mpid" in read) once.add(read.mpid);
    else if (read.fault === "no_mpid") dropped++;
    else throw invalid(`mpids.${n}`, "is not an MPID");
  }
  return { mpids: [...once], dropped };
}

/** The changes as a buffer takes them. */
export function changesOf(verbs: ReadonlyMap<string, Verb>, atMs: number): MembershipChanges {
  const adds: string[] = [];
  const deletes: string[] = [];
  for (const [mpid, verb] of verbs) (verb === "add" ? adds : deletes).push(mpid);
  return { atMs, adds, deletes };
}

function tooMany(): AppError {
  const detail = `The body holds over ${MAX_CHANGES} membership changes.`;
  return new AppError("body_too_large", { retry: false, detail });
}
