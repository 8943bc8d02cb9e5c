// The queue `visitor-logs`: each message is one post to the customer's log. What is not taken in half an hour is dropped and
// counted; nothing is parked, and nothing else waits for it.
import * as z from "zod";
import { config } from "../../../src/shared/config.ts";
import { backoffSeconds } from "../../../src/shared/queue/backoff.ts";
import type { Consumer } from "../../../src/shared/system.ts";
import { dropped } from "./service-collect.ts";
import type { PostEvents } from "./service-collect.ts";

/** With 5, 10, 20 … 300 s between them that is half an hour. */
const MAX_ATTEMPTS = 12;

const message = z.object({
  queue: z.literal("visitor-logs"),
  events: z.array(
    z.object({
      time: z.string(),
      kind: z.enum([
        "intake",
        "delivery",
        "credentials_set",
        "credentials_deleted",
        "credentials_checked",
        "token_refresh",
      ]),
      siteId: z.string().nullable(),
      customerIdHash: z.string().nullable(),
      deliveryId: z.string().nullable(),
      outcome: z.string(),
      status: z.string().nullable(),
    }),
  ),
});

/** The consumer that posts by `post`. */
export const consumeLogs =
  (post: PostEvents): Consumer =>
  async (body, env, deps, attempts) => {
    const { logEndpoint } = config(env);
    const read = message.safeParse(body);
    if (!read.success || logEndpoint === null) {
      // Switched off meanwhile, or of another version: a log is not worth keeping for anybody.
      await dropped(env, read.success ? read.data.events.length : 1);
      return { kind: "ack" };
    }
    const { events } = read.data;
    const failure = await post({ url: logEndpoint, token: env.LOG_ENDPOINT_TOKEN ?? "" }, events, deps);
    if (failure === null) return { kind: "ack" };
    if (attempts >= MAX_ATTEMPTS) {
      await dropped(env, events.length);
      return { kind: "ack" };
    }
    const askedSeconds = failure.retryAtMs === undefined ? 0 : (failure.retryAtMs - deps.clock()) / 1_000;
    const afterSeconds = Math.max(backoffSeconds(attempts), Math.min(askedSeconds, 3_600));
    return { kind: "retry", afterSeconds, reason: failure.detail };
  };
