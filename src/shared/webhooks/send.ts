// One attempt: a signed POST to a receiver that is a stranger. It follows no redirect, reads little and waits 20 seconds.
import { redact } from "../http/redact.ts";
import { callUpstream } from "../http/upstream.ts";
import type { UpstreamDeps } from "../http/upstream.ts";
import type { Attempt } from "./schedule.ts";
import { signatureHeaders } from "./signature.ts";
import type { Signed } from "./signature.ts";

/** The specification asks for 15 to 30. */
export const DEADLINE_MS = 20_000;
/** Whatever it answers, only the status matters. */
const MAX_ANSWER_BYTES = 65_536;

/** Sends `signed` to `url`, signed with each of `secrets`. `type` names the call in metrics. */
export async function sendWebhook(
  to: { url: string; type: string; secrets: readonly string[] },
  signed: Signed,
  deps: UpstreamDeps,
): Promise<Attempt> {
  const { url, type, secrets } = to;
  const headers = {
    "Content-Type": "application/json",
    "User-Agent": "Sluice-Webhooks",
    ...(await signatureHeaders(signed, secrets)),
  };
  const call = { upstream: "webhooks", operation: type };
  const answer = await callUpstream(
    {
      ...call,
      url,
      init: { method: "POST", headers, body: signed.body },
      deadlineMs: DEADLINE_MS,
      maxBytes: MAX_ANSWER_BYTES,
      secrets,
    },
    deps,
  );
  if (answer.ok) return { ok: true, status: answer.status };
  const { kind, status, retryAtMs, detail } = answer.failure;
  // The head of an answer said 2xx; that its body is long changes nothing.
  if (kind === "malformed") return { ok: true, status: status ?? 200 };
  const redirected = status !== undefined && status >= 300 && status < 400;
  return {
    ok: false,
    reason: redirected ? "redirected" : kind,
    // The names of the call are no news to who reads of this delivery; its URL may hold what nobody else should know.
    detail: redact(detail.replace(`${call.upstream} ${call.operation}: `, ""), [url]),
    status,
    retryAtMs,
  };
}
