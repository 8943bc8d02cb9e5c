// Who calls Split and how far the key reaches: the check in front of every door.
// An unknown key must never learn what exists.
import type { Context } from "hono";
import type { SplitEnvironment, SplitKey, SplitState, Workspace } from "./organisations.ts";
import { refuse } from "./refusals.ts";

/** Looks things up for a caller; raises 403 where his key does not reach and 404 where nothing is. */
export interface Reach {
  /** The organisation of a valid key; raises 401. */
  organisation(c: Context): string;
  sees(c: Context, workspace: Workspace): boolean;
  workspace(c: Context, id: string, verb: "read" | "write"): Workspace;
  environment(c: Context, id: string, verb: "read" | "write"): { workspace: Workspace; environment: SplitEnvironment };
}

/** The key of a call: a bearer, or `x-api-key`. Both at once is a mistake of the client and counts as none. */
function keyIn(c: Context): string | undefined {
  const bearer = /^Bearer (.+)$/i.exec(c.req.header("Authorization") ?? "")?.[1];
  const apiKey = c.req.header("x-api-key");
  return bearer !== undefined && apiKey !== undefined ? undefined : (bearer ?? apiKey);
}

/** The check over a state. That a foreign workspace is 403 and not 404 is inferred. */
export function reachOver(state: SplitState): Reach {
  const known = (c: Context): SplitKey & { organisation: string } => {
    const key = state.keys.get(keyIn(c) ?? "");
    if (key === undefined || key.kind === "sdk" || key.kind === "revoked") refuse(401, "Unauthorized");
    return key;
  };
  const allow = (c: Context, workspace: Workspace, verb: "read" | "write", environmentId?: string) => {
    const key = known(c);
    const reached =
      key.organisation === workspace.organisation &&
      (key.workspaceId ?? workspace.id) === workspace.id &&
      (key.environmentId === undefined || key.environmentId === environmentId);
    if (!reached || (verb === "write" && key.kind !== "admin")) refuse(403, "Insufficient permissions");
  };
  return {
    organisation: (c) => known(c).organisation,
    sees(c, workspace) {
      const key = known(c);
      return key.organisation === workspace.organisation && (key.workspaceId ?? workspace.id) === workspace.id;
    },
    workspace(c, id, verb) {
      const workspace = state.workspaces.get(id) ?? refuse(404, `Workspace ${id} does not exist`);
      allow(c, workspace, verb);
      return workspace;
    },
    environment(c, id, verb) {
      const workspace = state.homes.get(id);
      const environment = workspace?.environments.find((each) => each.id === id);
      if (workspace === undefined || environment === undefined) refuse(404, `Environment ${id} does not exist`);
      allow(c, workspace, verb, id);
      return { workspace, environment };
    },
  };
}
