// Maxymiser's OAuth door: the password grant with a Basic client, and the tokens that it minted.
// Its tokens look like the real ones but are signed by chance: only their being known makes them valid.
import type { Hono } from "hono";
import type { MaxymiserLogin, MaxymiserState } from "./accounts.ts";

/** The tokens and their counters; `seconds` is the life of those that are minted next. */
export interface MaxymiserTokens {
  seconds: number;
  /** Calls of the token door that reached it, refused ones too. */
  requests: number;
  minted: number;
  /** Ends every token at once. */
  expire(): void;
  /** Whose token it is, while it is valid. */
  owner(token: string): MaxymiserLogin | undefined;
}

const DEFAULT_SECONDS = 3600;

/** Opens `POST /{region}/oauth2/v1/tokens`. A new token leaves the old ones valid, which is inferred. */
export function tokenDoor(app: Hono, state: MaxymiserState, now: () => number, random: () => number): MaxymiserTokens {
  const known = new Map<string, { login: MaxymiserLogin; expiresAt: number }>();
  const tokens: MaxymiserTokens = {
    seconds: DEFAULT_SECONDS,
    requests: 0,
    minted: 0,
    expire: () => known.clear(),
    owner(token) {
      const found = known.get(token);
      return found !== undefined && found.expiresAt > now() ? found.login : undefined;
    },
  };

  app.post("/:region/oauth2/v1/tokens", async (c) => {
    tokens.requests += 1;
    const client = basicOf(c.req.header("Authorization") ?? "");
    if (client === undefined) return c.json(failure("invalid_header", "Failed to read the client."), 400);
    const region = c.req.param("region");
    const logins = state.logins.filter((login) => login.region === region && login.clientId === client.id);
    // Inferred: only the answer to a wrong secret was ever seen.
    if (logins.length === 0) return c.json(failure("invalid_client", "Unknown client."), 401);
    const trusted = logins.filter((login) => login.clientSecret === client.secret);
    if (trusted.length === 0) return c.json(failure("invalid_header", "Failed to validate client secret."), 400);
    // Not text(): workerd warns about forms that are read so.
    const form = new URLSearchParams(new TextDecoder().decode(await c.req.arrayBuffer()));
    if (form.get("grant_type") !== "password") {
      return c.json(failure("unsupported_grant_type", "Only the password grant is supported."), 400);
    }
    const [username, password] = [form.get("username"), form.get("password")];
    const login = trusted.find((each) => each.username === username && each.password === password);
    if (login === undefined) return c.json(failure("invalid_grant", "Wrong user name or password."), 400);
    for (const [old, { expiresAt }] of known) if (expiresAt <= now()) known.delete(old);
    const token = jwtFor(login, now(), tokens.seconds, random);
    known.set(token, { login, expiresAt: now() + tokens.seconds * 1000 });
    tokens.minted += 1;
    return c.json({ access_token: token, token_type: "Bearer", expires_in: tokens.seconds });
  });

  return tokens;
}

function basicOf(header: string): { id: string; secret: string } | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/]+=*)$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(new TextDecoder().decode(bytes)) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

/** Claims as seen in a real one: sub, iat, iss, exp, in seconds. */
function jwtFor(login: MaxymiserLogin, nowMs: number, seconds: number, random: () => number): string {
  const iat = Math.floor(nowMs / 1000);
  const claims = { sub: login.username, iat, iss: "Maxymiser", exp: iat + seconds };
  const signature = Uint8Array.from({ length: 32 }, () => Math.floor(random() * 256));
  const utf8 = (value: object) => new TextEncoder().encode(JSON.stringify(value));
  return [utf8({ alg: "RS256", typ: "JWT" }), utf8(claims), signature].map(base64Url).join(".");
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

function failure(error: string, description: string) {
  return { error, error_description: description };
}
