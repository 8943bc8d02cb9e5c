// What the files of doors share: how a request becomes an operation.
import type { Context } from "hono";
import type { Deps } from "../../src/shared/deps.ts";
import type { AppEnv } from "../../src/shared/system.ts";
import type { ExplainQuery } from "./redirect/explain.ts";
import type { Operation } from "./service.ts";
import type { ClickoutData } from "./store.ts";

/** What the doors are built with. */
export interface ClickoutDoors {
  data: ClickoutData;
  explain: (env: Env, deps: Deps, query: ExplainQuery) => Promise<object>;
}

/** Makes one request's operation. */
export type Open = (c: Context<AppEnv>) => Operation;
