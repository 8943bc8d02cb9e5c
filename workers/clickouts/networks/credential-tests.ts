// Asks each network whether it takes an operator's credentials, by its cheapest authenticated call.
// It changes nothing there, and no secret and no body of a good answer reaches a detail.
import { config } from "../../../src/shared/config.ts";
import { database } from "../../../src/shared/db/client.ts";
import { redact } from "../../../src/shared/http/redact.ts";
import { callUpstream } from "../../../src/shared/http/upstream.ts";
import type { UpstreamAnswer, UpstreamDeps, UpstreamRequest } from "../../../src/shared/http/upstream.ts";
import type { CredentialTest } from "../../../src/shared/system.ts";
import { log } from "../../../src/shared/telemetry/log.ts";
import { secretsOf } from "../../../src/shared/vault/fields.ts";
import { PARTNER_SLUG } from "./magazineluiza.ts";
import { reserveCall } from "./store-pace.ts";

/** An operator waits for the answer; upstreams have slow days. */
const DEADLINE_MS = 10_000;
/** Lists of stores and programmes may be long; what is larger is not one. */
const MAX_BYTES = 8 * 1024 * 1024;
const AWIN_PACE_MS = 3_000;
/** A few calls may stand before an operator's; he waits no longer for them. */
const LONGEST_TURN_MS = 10_000;
const HOST_LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

type Verdict = Awaited<ReturnType<CredentialTest>>;
type Call = Pick<UpstreamRequest, "upstream" | "url" | "secrets"> & { init?: RequestInit };

const good = (detail: string): Verdict => ({ ok: true, detail });
const bad = (detail: string): Verdict => ({ ok: false, detail });

async function ask(call: Call, deps: UpstreamDeps): Promise<UpstreamAnswer> {
  return await callUpstream(
    { ...call, operation: "credential_test", deadlineMs: DEADLINE_MS, maxBytes: MAX_BYTES },
    deps,
  );
}

/** The fields of a JSON object, or null for anything else. */
function objectOf(value: unknown): Record<string, unknown> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Awin's 20 calls a minute are for all doors of the token's user: a test takes its turn among the calls of polling. */
async function awinTurn(env: Env, deps: UpstreamDeps): Promise<void> {
  const nowMs = deps.clock();
  try {
    const atMs = await reserveCall(database(env), "awin", AWIN_PACE_MS, nowMs);
    if (atMs > nowMs) await scheduler.wait(Math.min(atMs - nowMs, LONGEST_TURN_MS));
  } catch (error) {
    log("call_not_counted", { level: "warn", network: "awin", error });
  }
}

const awin: CredentialTest = async (fields, env, deps) => {
  await awinTurn(env, deps);
  const { token = "", publisherId = "" } = fields;
  const url = `${config(env).awinApiUrl}/accounts?type=publisher`;
  const init = { headers: { Authorization: `Bearer ${token}`, Accept: "application/json" } };
  const answer = await ask({ upstream: "awin", url, init, secrets: secretsOf(fields) }, deps);
  if (!answer.ok) return bad(answer.failure.detail);
  const accounts = parsed(answer.text())?.["accounts"];
  if (!Array.isArray(accounts)) return bad("Awin's answer is not a list of accounts.");
  const known = accounts.some((account) => String(objectOf(account)?.["accountId"]) === publisherId);
  return known
    ? good("Awin takes the token and knows the publisher.")
    : bad("The token's user has no account with this publisherId.");
};

