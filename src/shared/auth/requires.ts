// The guard of keyed doors: who calls, by which proof, and whether he may. It refuses plain http before it looks at a key.
import type { Context, MiddlewareHandler } from "hono";
import { AppError } from "../errors.ts";
import type { Actor } from "../deps.ts";
import type { AppEnv } from "../system.ts";
import type { WaitUntil } from "./holder-cache.ts";
import { findHolder, noteKeyUse } from "./key-cache.ts";
import { grants } from "./scopes.ts";
import { hashOf, looksLikeKey, sameHash } from "./secrets.ts";
import { sessionOf } from "./session-cookie.ts";
import { sessionActor } from "./sessions.ts";

/** How a door takes its proof. */
export interface RequiresOptions {
  /** Also takes the bare key in `Authorization`, as the replaced systems did. */
  compat?: boolean;
  /** Also takes `Token <key>`, as mParticle sends it. */
  token?: boolean;
  /** Without `Authorization`, also takes a key in `?key=` that can do nothing else: a URL is seen by more eyes than a header. */
  inQuery?: boolean;
}

const ROOT: Actor = { id: "root", scopes: ["*"] };
/** Hosts of this very machine. */
export const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\]|.+\.localhost)$/;

/** Middleware: lets through who holds `scope`, with `c.get("actor")` set; else 401, 403 `forbidden` or `https_required`. */
export function requires(scope: string, options: RequiresOptions = {}): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const actor = await identify(c, options);
    if (actor === null) throw unauthorized();
    if (options.inQuery === true && c.req.header("Authorization") === undefined) demandOnly(actor, scope);
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

/** Throws 403 unless the scope is the actor's only one: a key in a URL opens nothing else when it is seen. */
function demandOnly(actor: Actor, scope: string): void {
  if (actor.scopes.length === 1 && actor.scopes[0] === scope) return;
  throw new AppError("forbidden", {
    retry: false,
    detail: `A key in the URL must have the one scope ${scope}. Replace this one, since logs may have seen it.`,
  });
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

/** Throws `https_required` for plain http to any other host than this machine. */
export function refusePlainHttp(url: string): void {
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
  const header = c.req.header("Authorization");
  const inQuery = options.inQuery === true && header === undefined;
  // Who is signed in at the console may also read: its pages link to the CSV of what they show.
  if (header === undefined && !inQuery && c.req.method === "GET") {
    const session = await sessionOf(c);
    return session === null ? null : sessionActor(session);
  }
  const proof = inQuery ? (c.req.query("key") ?? null) : proofOf(header, options);
  const waitUntil = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
  return proof === null ? null : holderOfKey(c.env, proof, c.get("deps").clock(), waitUntil);
}

/** The isolate has the admin token in its bindings anyway; its hash is made once, not for each request. */
let admin = { token: "", hash: "" };

async function adminHash(token: string): Promise<string> {
  if (admin.token !== token) admin = { token, hash: await hashOf(token) };
  return admin.hash;
}

/** Keys whose hashes an isolate remembers, about 200 bytes each. */
const MAX_REMEMBERED = 1_000;

/** Hashes of keys that opened something: a busy source's key is hashed once, not for each message. They open nothing by themselves. */
const hashes = new Map<string, string>();

function rememberHash(proof: string, hash: string): void {
  if (hashes.has(proof)) return;
  if (hashes.size >= MAX_REMEMBERED) hashes.clear();
  hashes.set(proof, hash);
}

/** Who holds a key or the admin token, or null. */
export async function holderOfKey(
  env: Pick<Env, "ADMIN_TOKEN" | "DB" | "KV">,
  proof: string,
  nowMs: number,
  waitUntil: WaitUntil,
): Promise<Actor | null> {
  const hash = hashes.get(proof) ?? (await hashOf(proof));
  // An empty ADMIN_TOKEN opens nothing.
  if (env.ADMIN_TOKEN && sameHash(hash, await adminHash(env.ADMIN_TOKEN))) {
    rememberHash(proof, hash);
    return ROOT;
  }
  if (!looksLikeKey(proof)) return null;
  const holder = await findHolder(env, hash, nowMs, waitUntil);
  if (holder === null || !sameHash(holder.hash, hash)) return null;
  if (holder.expiresAt !== null && holder.expiresAt <= nowMs) return null;
  rememberHash(proof, hash);
  noteKeyUse(env, holder, nowMs, waitUntil);
  return { id: `key:${holder.id}`, scopes: holder.scopes };
}
