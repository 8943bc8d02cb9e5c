// Opens and ends sessions of the console: by a key, by a one-time link.
import {
  endSession,
  forgetEnded,
  listSessions,
  makeSignInLink,
  openSession,
  takeSignInLink,
} from "../../../src/shared/auth/sessions.ts";
import type { Session, SessionRow } from "../../../src/shared/auth/sessions.ts";
import { signIn } from "../../../src/shared/auth/sign-in.ts";
import { grants } from "../../../src/shared/auth/scopes.ts";
import { database } from "../../../src/shared/db/client.ts";
import { AppError, notFound } from "../../../src/shared/errors.ts";
import type { Actor, Deps } from "../../../src/shared/deps.ts";
import type { Change } from "../change.ts";
import { changedBy } from "../keys/service.ts";

/** A browser at the door. */
export interface Visitor {
  env: Env;
  deps: Deps;
  requestId: string;
  /** The caller's address; empty where there is none. */
  address: string;
  agent: string;
  waitUntil: (work: Promise<unknown>) => void;
}

const keyIdOf = ({ id }: Actor) => (id === "root" ? null : id.slice("key:".length));

/** Signs in with a key; answers the session's token. Throws `unauthorized` or `too_many_attempts`. */
export async function signInWithKey(visitor: Visitor, proof: string): Promise<string> {
  const { env, deps, requestId, address, agent, waitUntil } = visitor;
  const db = database(env);
  const at = deps.clock();
  const actor = await signIn(env, db, { proof, address, nowMs: at }, waitUntil);
  return openSession(db, keyIdOf(actor), agent, { actor: actor.id, requestId, at });
}

/** Signs in with a link's token, which is used up. Throws `unauthorized`. */
export async function signInWithLink(visitor: Visitor, linkToken: string): Promise<string> {
  const { env, deps, requestId, agent } = visitor;
  const db = database(env);
  const at = deps.clock();
  const link = await takeSignInLink(db, linkToken, at);
  if (link === null) {
    throw new AppError("unauthorized", { retry: false, detail: "This link was used already, or its time is over." });
  }
  const actor = link.keyId === null ? "root" : `key:${link.keyId}`;
  return openSession(db, link.keyId, agent, { actor, requestId, at });
}

/** A link that signs its maker in once, within 15 minutes. */
export async function newSignInLink(change: Change): Promise<{ token: string; expiresAt: number }> {
  return makeSignInLink(database(change.env), keyIdOf(change.actor), changedBy(change));
}

/** Whether one may see and end the sessions of others. */
const seesAll = (actor: Actor) => grants(actor.scopes, "keys:write");

/** The sessions that one may end: all of them with `keys:write`, else those of the same key. */
export async function sessionsFor(env: Env, deps: Deps, actor: Actor): Promise<SessionRow[]> {
  return listSessions(database(env), deps.clock(), seesAll(actor) ? undefined : keyIdOf(actor));
}

/** Ends a session. Throws `not_found`, also where it is somebody else's and one may not see it. */
export async function endSessionOf(change: Change, id: string): Promise<void> {
  await endSession(change.env, database(change.env), id, changedBy(change), (keyId) => {
    if (!seesAll(change.actor) && keyId !== keyIdOf(change.actor)) throw notFound("This session");
  });
}

/** Signs out: ends the session that asks. */
export async function signOut(change: Change, session: Pick<Session, "id">): Promise<void> {
  await endSession(change.env, database(change.env), session.id, changedBy(change));
}

/** Deletes sessions and links that have ended by themselves. */
export async function forgetEndedSessions(env: Env, deps: Deps): Promise<void> {
  await forgetEnded(database(env), deps.clock());
}
