// The guard of keyed doors: who calls, by which proof, and whether he may. It refuses plain http before it looks at a key.
import type { Context, MiddlewareHandler } from "hono";
import { AppError } from "../errors.ts";
import type { Actor, AppEnv } from "../system.ts";
import { findHolder, noteKeyUse } from "./key-cache.ts";
import { grants } from "./scopes.ts";
import { hashOf, looksLikeKey, sameText } from "./secrets.ts";

/** How a door takes its proof. */
export interface RequiresOptions {
  /** Also takes the bare key in `Authorization`, as the replaced systems did. */
  compat?: boolean;
  /** Also takes `Token <key>`, as mParticle sends it. */
  token?: boolean;
}

const ROOT: Actor = { id: "root", scopes: ["*"] };
const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\]|.+\.localhost)$/;

/** Middleware: lets through who holds `scope`, with `c.get("actor")` set; else 401, 403 `forbidden` or `https_required`. */
export function requires(scope: string, options: RequiresOptions = {}): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const actor = await identify(c, options);
    if (actor === null) throw unauthorized();
    demand(actor, scope);
    c.set("actor", actor);
    await next();
  };
}

/**
 * Who calls, or null without a valid key; throws `https_required`. For doors that must read before they know what is needed:
 * all others are guarded by `requires`.
 */
export async function identify(c: Context<AppEnv>, options: RequiresOptions = {}): Promise<Actor | null> {
  refusePlainHttp(c.req.url);
  return actorOf(c, options);
}

/** Throws 403 `forbidden` unless the actor holds the scope. */
export function demand(actor: Actor, scope: string): void {
  if (grants(actor.scopes, scope)) return;
  throw new AppError("forbidden", { retry: false, detail: `This key lacks the scope ${scope}.` });
}

/** What a keyed door adds to its route: the guard, and the same told in OpenAPI. `createRoute({...keyed("keys:read"), …})`. */
export function keyed(scope: string, options: RequiresOptions = {}) {
  return { middleware: requires(scope, options), security: [{ bearer: [scope] }] };
}

/** The 401 of every keyed door. */
export function unauthorized(): AppError {
  return new AppError("unauthorized", {
    retry: false,
    detail: "A valid key is needed: `Authorization: Bearer <key>`.",
    headers: { "WWW-Authenticate": 'Bearer realm="sluice"' },
  });
}

function refusePlainHttp(url: string): void {
  if (!url.startsWith("http:") || LOOPBACK.test(new URL(url).hostname)) return;
  throw new AppError("https_required", { retry: false, detail: "Keys are taken over https only. Replace this one." });
}

function proofOf(header: string | undefined, { compat, token }: RequiresOptions): string | null {
  if (header === undefined) return null;
  const named = (token === true ? /^(?:Bearer|Token) +(\S+) *$/i : /^Bearer +(\S+) *$/i).exec(header);
  if (named !== null) return named[1]!;
  return compat === true && /^\S+$/.test(header) ? header : null;
}

async function actorOf(c: Context<AppEnv>, options: RequiresOptions): Promise<Actor | null> {
  const proof = proofOf(c.req.header("Authorization"), options);
  if (proof === null) return null;
  // An empty ADMIN_TOKEN opens nothing.
  if (c.env.ADMIN_TOKEN && (await sameText(proof, c.env.ADMIN_TOKEN))) return ROOT;
  if (!looksLikeKey(proof)) return null;
  const nowMs = c.get("deps").clock();
  const hash = await hashOf(proof);
  const waitUntil = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
  const holder = await findHolder(c.env, hash, nowMs, waitUntil);
  if (holder === null || !(await sameText(holder.hash, hash))) return null;
  if (holder.expiresAt !== null && holder.expiresAt <= nowMs) return null;
  noteKeyUse(c.env, holder, nowMs, waitUntil);
  return { id: `key:${holder.id}`, scopes: holder.scopes };
}
