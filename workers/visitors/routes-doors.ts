// What the files of doors share: how a request becomes an operation.
import type { Context } from "hono";
import type { AppEnv } from "../../src/shared/system.ts";
import type { Operation } from "./service.ts";

/** Says who asks for what, for the verbs. */
export type Open = (c: Context<AppEnv>) => Operation;
