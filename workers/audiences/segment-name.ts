// Names and ids of segments. Pure: the same audience has the same name in every isolate, without asking anyone.
import { hexOf } from "../../src/shared/ids.ts";

/** Split takes no longer name. */
export const MAX_SEGMENT_NAME = 100;

/** What Split takes as a name. */
export const SEGMENT_NAME = /^[A-Za-z0-9_-]{1,100}$/;

const UTF8 = new TextEncoder();

/** By UTF-16 unit, as the lambda did: a plain name must be found again at Split. */
const FOREIGN = /[^A-Za-z0-9_-]/g;

/** As the replaced lambda named it: `s` and the audience's name with every foreign character as `_`. */
export function plainName(audienceName: string): string {
  return `s${audienceName.replaceAll(FOREIGN, "_")}`.slice(0, MAX_SEGMENT_NAME);
}

/** `s<name>_<audience id>`: unlike the plain name it is the audience's own. The name is cut, never the id. */
export function segmentName(audienceName: string, audienceId: string): string {
  const suffix = `_${audienceId}`;
  return `${plainName(audienceName).slice(0, MAX_SEGMENT_NAME - suffix.length)}${suffix}`;
}

/** Ids that an isolate remembers, about 300 bytes each: all messages of a source are of few segments. */
const MAX_REMEMBERED = 5_000;

const ids = new Map<string, string>();

/** First 32 hex digits of SHA-256 of `workspace environment segment`: names the buffer and its row. */
export async function segmentId(workspaceId: string, environmentId: string, segment: string): Promise<string> {
  const place = `${workspaceId} ${environmentId} ${segment}`;
  const known = ids.get(place);
  if (known !== undefined) return known;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", UTF8.encode(place)));
  const id = hexOf(digest.subarray(0, 16));
  if (ids.size >= MAX_REMEMBERED) ids.clear();
  ids.set(place, id);
  return id;
}
