// How the doors of visitors describe and give their answers.
import type { z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv } from "../../src/shared/system.ts";
import type { Operation } from "./service.ts";

/** Says who asks for what, for the verbs. */
export type Open = (c: Context<AppEnv>) => Operation;

/** One JSON answer. */
export function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { "application/json": { schema } } };
}

/** The CSV twin's answer. */
export const csvAnswer = {
  200: {
    description: "The same rows as CSV, at most 50,000. `limit` and `cursor` are not looked at.",
    content: { "text/csv": { schema: { type: "string" as const } } },
  },
};
