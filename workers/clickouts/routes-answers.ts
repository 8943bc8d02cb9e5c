// How the doors of clickouts describe their answers in OpenAPI.
import type { z } from "@hono/zod-openapi";

/** One JSON answer. */
export function json<T extends z.ZodType>(schema: T, description: string) {
  return { description, content: { "application/json": { schema } } };
}

/** A JSON body that must be there. */
export function body<T extends z.ZodType>(schema: T) {
  return { required: true, content: { "application/json": { schema } } };
}

/** The CSV twin's answer. */
export const csvAnswer = {
  200: {
    description: "The same rows as CSV, at most 50,000. `limit` and `cursor` are not looked at.",
    content: { "text/csv": { schema: { type: "string" as const } } },
  },
};
