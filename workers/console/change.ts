// The request in which an operator changes something, as the console's services want it. Pure.
import type { Actor, Deps, House, System } from "../../src/shared/system.ts";

/** Who changes, in which request, in which house. */
export interface Change {
  env: Env;
  deps: Deps;
  systems: readonly System[];
  actor: Actor;
  requestId: string;
}

/** What a handler's context tells. */
interface Asked {
  env: Env;
  var: { deps: Deps; house: House; actor: Actor; requestId: string };
}

/** The change of a handler's context. */
export function changeOf({ env, var: { deps, house, actor, requestId } }: Asked): Change {
  return { env, deps, systems: house.systems, actor, requestId };
}

/** What a list of the console is given: it only reads. */
export const envOf = ({ env }: Pick<Asked, "env">): Env => env;
