// What was set aside, as it is listed, and what may be asked of it.
import { z } from "@hono/zod-openapi";

/** A message that a queue gave up. */
export const parkedItem = z
  .object({
    id: z.string(),
    queue: z.string(),
    reason: z.string(),
    detail: z.string(),
    excerpt: z.string().openapi({ description: "The first 500 characters of the message's JSON." }),
    parkedAt: z.string(),
    replayedAt: z.string().nullable(),
  })
  .openapi("ParkedMessage");

export type ParkedItem = z.output<typeof parkedItem>;

/** Which to list. */
export const parkedFilter = {
  queue: z.string().max(100).optional(),
  reason: z.string().max(100).optional(),
  replayed: z.enum(["true", "false"]).optional().openapi({ description: "Those that were replayed already." }),
};

export const parkedPosition = z.object({ parkedAt: z.number(), id: z.string() });

/** Which to replay. */
export const replayBody = z.strictObject({ ids: z.array(z.string().min(1).max(100)).min(1).max(100) });

/** What became of it; what had been replayed before is in neither list. */
export const replayAnswer = z
  .object({
    replayed: z.number().int(),
    failed: z.array(z.object({ id: z.string(), reason: z.enum(["unknown", "no_queue", "not_sent"]) })),
  })
  .openapi("Replay");
