// A call of Rakuten's API with an access token, minted from the client's id and secret for one site and kept in the session.
// Only a refusal of the token door itself says that the credentials are wrong: a data door has its moments.
import { MINUTE_MS, SECOND_MS } from "../../../src/shared/clock.ts";
import type { UpstreamFailure } from "../../../src/shared/http/upstream.ts";
import { callNetwork, failed, isRecord, jsonOf } from "./report-call-client.ts";
import type { Reported, ReportSession } from "./report-client.ts";

/** A token is not used in its last minute: a call may take as long. */
const MARGIN_MS = MINUTE_MS;
/** What Rakuten's tokens have always had. */
const USUAL_LIFE_SECONDS = 3_600;

async function newToken(session: ReportSession): Promise<UpstreamFailure | null> {
  const { clientId = "", clientSecret = "", siteId = "" } = session.fields;
  const key = btoa(String.fromCharCode(...new TextEncoder().encode(`${clientId}:${clientSecret}`)));
  const init = {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, Accept: "application/json" },
    body: new URLSearchParams({ scope: siteId }),
  };
  const call = { network: "rakuten", operation: "token", path: "/token", init, secrets: [key] } as const;
  const answer = await callNetwork(call, session);
  if (!answer.ok) {
    // `invalid_client` and an unknown site come with 400 as well.
    if (answer.failure.kind === "rejected") answer.failure.kind = "unauthorized";
    return answer.failure;
  }
  const parsed = jsonOf(answer.text(), "rakuten token", session);
  if (!parsed.ok) return parsed.failure;
  const { access_token: value, expires_in: life } = isRecord(parsed.value) ? parsed.value : {};
  if (typeof value !== "string" || value === "") {
    return failed("malformed", "rakuten token: there is none in the answer.", session).failure;
  }
  const seconds = Number(life) > 0 ? Number(life) : USUAL_LIFE_SECONDS;
  session.token = { value, expiresAtMs: session.deps.clock() + seconds * SECOND_MS - MARGIN_MS };
  return null;
}

async function askOnce(operation: string, path: string, session: ReportSession): Promise<Reported<unknown>> {
  const headers = { Authorization: `Bearer ${session.token?.value ?? ""}`, Accept: "application/json" };
  const answer = await callNetwork({ network: "rakuten", operation, path, init: { headers } }, session);
  if (answer.ok) return jsonOf(answer.text(), `rakuten ${operation}`, session);
  const { failure } = answer;
  // Rakuten does not say when to come back: its limits are by the minute.
  if (failure.kind === "rate_limited") failure.retryAtMs ??= session.deps.clock() + MINUTE_MS;
  return { ok: false, failure };
}

/** The JSON of a data door. A token that is over, or refused, is renewed once and the call repeated once. */
export async function askRakuten(operation: string, path: string, session: ReportSession): Promise<Reported<unknown>> {
  const stale = session.token === null || session.deps.clock() >= session.token.expiresAtMs;
  if (stale) {
    const failure = await newToken(session);
    if (failure !== null) return { ok: false, failure };
  }
  let answer = await askOnce(operation, path, session);
  if (answer.ok || answer.failure.kind !== "unauthorized") return answer;
  const failure = await newToken(session);
  if (failure !== null) return { ok: false, failure };
  answer = await askOnce(operation, path, session);
  // Seen right after a good token: a hiccup of theirs, not the end of an account.
  if (!answer.ok && answer.failure.kind === "unauthorized") answer.failure.kind = "unavailable";
  return answer;
}
