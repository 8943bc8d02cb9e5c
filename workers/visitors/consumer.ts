// The queue `visitors`: updates that their shard could not take at once. The same method as the door calls, and of two values
// the newer event wins, so a message that comes twice or late does no harm.
import * as z from "zod";
import { backoffSeconds } from "../../src/shared/queue/backoff.ts";
import type { Consumer } from "../../src/shared/system.ts";
import { visitorBuffer } from "./doors.ts";
import { queued } from "./schema.ts";

/** Gives one message to its shard. */
export const consumeVisitors: Consumer = async (body, env, _deps, attempts) => {
  const message = queued.safeParse(body);
  if (!message.success) {
    // The paths alone: a message holds visitors' ids.
    const paths = message.error.issues.map(({ path, code }) => `${z.core.toDotPath(path)} ${code}`);
    return { kind: "park", reason: "malformed", detail: paths.join("; ").slice(0, 500) };
  }
  const { mmSiteId, shard, updates } = message.data;
  try {
    await visitorBuffer(env, mmSiteId, shard).put(JSON.stringify(updates));
    return { kind: "ack" };
  } catch (error) {
    const reason = error instanceof Error ? error.message : "unknown";
    return { kind: "retry", afterSeconds: backoffSeconds(attempts), reason };
  }
};
