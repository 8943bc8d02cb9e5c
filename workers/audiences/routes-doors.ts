// What the files of doors share: how a request becomes an operation, how answers are described.
import { z } from "@hono/zod-openapi";
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

/** One JSON answer. */
export function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { "application/json": { schema } } };
}

/** A JSON body. */
export function body<T extends z.ZodType>(schema: T, required = true) {
  return { required, content: { "application/json": { schema } } };
}

/** A text answer. */
export function text(description: string) {
  return { description, content: { "text/plain": { schema: z.string() } } };
}

/** The CSV twin's answer. */
export const csvAnswer = {
  200: {
    description: "The same rows as CSV, at most 50,000. `limit` and `cursor` are not looked at.",
    content: { "text/csv": { schema: { type: "string" as const } } },
  },
};
