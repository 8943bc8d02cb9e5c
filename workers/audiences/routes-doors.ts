// What the files of doors share: how a request becomes an operation.
import type { Context } from "hono";
import type { AppEnv } from "../../src/shared/system.ts";
import type { AudienceObjects } from "./objects.ts";
import type { Operation } from "./service.ts";
import type { AudienceData } from "./store.ts";

/** What the doors are built with. */
export interface AudienceDoors {
  data: AudienceData;
  objects: (env: Env) => AudienceObjects;
}

/** Makes one request's operation; the actor is who passed the guard. */
export type Open = (c: Context<AppEnv>) => Operation;