const lomadee: CredentialTest = async (fields, env, deps) => {
  const { appToken = "", sourceId = "" } = fields;
  const query = new URLSearchParams({ sourceId });
  const url = `${config(env).lomadeeApiUrl}/v3/${encodeURIComponent(appToken)}/store/_all?${query.toString()}`;
  const answer = await ask({ upstream: "lomadee", url, secrets: secretsOf(fields) }, deps);
  if (!answer.ok) return bad(answer.failure.detail);
  const body = parsed(answer.text());
  const info = objectOf(body?.["requestInfo"]);
  if (info === null) return bad("Lomadee's answer is not a list of stores.");
  if (info["status"] !== "OK") {
    return bad(
      redact(`Lomadee said ${String(info["status"])}: ${String(info["message"])}`, secretsOf(fields)).slice(0, 300),
    );
  }
  return Array.isArray(body?.["stores"])
    ? good("Lomadee takes appToken and sourceId. User and password are first used by the report.")
    : bad("Lomadee's answer is not a list of stores.");
};

const rakuten: CredentialTest = async (fields, env, deps) => {
  const { clientId = "", clientSecret = "", siteId = "" } = fields;
  const key = btoa(String.fromCharCode(...new TextEncoder().encode(`${clientId}:${clientSecret}`)));
  const init = {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, Accept: "application/json" },
    body: new URLSearchParams({ scope: siteId }),
  };
  const url = `${config(env).rakutenApiUrl}/token`;
  const answer = await ask({ upstream: "rakuten", url, init, secrets: [...secretsOf(fields), key] }, deps);
  if (!answer.ok) return bad(answer.failure.detail);
  const token = parsed(answer.text())?.["access_token"];
  return typeof token === "string" && token !== ""
    ? good("Rakuten gave an access token for the site. The linkId stands in links only and cannot be asked for.")
    : bad("Rakuten answered without an access token.");
};

const afilio: CredentialTest = async (fields, env, deps) => {
  const { token = "", affiliateId = "" } = fields;
  const query = new URLSearchParams({ token, affid: affiliateId });
  const url = `${config(env).afilioApiUrl}/api/prog_api.php?${query.toString()}`;
  const secrets = secretsOf(fields);
  const answer = await ask({ upstream: "afilio", url, secrets }, deps);
  if (!answer.ok) return bad(answer.failure.detail);
  const text = answer.text();
  // Afilio refuses with HTTP 200; an account without programmes is an empty list, of either kind.
  const programmes = Object.values(parsed(text) ?? { none: null });
  if (programmes.every((programme) => objectOf(programme) !== null) || text.trim() === "[]") {
    return good("Afilio takes token and affiliateId. The siteId is first used by a deep link.");
  }
  // Redacted before it is cut: half a secret would not be found.
  const error = /<error>([^<]{0,200})/i.exec(redact(text, secrets))?.[1];
  return bad(error === undefined ? "Afilio's answer is not a list of programmes." : `Afilio said: ${error}`);
};

const magazinevoce: CredentialTest = async (fields, env, deps) => {
  const { store = "" } = fields;
  if (!PARTNER_SLUG.test(store)) return bad("The store is not a partner's slug, such as `magazineacme`.");
  const init = { headers: { Accept: "text/html", "Accept-Language": "pt-BR" } };
  const answer = await ask(
    { upstream: "magazinevoce", url: `${config(env).magazineVoceUrl}/${store}/`, init, secrets: [] },
    deps,
  );
  if (answer.ok) {
    const named = answer.text().toLowerCase().includes(store.toLowerCase());
    return named ? good("The partner's page is there.") : bad("The page that answered does not name the store.");
  }
  const { status, detail } = answer.failure;
  if (status === 404) return bad("There is no partner's page of this store.");
  // The site keeps machines out at times: that says nothing of the slug.
  return bad(
    status === 403 ? "The site let no machine in, so the store could not be seen. Open its page in a browser." : detail,
  );
};

const digidip: CredentialTest = async ({ account = "" }) =>
  HOST_LABEL.test(account)
    ? good("The account is a valid host label. digidip has no API, so there is nothing to ask.")
    : bad("The account is not one label of a host name.");

/** By credential name. */
export const credentialTests: Readonly<Record<string, CredentialTest>> = {
  awin,
  lomadee,
  rakuten,
  afilio,
  magazinevoce,
  digidip,
};
