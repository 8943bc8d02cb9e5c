// The members of segments at Split: read in pages, put in and taken out in calls of up to 10,000 keys.
// A call takes effect as a whole or not at all.
import type { Context, Hono } from "hono";
import { jsonFields } from "../json-fields.ts";
import type { SplitState } from "./organisations.ts";
import type { Reach } from "./reach.ts";
import { refuse } from "./refusals.ts";
import { paging } from "./segments.ts";

const MAX_KEYS_PER_CALL = 10_000;
/** Standard segments, as widely documented. */
const MAX_MEMBERS = 100_000;
/** Inferred. */
const MAX_KEY_LENGTH = 250;
const MAX_PAGE = 100;

/** One call that changes members and passed the checks of who and where; `status` is its answer. */
export interface MemberCall {
  at: number;
  verb: "upload" | "remove";
  environmentId: string;
  segment: string;
  /** How many keys it carried, valid or not. */
  keys: number;
  replace: boolean;
  comment: string;
  status: number;
}

/** Opens the doors of members below `base`; every change, also a refused one, is told to `note`. */
export function memberDoors(
  app: Hono,
  base: string,
  state: SplitState,
  reach: Reach,
  note: (call: Omit<MemberCall, "at">) => void,
): void {
  /** The members that a call is about, and what refuses a change of them by hand. */
  const target = (c: Context<object, "/:env/:segment">, verb: "read" | "write") => {
    const { workspace, environment } = reach.environment(c, c.req.param("env"), verb);
    const name = c.req.param("segment");
    const members = workspace.segments.get(name)?.active.get(environment.id);
    if (members === undefined) refuse(404, `Segment ${name} does not exist in ${environment.name}`);
    return { members, environment, name };
  };

  app.get(`${base}/segments/:env/:segment/keys`, (c) => {
    const { members } = target(c, "read");
    const { limit, offset } = paging(c, MAX_PAGE);
    const keys = members
      .values()
      .drop(offset)
      .take(limit)
      .map((key) => ({ key }));
    return c.json({ keys: [...keys], openChangeRequestId: null, count: members.size, offset, limit });
  });

  const change = (verb: "upload" | "remove", apply: (members: Set<string>, keys: string[], replace: boolean) => void) =>
    app.put(`${base}/segments/:env/:segment/${verb}Keys`, async (c) => {
      const { members, environment, name } = target(c, "write");
      const fields = await jsonFields(c.req.raw);
      const [listed, comment] = [fields.get("keys"), fields.get("comment")];
      const replace = c.req.query("replace")?.toLowerCase() === "true";
      const call = {
        verb,
        environmentId: environment.id,
        segment: name,
        keys: Array.isArray(listed) ? listed.length : 0,
        replace,
        comment: typeof comment === "string" ? comment : "",
      };
      try {
        if (environment.approval !== undefined) {
          refuse(environment.approval, "Changes in this environment need an approved change request");
        }
        apply(members, readKeys(listed, state.refusedMembers), replace);
      } catch (error) {
        note({ ...call, status: error instanceof Error && "status" in error ? Number(error.status) : 500 });
        throw error;
      }
      note({ ...call, status: 200 });
      return c.json({ name, environment: { id: environment.id, name: environment.name } });
    });

  change("upload", (members, keys, replace) => {
    const added = new Set(keys);
    const kept = replace ? 0 : members.size;
    const fresh = replace ? added.size : [...added].filter((key) => !members.has(key)).length;
    if (kept + fresh > MAX_MEMBERS) refuse(400, `A segment holds at most ${MAX_MEMBERS} keys`);
    if (replace) members.clear();
    for (const key of added) members.add(key);
  });

  change("remove", (members, keys) => {
    for (const key of keys) members.delete(key);
  });
}

function readKeys(listed: unknown, refused: ReadonlySet<string>): string[] {
  if (!Array.isArray(listed) || listed.length === 0) refuse(400, "keys must be a list that is not empty");
  if (listed.length > MAX_KEYS_PER_CALL) refuse(400, `At most ${MAX_KEYS_PER_CALL} keys a request`);
  for (const key of listed as unknown[]) {
    const fits = typeof key === "string" && key !== "" && key.length <= MAX_KEY_LENGTH && !refused.has(key);
    // The real message is not known; clients must not need the key in it.
    if (!fits) refuse(400, "Invalid key");
  }
  return listed as string[];
}
