// The guard of keyed doors: who calls, by which proof, and whether he may. It refuses plain http before it looks at a key.
import type { Context, MiddlewareHandler } from "hono";
import { AppError } from "../errors.ts";
import type { Actor, AppEnv } from "../system.ts";
import type { WaitUntil } from "./holder-cache.ts";
import { findHolder, noteKeyUse } from "./key-cache.ts";
import { grants } from "./scopes.ts";
import { hashOf, looksLikeKey, sameText } from "./secrets.ts";
import { sessionOf } from "./session-cookie.ts";
import { sessionActor } from "./sessions.ts";

/** How a door takes its proof. */
export interface RequiresOptions {
  /** Also takes the bare key in `Authorization`, as the replaced systems did. */
  compat?: boolean;
}

const ROOT: Actor = { id: "root", scopes: ["*"] };
/** Hosts of this very machine. */
export const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\]|.+\.localhost)$/;

/** Middleware: lets through who holds `scope`, with `c.get("actor")` set; else 401, 403 `forbidden` or `https_required`. */
export function requires(scope: string, options: RequiresOptions = {}): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    refusePlainHttp(c.req.url);
    const actor = await actorOf(c, options.compat === true);
    if (actor === null) throw unauthorized();
    if (!grants(actor.scopes, scope)) {
      throw new AppError("forbidden", { retry: false, detail: `This key lacks the scope ${scope}.` });
    }
    c.set("actor", actor);
    await next();
  };
}

/** What a keyed door adds to its route: the guard, and the same told in OpenAPI. `createRoute({...keyed("keys:read"), …})`. */
export function keyed(scope: string, options: RequiresOptions = {}) {
  return { middleware: requires(scope, options), security: [{ bearer: [scope] }] };
}

function unauthorized(): AppError {
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

function proofOf(header: string | undefined, compat: boolean): string | null {
  if (header === undefined) return null;
  const bearer = /^Bearer +(\S+) *$/i.exec(header);
  if (bearer !== null) return bearer[1]!;
  return compat && /^\S+$/.test(header) ? header : null;
}

async function actorOf(c: Context<AppEnv>, compat: boolean): Promise<Actor | null> {
  const header = c.req.header("Authorization");
  // Who is signed in at the console may also read: its pages link to the CSV of what they show.
  if (header === undefined && c.req.method === "GET") {
    const session = await sessionOf(c);
    return session === null ? null : sessionActor(session);
  }
  const proof = proofOf(header, compat);
  const waitUntil = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
  return proof === null ? null : holderOfKey(c.env, proof, c.get("deps").clock(), waitUntil);
}

/** Who holds a key or the admin token, or null. */
export async function holderOfKey(
  env: Pick<Env, "ADMIN_TOKEN" | "DB" | "KV">,
  proof: string,
  nowMs: number,
  waitUntil: WaitUntil,
): Promise<Actor | null> {
  // An empty ADMIN_TOKEN opens nothing.
  if (env.ADMIN_TOKEN && (await sameText(proof, env.ADMIN_TOKEN))) return ROOT;
  if (!looksLikeKey(proof)) return null;
  const hash = await hashOf(proof);
  const holder = await findHolder(env, hash, nowMs, waitUntil);
  if (holder === null || !(await sameText(holder.hash, hash))) return null;
  if (holder.expiresAt !== null && holder.expiresAt <= nowMs) return null;
  noteKeyUse(env, holder, nowMs, waitUntil);
  return { id: `key:${holder.id}`, scopes: holder.scopes };
}
