// The queue `clickouts`: batches that their day's log could not take at once. Same method as the redirect calls, so a
// message that comes twice counts once.
import * as z from "zod";
import { backoffSeconds } from "../../../src/shared/queue/backoff.ts";
import type { Consumer } from "../../../src/shared/system.ts";
import { clickLog } from "./recorder.ts";
import { handover } from "./schema-handover.ts";

/** Gives one batch to its log. */
export const consumeClickouts: Consumer = async (body, env, _deps, attempts) => {
  const message = handover.safeParse(body);
  if (!message.success) {
    return { kind: "park", reason: "malformed", detail: z.prettifyError(message.error).slice(0, 500) };
  }
  try {
    await clickLog(env, message.data.log).append(JSON.stringify(message.data.batch));
    return { kind: "ack" };
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown";
    return { kind: "retry", afterSeconds: backoffSeconds(attempts), reason };
  }
};
