// What the doors of clicks take and answer.
import { z } from "@hono/zod-openapi";
import { instant, networkName, number, time } from "../schema.ts";

/** Filters of visits, without their page. */
export const visitsFilter = {
  store_id: number.optional(),
  network: networkName.optional(),
  outcome: z.enum(["tracked", "fallback", "direct", "unknown_store"]).optional(),
  bot: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .optional(),
  ref: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, "is not a ref")
    .optional(),
  from: instant.optional(),
  to: instant.optional(),
};

/** `explain`. */
export const explainQuery = z.strictObject({
  url: z.string().max(16_384),
  ref: z.string().max(200).optional(),
  at: instant.optional(),
});

/** A visit. */
export const visitView = z
  .object({
    clickoutId: z.string(),
    at: time,
    url: z.string(),
    storeId: z.int().nullable(),
    network: networkName.nullable(),
    ruleVersion: z.int().nullable(),
    outcome: z.enum(["tracked", "fallback", "direct", "unknown_store"]),
    reason: z.enum(["no_store", "no_rule", "no_link"]).nullable(),
    tried: z.array(z.object({ network: networkName, reason: z.string() })),
    cache: z.enum(["memory", "kv", "object", "none"]),
    bot: z.boolean(),
    duplicate: z.boolean(),
    country: z.string().nullable(),
    referrerHost: z.string().nullable(),
    ref: z.string().nullable(),
  })
  .openapi("Visit");

/** Where a page of visits begins. */
export const visitCursor = z.string().regex(/^[0-9a-z]{26}$/);
