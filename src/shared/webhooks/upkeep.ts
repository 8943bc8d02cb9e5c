// Webhooks by the clock: the sweep asks for attempts that are due, retention forgets what was delivered long ago.
import { sql } from "drizzle-orm";
import { DAY_MS, MINUTE_MS } from "../clock.ts";
import { database } from "../db/client.ts";
import type { Job } from "../jobs/job.ts";
import { enqueue } from "./queue.ts";
import { webhookDelivery, webhookEvent } from "./tables.ts";

/** At most so many attempts are asked for in a minute; the longest waiting come first. */
const WOKEN = 500;
/** A message that is lost is made again after this. */
const LOOK_AGAIN_MS = 5 * MINUTE_MS;
/** What was delivered is listed for so long; what is parked stays. */
const KEEP_MS = 30 * DAY_MS;
/** Rows of one statement, so that none holds D1 for long, and statements of one run. */
const FORGOTTEN_AT_ONCE = 5_000;
const ROUNDS = 200;

/** Asks for attempts that are due and that no message brings. Receivers that rest are spared what they have not seen. */
export const wakeDeliveries: Job = async (env, deps) => {
  const nowMs = deps.clock();
  const due = await database(env)
    .update(webhookDelivery)
    .set({ lookAt: nowMs + LOOK_AGAIN_MS })
    .where(
      sql`${webhookDelivery.id} in (select d.id from webhook_delivery d left join webhook w on w.id = d.webhook_id
        where d.state = 'pending' and d.look_at <= ${nowMs} and (d.attempts > 0 or w.rest_until <= ${nowMs})
        order by d.look_at limit ${WOKEN})`,
    )
    .returning({ id: webhookDelivery.id });
  await enqueue(
    env,
    due.map(({ id }) => id),
  );
  return { counts: { webhooksWoken: due.length }, warnings: [] };
};

/** Forgets deliveries 30 days after their event, and events of which nobody has a delivery any more. */
export const forgetDelivered: Job = async (env, deps) => {
  const before = deps.clock() - KEEP_MS;
  const firstKept = `dlv_${Math.max(0, before).toString(36).padStart(9, "0")}`;
  const db = database(env);
  let forgotten = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const gone = await db
      .delete(webhookDelivery)
      .where(
        sql`${webhookDelivery.id} in (select id from webhook_delivery
          where id < ${firstKept} and state = 'delivered' limit ${FORGOTTEN_AT_ONCE})`,
      )
      .returning({ id: webhookDelivery.id });
    const orphans = await db
      .delete(webhookEvent)
      .where(
        sql`${webhookEvent.id} in (select v.id from webhook_event v where v.created_at < ${before}
          and not exists (select 1 from webhook_delivery d where d.event_id = v.id) limit ${FORGOTTEN_AT_ONCE})`,
      )
      .returning({ id: webhookEvent.id });
    forgotten += gone.length;
    if (Math.max(gone.length, orphans.length) < FORGOTTEN_AT_ONCE) break;
  }
  return { counts: { deliveriesForgotten: forgotten }, warnings: [] };
};
