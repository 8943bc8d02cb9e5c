// The request in which an operator changes something, as the console's services want it. Pure.
import type { Actor, Deps } from "../../src/shared/deps.ts";
import type { Change as HouseChange, House } from "../../src/shared/system.ts";

/** With all that its actor may do. */
export interface Change extends HouseChange {
  actor: Actor;
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
