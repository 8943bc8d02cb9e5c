// Sessions of the console in D1: opened by a key or a one-time link, found by the cookie's token, listed, ended.
// The token itself is stored nowhere. A session can do what its key can; with the key it ends.
import { and, desc, eq, gt, isNotNull, isNull, lt, lte, or } from "drizzle-orm";
import * as z from "zod";
import { auditRow } from "../audit/row.ts";
import { HOUR_MS, MINUTE_MS, isoTime } from "../clock.ts";
import { database, together } from "../db/client.ts";
import type { Db } from "../db/client.ts";
import { notFound } from "../errors.ts";
import { newId, randomText } from "../ids.ts";
import type { Actor } from "../deps.ts";
import { log } from "../telemetry/log.ts";
import { HolderCache, USE_NOTED_EVERY_MS } from "./holder-cache.ts";
import type { WaitUntil } from "./holder-cache.ts";
import type { ChangedBy } from "./keys.ts";
import { hashOf } from "./secrets.ts";
import { apiKey, session, signInFailure, signInLink } from "./tables.ts";

/** A session that nobody uses for this long has ended. */
const SESSION_IDLE_MS = 12 * HOUR_MS;
const LINK_LIFE_MS = 15 * MINUTE_MS;
/** 160 bits, as a key has. */
const TOKEN_LENGTH = 32;
const AGENT_LENGTH = 200;

const holder = z.object({
  id: z.string(),
  hash: z.string(),
  keyId: z.string().nullable(),
  /** Null for the admin token. */
  keyName: z.string().nullable(),
  scopes: z.array(z.string()),
  keyExpiresAt: z.number().nullable(),
  lastSeenAt: z.number(),
});

/** Who is signed in. */
export type Session = z.infer<typeof holder>;

type SessionEnv = Pick<Env, "DB" | "KV">;

const holders = new HolderCache<Session>("session:", holder);

/** Who acts by a session. */
export function sessionActor({ keyId, scopes }: Session): Actor {
  return { id: keyId === null ? "root" : `key:${keyId}`, scopes };
}

/** Opens a session for a key, or for the admin token (`keyId` null); answers its token, once. */
export async function openSession(db: Db, keyId: string | null, agent: string, by: ChangedBy): Promise<string> {
  const token = randomText(TOKEN_LENGTH);
  const id = newId("ses", by.at);
  const row = { id, hash: await hashOf(token), keyId, agent: agent.slice(0, AGENT_LENGTH) };
  await together(db, [
    db.insert(session).values({ ...row, createdAt: by.at, lastSeenAt: by.at }),
    auditRow(db, { ...by, action: "session.open", subject: `session:${id}`, after: { agent: row.agent } }),
  ]);
  return token;
}

/** Finds the session of a cookie's token; null if it has ended, was idle too long, or its key is gone or over. */
export async function findSession(
  env: SessionEnv,
  token: string,
  nowMs: number,
  waitUntil: WaitUntil,
): Promise<Session | null> {
  const hash = await hashOf(token);
  const read = () => readSession(database(env), hash);
  const found = await holders.find(env, hash, nowMs, waitUntil, read, (seen) => ({ ...seen, lastSeenAt: nowMs }));
  if (found === null || found.lastSeenAt <= nowMs - SESSION_IDLE_MS) return null;
  if (found.keyExpiresAt !== null && found.keyExpiresAt <= nowMs) return null;
  noteSeen(env, found, nowMs, waitUntil);
  return found;
}

async function readSession(db: Db, hash: string): Promise<Session | null> {
  const row = await db
    .select({
      id: session.id,
      keyId: session.keyId,
      lastSeenAt: session.lastSeenAt,
      keyName: apiKey.name,
      scopes: apiKey.scopes,
      keyExpiresAt: apiKey.expiresAt,
    })
    .from(session)
    .leftJoin(apiKey, eq(apiKey.id, session.keyId))
    .where(eq(session.hash, hash))
    .get();
  if (row === undefined) return null;
  if (row.keyId === null) return { ...row, hash, scopes: ["*"] };
  // Its key was revoked.
  if (row.scopes === null) return null;
  return { ...row, hash, scopes: row.scopes };
}

