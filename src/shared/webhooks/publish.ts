// Publishing: whatever happened is written down for everybody who subscribed to it, in one transaction, and the queue is told.
// Who publishes never waits for a receiver, and publishing the same again changes nothing.
import { sql } from "drizzle-orm";
import { hashOf } from "../auth/secrets.ts";
import { isoTime } from "../clock.ts";
import { jsonChunks, jsonEach } from "../db/chunk.ts";
import { database } from "../db/client.ts";
import { LOOK_AFTER_MS, enqueue } from "./queue.ts";
import { webhookDelivery, webhookEvent } from "./tables.ts";

/** Something that happened. */
export interface WebhookEvent {
  /** As its system declares it in `events`: `segment.nearly_full`. */
  type: string;
  /** Tells this happening from all others of its type, and is the same whenever it is published again. */
  key: string;
  /** When it happened, in milliseconds. */
  atMs: number;
  /** By `shapes.md`; JSON. */
  data: object;
}

/** Ids of these events: `msg_` and 32 hex digits, without anything that a receiver could mistake. */
async function rowOf({ type, key, atMs, data }: WebhookEvent): Promise<[id: string, type: string, body: string]> {
  const id = `msg_${(await hashOf(`${type} ${key}`)).slice(0, 32)}`;
  return [id, type, JSON.stringify({ type, timestamp: isoTime(atMs), data })];
}

/**
 * Publishes events to the webhooks that are active and subscribed to them; returns how many deliveries that makes. Rejects
 * where D1 does: then nothing was published, and the caller publishes again.
 */
export async function publish(
  env: Pick<Env, "DB" | "WEBHOOKS_QUEUE">,
  events: readonly WebhookEvent[],
  nowMs: number,
): Promise<number> {
  const db = database(env);
  const made: string[] = [];
  for (const json of jsonChunks(await Promise.all(events.map(rowOf)))) {
    const [, rows] = await db.batch([
      db
        .insert(webhookEvent)
        .select(
          sql`select value ->> 0, value ->> 1, value ->> 2, ${nowMs} from ${jsonEach(json)} where exists (
            select 1 from webhook w, json_each(w.events) e where w.state = 'active' and e.value = json_each.value ->> 1)`,
        )
        .onConflictDoNothing(),
      db
        .insert(webhookDelivery)
        // A webhook that was added after an event was first published hears nothing of it.
        .select(
          sql`select ${`dlv_${nowMs.toString(36).padStart(9, "0")}`} || lower(hex(randomblob(6))), v.id, w.id, 'pending', 0,
              ${nowMs}, ${nowMs + LOOK_AFTER_MS}, null, null, null, null, null
            from webhook_event v join webhook w on w.state = 'active' and w.created_at <= v.created_at
            where v.id in (select value ->> 0 from ${jsonEach(json)})
              and exists (select 1 from json_each(w.events) e where e.value = v.type)`,
        )
        .onConflictDoNothing()
        .returning({ id: webhookDelivery.id }),
    ]);
    made.push(...rows.map(({ id }) => id));
  }
  await enqueue(env, made);
  return made.length;
}
