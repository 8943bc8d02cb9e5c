// The only HTTP to Maxymiser (upstreams/maxymiser.md): tokens by password grant, attributes by PUT. No retries here, and no
// secret in a detail. `{region}` in a base stands for `eu` or `us`.
import { callUpstream } from "../../../src/shared/http/upstream.ts";
import type { UpstreamDeps, UpstreamFailure } from "../../../src/shared/http/upstream.ts";
import type { PutAnswer, TokenAnswer } from "./answers.ts";
import { readErrors } from "./answers.ts";

/** A token is asked for seldom, by the password grant, which may be slow. */
const TOKEN_DEADLINE_MS = 10_000;
const MAX_TOKEN_BYTES = 64 * 1_024;
/** From a call's slot to the last byte of its answer. */
const PUT_DEADLINE_MS = 10_000;
/** The answer echoes the whole profile. */
const MAX_PROFILE_BYTES = 1_048_576;

/** What a header can carry. */
const TOKEN = /^[\x21-\x7e]{1,16384}$/;

const inRegion = (base: string, region: string | undefined) => base.replaceAll("{region}", region ?? "eu");

function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
}

/** Asks for a token with a site's credentials. */
export async function requestToken(
  fields: Readonly<Record<string, string>>,
  authUrl: string,
  deps: UpstreamDeps,
): Promise<TokenAnswer> {
  const { username = "", password = "", clientId = "", clientSecret = "", region } = fields;
  const basic = base64(`${clientId}:${clientSecret}`);
  const answer = await callUpstream(
    {
      upstream: "maxymiser",
      operation: "token",
      url: `${inRegion(authUrl, region)}/oauth2/v1/tokens`,
      init: {
        method: "POST",
        headers: {
          Authorization: `Basic ${basic}`,
          Accept: "application/json",
          "Content-Type": "application/x-www-form-urlencoded;charset=UTF-8",
        },
        body: new URLSearchParams({ grant_type: "password", username, password }).toString(),
      },
      deadlineMs: TOKEN_DEADLINE_MS,
      maxBytes: MAX_TOKEN_BYTES,
      secrets: [username, password, clientId, clientSecret, basic],
    },
    deps,
  );
  if (!answer.ok) return tokenFailure(answer.failure);
  const body = parsed(answer.text());
  const { access_token: token, expires_in: seconds } = body ?? {};
  if (typeof token !== "string" || !TOKEN.test(token) || typeof seconds !== "number" || !(seconds > 0)) {
    return { kind: "unavailable", detail: "Maxymiser answered without a token that can be used." };
  }
  return { kind: "token", token, livesMs: Math.min(seconds, 1e9) * 1_000 };
}

/** `invalid_grant`, `invalid_client`, `invalid_header` come as 400 or 401: asking again changes nothing. */
function tokenFailure({ status, detail, retryAtMs }: UpstreamFailure): TokenAnswer {
  if (status === 400 || status === 401) return { kind: "refused", detail };
  return { kind: "unavailable", detail, ...(retryAtMs === undefined ? {} : { retryAtMs }) };
}

/** One customer's attributes at one site. */
export interface ProfilePut {
  dataUrl: string;
  region: string | undefined;
  token: string;
  mmSiteId: string;
  customerId: string;
  /** Name and value. */
  attributes: readonly (readonly [name: string, value: string])[];
}

/** Sets attributes of a customer; the rest of his profile stays (inferred). Twice is the same as once. */
export async function putProfile(put: ProfilePut, deps: UpstreamDeps): Promise<PutAnswer> {
  const { dataUrl, region, token, mmSiteId, customerId, attributes } = put;
  const site = encodeURIComponent(mmSiteId);
  const answer = await callUpstream(
    {
      upstream: "maxymiser",
      operation: "profile",
      url: `${inRegion(dataUrl, region)}/api/v1/sites/${site}/customer-profiles/${encodeURIComponent(customerId)}`,
      init: {
        method: "PUT",
        headers: {
          Authorization: `Bearer ${token}`,
          Accept: "application/json",
          "Accept-Encoding": "gzip",
          "Content-Type": "application/json",
        },
        // `fromEntries` defines its names, so that one called `__proto__` is sent like any other.
        body: JSON.stringify(Object.fromEntries(attributes)),
      },
      deadlineMs: PUT_DEADLINE_MS,
      maxBytes: MAX_PROFILE_BYTES,
      secrets: [token],
    },
    deps,
  );
  if (!answer.ok) return putFailure(answer.failure);
  const text = answer.text();
  // A page of some proxy says nothing of Maxymiser. An empty answer does: the status is its word.
  if (text.trim() !== "" && parsed(text) === null) {
    return { kind: "later", status: "malformed", detail: "The answer is not Maxymiser's JSON." };
  }
  return { kind: "delivered", status: String(answer.status) };
}

/** Of a refusal only what stands in Maxymiser's envelope is told on: a raw body may hold anything. */
function putFailure({ kind, status, retryAtMs, body }: UpstreamFailure): PutAnswer {
  const told = String(status ?? kind);
  const errors = readErrors(parsed(body ?? ""));
  const detail = errors.map(({ message }) => message).find((message) => message !== "") ?? `HTTP ${told}`;
  switch (status) {
    case 401:
      return { kind: "unauthorized", status: told, detail };
    case 403:
      return { kind: "site", reason: "api_access_disabled", status: told, detail };
    case 404:
      return { kind: "site", reason: "unknown_site", status: told, detail };
    default:
  }
  if (kind === "rejected" && status !== undefined && status >= 400 && status !== 408) {
    return { kind: "rejected", status: told, detail, errors };
  }
  return { kind: "later", status: told, detail, ...(retryAtMs === undefined ? {} : { retryAtMs }) };
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
