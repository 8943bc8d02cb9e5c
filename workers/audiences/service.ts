// What every verb of audiences is given, and how it reaches objects: with a deadline, once more where that is known to help.
import type { AuditEntry } from "../../src/shared/audit/row.ts";
import { database } from "../../src/shared/db/client.ts";
import type { Db } from "../../src/shared/db/client.ts";
import { inTime } from "../../src/shared/deadline.ts";
import { AppError } from "../../src/shared/errors.ts";
import type { Deps } from "../../src/shared/deps.ts";
import { log } from "../../src/shared/telemetry/log.ts";
import type { AudienceObjects } from "./objects.ts";
import type { AudienceData } from "./store.ts";

/** One request. */
export interface Operation {
  env: Env;
  deps: Deps;
  db: Db;
  data: AudienceData;
  objects: AudienceObjects;
  waitUntil: (work: Promise<unknown>) => void;
  /** `root` or `key:<id>`. */
  actor: string;
  requestId: string;
}

/** Opens one request's session of D1. */
export function openOperation(request: Omit<Operation, "db">): Operation {
  return { ...request, db: database(request.env) };
}

/** Nobody waits longer for an object's disk: the caller sends again, and what was taken twice counts once. */
const OBJECT_WITHIN_MS = 10_000;

/** Asks an object; all its doors may be asked twice. Throws 503 `busy` where it is away, overloaded or too slow. */
export async function reached<T>(what: string, ask: () => Promise<T>, withinMs = OBJECT_WITHIN_MS): Promise<T> {
  try {
    return await inTime(onceMore(ask), withinMs);
  } catch (error) {
    if (error instanceof AppError) throw error;
    log("audience_object_unreached", { level: "error", what, error });
    throw new AppError("busy", {
      retry: true,
      detail: "This could not be written now. Send it again.",
      headers: { "Retry-After": "2" },
    });
  }
}

/** The platform marks what is gone the next moment (a deploy, a move) as `retryable`; an overloaded object must be left alone. */
async function onceMore<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const { retryable, overloaded } = error as { retryable?: unknown; overloaded?: unknown };
    if (retryable !== true || overloaded === true) throw error;
    return await ask();
  }
}

/** Six of them at once: an invocation may wait for no more answers. In the order of `items`. */
export async function sixAtOnce<T, R>(items: readonly T[], each: (item: T) => Promise<R>): Promise<R[]> {
  if (items.length === 1) return [await each(items[0]!)];
  const done: R[] = [];
  let next = 0;
  const worker = async () => {
    for (let n = next++; n < items.length; n = next++) done[n] = await each(items[n]!);
  };
  await Promise.all(Array.from({ length: Math.min(6, items.length) }, worker));
  return done;
}

/** The audit row of a change. */
export function audited(op: Operation, action: string, subject: string, before: unknown, after: unknown): AuditEntry {
  return { actor: op.actor, action, subject, before, after, requestId: op.requestId, at: op.deps.clock() };
}
