// The console's cookie and the token of its forms. Both are signed by a key made of the admin token: whoever changes that
// token ends every session. On a loopback host over http the cookie lacks what needs https.
import type { Context } from "hono";
import { deleteCookie, getSignedCookie, setSignedCookie } from "hono/cookie";
import type { AppEnv } from "../system.ts";
import { findSession } from "./sessions.ts";
import type { Session } from "./sessions.ts";
import { hashOf } from "./secrets.ts";

const COOKIE = "sluice";
const TOKEN = /^[0-9a-z]{32}$/;

const isSecure = (c: Context) => c.req.url.startsWith("https:");

/** What every cookie of the console has; over https with the prefix that ties it to this host. */
export function cookieOptions(c: Context) {
  const common = { path: "/", httpOnly: true, sameSite: "Strict" } as const;
  return isSecure(c) ? ({ ...common, secure: true, prefix: "host" } as const) : common;
}

/** Whether the name of a cookie has the prefix. */
export function cookiePrefix(c: Context): "host" | undefined {
  return isSecure(c) ? "host" : undefined;
}

async function signingSecret(env: Pick<Env, "ADMIN_TOKEN">, purpose: string): Promise<string> {
  // Without a secret anybody could sign.
  if (!env.ADMIN_TOKEN) throw new Error("ADMIN_TOKEN is not set");
  return hashOf(`${purpose} ${env.ADMIN_TOKEN}`);
}

/** Gives the browser its session. */
export async function setSessionCookie(c: Context<AppEnv>, token: string): Promise<void> {
  await setSignedCookie(c, COOKIE, token, await signingSecret(c.env, "session"), cookieOptions(c));
}

/** Takes it back. */
export function clearSessionCookie(c: Context<AppEnv>): void {
  deleteCookie(c, COOKIE, cookieOptions(c));
}

/** Who is signed in with this request, or null. */
export async function sessionOf(c: Context<AppEnv>): Promise<Session | null> {
  if (c.req.header("Cookie") === undefined || !c.env.ADMIN_TOKEN) return null;
  const secret = await signingSecret(c.env, "session");
  const token = await getSignedCookie(c, secret, COOKIE, cookiePrefix(c));
  if (typeof token !== "string" || !TOKEN.test(token)) return null;
  const waitUntil = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
  return findSession(c.env, token, c.get("deps").clock(), waitUntil);
}

/** The token that the forms of a session carry. */
export async function formToken(env: Pick<Env, "ADMIN_TOKEN">, session: Pick<Session, "hash">): Promise<string> {
  return hashOf(`${await signingSecret(env, "form")} ${session.hash}`);
}
