// Sends parked messages to their queues again. A message is sent, then marked: what a crash leaves unmarked is sent once
// more, and every consumer takes a message twice without harm.
import { and, inArray, isNull, sql } from "drizzle-orm";
import { auditRow } from "../audit/row.ts";
import { inChunks, jsonEach } from "../db/chunk.ts";
import { together } from "../db/client.ts";
import type { Db } from "../db/client.ts";
import { log } from "../telemetry/log.ts";
import { parkedMessage } from "./tables.ts";

/** As many as one request may replay: each is a call of its queue. */
const MAX_REPLAYED = 100;
/** Six connections of one invocation may wait; one is left. */
const AT_ONCE = 5;

/** What became of a replay. A message that was replayed before is in neither list. */
export interface Replay {
  replayed: string[];
  failed: { id: string; reason: "unknown" | "no_queue" | "not_sent" }[];
}

/** The producer of a queue by its name: `clickouts` is bound as `CLICKOUTS_QUEUE`. */
function producerOf(env: Env, queue: string): Pick<Queue, "send"> | undefined {
  const name = `${queue.toUpperCase().replaceAll("-", "_")}_QUEUE`;
  const bound: unknown = (env as unknown as Record<string, unknown>)[name];
  return typeof bound === "object" && bound !== null && "send" in bound ? (bound as Queue) : undefined;
}

async function resend(
  env: Env,
  row: { id: string; queue: string; body: string },
): Promise<Replay["failed"][number] | null> {
  const producer = producerOf(env, row.queue);
  if (producer === undefined) return { id: row.id, reason: "no_queue" };
  try {
    await producer.send(JSON.parse(row.body), { contentType: "json" });
    return null;
  } catch (error) {
    log("replay_failed", { level: "warn", queue: row.queue, id: row.id, error });
    return { id: row.id, reason: "not_sent" };
  }
}

/** Replays these messages, at most `MAX_REPLAYED`. Repeating it is harmless. */
export async function replayParked(
  env: Env,
  db: Db,
  ids: readonly string[],
  by: { actor: string; requestId: string; at: number },
): Promise<Replay> {
  const wanted = [...new Set(ids)].slice(0, MAX_REPLAYED);
  if (wanted.length === 0) return { replayed: [], failed: [] };
  const { id, queue, body, replayedAt } = parkedMessage;
  const rows = await db.select({ id, queue, body, replayedAt }).from(parkedMessage).where(inArray(id, wanted));
  const known = new Set(rows.map((row) => row.id));
  const failed: Replay["failed"] = wanted
    .filter((one) => !known.has(one))
    .map((one) => ({ id: one, reason: "unknown" }));
  const replayed: string[] = [];
  for (const part of inChunks(
    rows.filter((row) => row.replayedAt === null),
    AT_ONCE,
  )) {
    const outcomes = await Promise.all(part.map((row) => resend(env, row)));
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome === null) replayed.push(part[i]!.id);
      else failed.push(outcome);
    }
  }
  if (replayed.length > 0) {
    const mark = db
      .update(parkedMessage)
      .set({ replayedAt: by.at })
      .where(and(sql`${id} in (select value from ${jsonEach(JSON.stringify(replayed))})`, isNull(replayedAt)));
    const after = { count: replayed.length, ids: replayed };
    await together(db, [auditRow(db, { ...by, action: "parked.replay", subject: "parked", after }), mark]);
  }
  return { replayed, failed };
}
