// The exposition sent to a Pushgateway, for who cannot scrape a Worker. It replaces the whole group at each push.
// Source: github.com/prometheus/pushgateway, "API".
import { callUpstream } from "../http/upstream.ts";
import type { UpstreamDeps } from "../http/upstream.ts";
import { EXPOSITION_TYPE } from "./exposition.ts";

const DEADLINE_MS = 10_000;
/** Its answers are empty, or a line that says what it did not like. */
const MAX_ANSWER_BYTES = 65_536;

/** Puts `exposition` (text 0.0.4) at the gateway `base`, as the job `sluice`. Null where it was taken, else why not. */
export async function pushExposition(base: string, exposition: string, deps: UpstreamDeps): Promise<string | null> {
  const answer = await callUpstream(
    {
      upstream: "pushgateway",
      operation: "push",
      url: `${base}/metrics/job/sluice`,
      init: { method: "PUT", headers: { "Content-Type": EXPOSITION_TYPE }, body: exposition },
      deadlineMs: DEADLINE_MS,
      maxBytes: MAX_ANSWER_BYTES,
      secrets: [],
    },
    deps,
  );
  return answer.ok ? null : answer.failure.detail;
}