function noteSeen(env: SessionEnv, found: Session, nowMs: number, waitUntil: WaitUntil): void {
  const before = nowMs - USE_NOTED_EVERY_MS;
  if (found.lastSeenAt > before) return;
  found.lastSeenAt = nowMs;
  const statement = database(env)
    .update(session)
    .set({ lastSeenAt: nowMs })
    .where(and(eq(session.id, found.id), lt(session.lastSeenAt, nowMs)));
  waitUntil(statement.run().catch((error: unknown) => log("session_use_unwritten", { level: "warn", error })));
}

/** A session as it may be shown. */
export interface SessionRow {
  id: string;
  keyId: string | null;
  keyName: string | null;
  agent: string;
  createdAt: number;
  lastSeenAt: number;
}

/** Those that have not ended, newest first; only those of one key (or of the admin token, null) if given. */
export async function listSessions(db: Db, nowMs: number, keyId?: string | null): Promise<SessionRow[]> {
  const { id, agent, createdAt, lastSeenAt } = session;
  const whose = keyId === undefined ? undefined : keyId === null ? isNull(session.keyId) : eq(session.keyId, keyId);
  return db
    .select({ id, keyId: session.keyId, keyName: apiKey.name, agent, createdAt, lastSeenAt })
    .from(session)
    .leftJoin(apiKey, eq(apiKey.id, session.keyId))
    .where(and(gt(session.lastSeenAt, nowMs - SESSION_IDLE_MS), whose, or(isNull(session.keyId), isNotNull(apiKey.id))))
    .orderBy(desc(session.id))
    .limit(500);
}

/** Ends a session: at once here, within two minutes everywhere. Throws `not_found`; `mayEnd` may refuse by throwing. */
export async function endSession(
  env: SessionEnv,
  db: Db,
  id: string,
  by: ChangedBy,
  mayEnd: (keyId: string | null) => void = () => {},
): Promise<void> {
  const row = await db.select().from(session).where(eq(session.id, id)).get();
  if (row === undefined) throw notFound("This session");
  mayEnd(row.keyId);
  await together(db, [
    db.delete(session).where(eq(session.id, id)),
    auditRow(db, { ...by, action: "session.end", subject: `session:${id}`, before: { agent: row.agent } }),
  ]);
  await holders.forget(env, row.hash);
}

/** Deletes what has ended by itself: idle sessions, links that nobody used, locks whose time is over. */
export async function forgetEnded(db: Db, nowMs: number): Promise<void> {
  await together(db, [
    db.delete(session).where(lte(session.lastSeenAt, nowMs - SESSION_IDLE_MS)),
    db.delete(signInLink).where(lte(signInLink.expiresAt, nowMs)),
    // Whoever tries many different keys leaves a row for each.
    db.delete(signInFailure).where(lte(signInFailure.endsAt, nowMs)),
  ]);
}

/** Makes a link's token for a key or the admin token: it signs in once, within 15 minutes. */
export async function makeSignInLink(db: Db, keyId: string | null, by: ChangedBy) {
  const token = randomText(TOKEN_LENGTH);
  const expiresAt = by.at + LINK_LIFE_MS;
  await together(db, [
    db.insert(signInLink).values({ hash: await hashOf(token), keyId, expiresAt }),
    auditRow(db, { ...by, action: "session.link", subject: "session", after: { expiresAt: isoTime(expiresAt) } }),
  ]);
  return { token, expiresAt };
}

/** Uses a link up. Answers whose it was; null if it is over, used, or none. Two at once: one gets it. */
export async function takeSignInLink(db: Db, token: string, nowMs: number): Promise<{ keyId: string | null } | null> {
  const [taken] = await db
    .delete(signInLink)
    .where(eq(signInLink.hash, await hashOf(token)))
    .returning();
  return taken !== undefined && taken.expiresAt > nowMs ? { keyId: taken.keyId } : null;
}
