// How doors describe their bodies and answers in OpenAPI.
import { z } from "@hono/zod-openapi";

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

/** Money in an answer: `{"value": "120.00", "currency": "BRL"}`, a decimal text with all digits of its currency. */
export const moneyView = z.object({ value: z.string(), currency: z.string() }).openapi("Money");
