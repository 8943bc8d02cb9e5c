// What every verb of this system is given.
import { database } from "../../src/shared/db/client.ts";
import type { Db } from "../../src/shared/db/client.ts";
import type { Deps } from "../../src/shared/deps.ts";
import type { Change, System } from "../../src/shared/system.ts";
import type { VisitorData } from "./store.ts";

/** One request. */
export interface Operation {
  env: Env;
  deps: Deps;
  db: Db;
  data: VisitorData;
  systems: readonly System[];
  /** `root` or `key:<id>`. */
  actor: string;
  requestId: string;
  /** Keeps work behind the answer alive. */
  waitUntil: (work: Promise<unknown>) => void;
}

/** Opens one request's session of D1 and says who asks. */
export function openOperation(request: Omit<Operation, "db">): Operation {
  return { ...request, db: database(request.env) };
}

/** The same as the vault's changes want it. */
export function changeOf({ env, deps, systems, actor, requestId }: Operation): Change {
  return { env, deps, systems, actor: { id: actor }, requestId };
}
