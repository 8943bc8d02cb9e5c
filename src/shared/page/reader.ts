// Who reads: language, zone and rights of a request, the message that waits for it, and the headers of every page.
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import * as z from "zod";
import { grants } from "../auth/scopes.ts";
import { cookieOptions, cookiePrefix, formToken } from "../auth/session-cookie.ts";
import { sessionActor } from "../auth/sessions.ts";
import type { Session } from "../auth/sessions.ts";
import { inDevelopment } from "../development.ts";
import type { AppEnv } from "../system.ts";
import { UTC, isZone, words } from "./format.ts";
import type { Words } from "./format.ts";
import { languageOf } from "./language.ts";
import type { Text } from "./language.ts";
import type { Flash, View } from "./view.ts";

const ROOT_NAME: Text = { en: "root (admin token)", pt: "root (token de administração)" };
const FLASH = "sluice-flash";
const FLASH_SECONDS = 60;
const FLASH_LENGTH = 600;
/** Written by the browser module: only the browser knows its zone. */
const ZONE = "sluice-zone";

/** Nothing but our own files; no script or style stands in a page. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Sets what every page of the console says to a browser. `policy` replaces the strict one, for the one page that must. */
export function guardHeaders(c: Context<AppEnv>, policy = POLICY): void {
  c.header("Content-Security-Policy", policy);
  c.header("X-Content-Type-Options", "nosniff");
  c.header("X-Robots-Tag", "noindex");
  c.header("Referrer-Policy", "same-origin");
  c.header("Cross-Origin-Opener-Policy", "same-origin");
  c.header("Cache-Control", "no-store");
  c.header("Vary", "Accept-Language, Cookie");
  if (c.req.url.startsWith("https:")) c.header("Strict-Transport-Security", "max-age=31536000");
}

/** The reader's words: language by `Accept-Language`, zone as his browser told. */
export function readerWords(c: Context<AppEnv>): Words {
  const zone = getCookie(c, ZONE);
  const language = languageOf(c.req.header("Accept-Language"));
  return words(language, zone !== undefined && isZone(zone) ? zone : UTC, c.get("deps").clock());
}

const flashSchema = z.object({ tone: z.enum(["ok", "warn", "bad"]), text: z.string().max(FLASH_LENGTH) });

/** Leaves a sentence for the next page. */
export function setFlash(c: Context<AppEnv>, { tone, text }: Flash): void {
  const value = JSON.stringify({ tone, text: text.slice(0, FLASH_LENGTH) });
  setCookie(c, FLASH, value, { ...cookieOptions(c), maxAge: FLASH_SECONDS });
}

function takeFlash(c: Context<AppEnv>): Flash | null {
  const value = getCookie(c, FLASH, cookiePrefix(c));
  if (value === undefined) return null;
  deleteCookie(c, FLASH, cookieOptions(c));
  try {
    return flashSchema.parse(JSON.parse(value));
  } catch {
    return null;
  }
}

/** What a page of this session is given. */
export async function viewOf(c: Context<AppEnv>, session: Session): Promise<View> {
  const said = readerWords(c);
  const actor = sessionActor(session);
  const url = new URL(c.req.url);
  return {
    ...said,
    env: c.env,
    deps: c.get("deps"),
    actor,
    can: (scope) => grants(actor.scopes, scope),
    requestId: c.get("requestId"),
    here: url.pathname + url.search,
    url,
    name: session.keyName ?? said.t(ROOT_NAME),
    csrf: await formToken(c.env, session),
    flash: takeFlash(c),
    refused: null,
    demo: inDevelopment(c.env),
  };
}
