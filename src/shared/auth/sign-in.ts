// Signing in at the console with a key: throttled by address and key, locked after many wrong ones. A one-time link passes
// the lock, so nobody can lock an operator out for good.
import { eq, sql } from "drizzle-orm";
import { MINUTE_MS } from "../clock.ts";
import type { Db } from "../db/client.ts";
import { AppError } from "../errors.ts";
import type { Actor } from "../deps.ts";
import { log } from "../telemetry/log.ts";
import type { WaitUntil } from "./holder-cache.ts";
import { holderOfKey } from "./requires.ts";
import { looksLikeKey, shownPart } from "./secrets.ts";
import { signInFailure } from "./tables.ts";

/** Wrong keys of one subject within the window; then it is locked until the window ends. */
const MAX_FAILURES = 10;
const WINDOW_MS = 15 * MINUTE_MS;

type SignInEnv = Pick<Env, "ADMIN_TOKEN" | "DB" | "KV" | "SIGN_IN_LIMIT">;

/** Who tries, with what. */
export interface Attempt {
  proof: string;
  /** The caller's address; empty where there is none. */
  address: string;
  nowMs: number;
}

/** Whom a proof claims to be: what has no key's form is taken for the admin token. */
const subjectOf = (proof: string) => (looksLikeKey(proof) ? shownPart(proof) : "root");

function tooMany(waitMs: number): AppError {
  const minutes = Math.max(1, Math.ceil(waitMs / MINUTE_MS));
  return new AppError("too_many_attempts", {
    retry: true,
    detail: `Too many wrong keys. Try again in ${minutes} min, or use a one-time link.`,
    headers: { "Retry-After": String(minutes * 60) },
  });
}

/** Refuses with `too_many_attempts` where an address or a key was tried too often within the last minute. */
async function throttle(env: SignInEnv, subject: string, address: string): Promise<void> {
  const keys = [`key:${subject}`, ...(address === "" ? [] : [`address:${address}`])];
  const outcomes = await Promise.all(keys.map((key) => env.SIGN_IN_LIMIT.limit({ key })));
  if (outcomes.some(({ success }) => !success)) throw tooMany(MINUTE_MS);
}

/** Who holds the proof. Throws `unauthorized`, or `too_many_attempts`. */
export async function signIn(env: SignInEnv, db: Db, attempt: Attempt, waitUntil: WaitUntil): Promise<Actor> {
  const { proof, address, nowMs } = attempt;
  const subject = subjectOf(proof);
  await throttle(env, subject, address);
  const before = await db.select().from(signInFailure).where(eq(signInFailure.subject, subject)).get();
  if (before !== undefined && before.failures >= MAX_FAILURES && before.endsAt > nowMs)
    throw tooMany(before.endsAt - nowMs);
  const actor = await holderOfKey(env, proof, nowMs, waitUntil);
  if (actor !== null) {
    if (before !== undefined) await db.delete(signInFailure).where(eq(signInFailure.subject, subject));
    return actor;
  }
  const endsAt = nowMs + WINDOW_MS;
  const over = sql`${signInFailure.endsAt} <= ${nowMs}`;
  await db
    .insert(signInFailure)
    .values({ subject, failures: 1, endsAt })
    .onConflictDoUpdate({
      target: signInFailure.subject,
      set: {
        failures: sql`case when ${over} then 1 else ${signInFailure.failures} + 1 end`,
        endsAt: sql`case when ${over} then ${endsAt} else ${signInFailure.endsAt} end`,
      },
    });
  log("sign_in_refused", { level: "warn", subject });
  throw new AppError("unauthorized", { retry: false, detail: "No key is like this one, or it has ended." });
}
