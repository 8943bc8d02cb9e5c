// Posts a batch of events to the customer's own log. Whether and when to try again is the queue's.
import { isoTime } from "../../../src/shared/clock.ts";
import { callUpstream } from "../../../src/shared/http/upstream.ts";
import type { UpstreamDeps, UpstreamFailure } from "../../../src/shared/http/upstream.ts";
import type { LogEvent } from "./events.ts";

const DEADLINE_MS = 10_000;
/** Whatever it answers, only the status matters. */
const MAX_ANSWER_BYTES = 1_048_576;

/** Null once it was taken; else why not. `token` may be empty: then no `Authorization` is sent. */
export async function postEvents(
  endpoint: { url: string; token: string },
  events: readonly LogEvent[],
  deps: UpstreamDeps,
): Promise<UpstreamFailure | null> {
  const { url, token } = endpoint;
  const answer = await callUpstream(
    {
      upstream: "log_endpoint",
      operation: "events",
      url,
      init: {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          ...(token === "" ? {} : { Authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify({ service: "visitors", sentAt: isoTime(deps.clock()), events }),
      },
      deadlineMs: DEADLINE_MS,
      maxBytes: MAX_ANSWER_BYTES,
      secrets: token === "" ? [] : [token],
    },
    deps,
  );
  return answer.ok || answer.failure.kind === "malformed" ? null : answer.failure;
}
