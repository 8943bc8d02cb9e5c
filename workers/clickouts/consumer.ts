// The queue `clickouts`: batches that their day's log could not take at once. Same method as the redirect calls, so a
// message that comes twice counts once.
import * as z from "zod";
import type { Consumer } from "../../src/shared/system.ts";
import { clickLog } from "./recorder.ts";

/** Enough to know a batch of ours; a click itself is checked by its place in the log's table. */
const Message = z.object({
  log: z.string().regex(/^\d{4}-\d{2}-\d{2}:\d{1,2}$/),
  batch: z.object({
    clicks: z.array(z.array(z.unknown()).length(16)),
    rejected: z.record(z.string(), z.number()),
    waitedMs: z.array(z.number()),
  }),
});

/** The log may be restarting or overloaded; it is seldom so for long. */
const AGAIN_AFTER_SECONDS = 5;
const MAX_DELAY_SECONDS = 300;

/** Gives one batch to its log. */
export const consumeClickouts: Consumer = async (body, env, _deps, attempts) => {
  const message = Message.safeParse(body);
  if (!message.success) return { kind: "park", reason: "malformed", detail: z.prettifyError(message.error).slice(0, 500) };
  try {
    await clickLog(env, message.data.log).append(JSON.stringify(message.data.batch));
    return { kind: "ack" };
  } catch (error) {
    const afterSeconds = Math.min(MAX_DELAY_SECONDS, AGAIN_AFTER_SECONDS * 2 ** (attempts - 1));
    return { kind: "retry", afterSeconds, reason: error instanceof Error ? error.message : "unknown" };
  }
};
