// Words that the doors of several rooms take and answer.
import { z } from "@hono/zod-openapi";
import { NETWORKS } from "./networks.ts";
import type { Network } from "./networks.ts";
import { OPEN_END_MS } from "./redirect/table.ts";

/** An instant with its offset, as milliseconds. */
export const instant = z.iso
  .datetime({ offset: true, message: "must be ISO 8601 with an offset" })
  .transform((text) => Date.parse(text))
  .refine((ms) => ms < OPEN_END_MS, "is too late")
  .openapi({ type: "string", format: "date-time" });

/** A positive number in a query or path. */
export const number = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

/** A network by its name. */
export const networkName = z.enum(NETWORKS as [Network, ...Network[]], { message: "is not a network" });

/** An instant in an answer. */
export const time = z.string().openapi({ format: "date-time" });

/** Where a page begins of a list that is ordered by a number. */
export const numberCursor = z.int();
