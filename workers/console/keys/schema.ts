// What a key is made of, and how it is shown.
import { z } from "@hono/zod-openapi";

/** A key without its text. */
export const keyItem = z
  .object({
    id: z.string(),
    name: z.string(),
    prefix: z.string(),
    scopes: z.array(z.string()),
    createdAt: z.string(),
    expiresAt: z.string().nullable(),
    lastUsedAt: z.string().nullable(),
  })
  .openapi("Key");

/** As it is answered when it is made. */
export const newKeyItem = keyItem
  .extend({ key: z.string().openapi({ description: "Shown this once." }) })
  .openapi("NewKey");

/** What is asked for; whether the scopes exist is for the service to say. */
export const wantedKey = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(z.string().max(100)).min(1).max(50),
  expiresAt: z.iso.datetime({ offset: true }).nullish(),
});

export type KeyItem = z.output<typeof keyItem>;
