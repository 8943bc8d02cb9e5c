// The queue `webhooks`: makes one attempt of a delivery, however often its message comes. A crash between the sending and
// its record sends once more, with the same `webhook-id`, by which a receiver knows it.
import * as z from "zod";
import { SECOND_MS } from "../clock.ts";
import { database, together } from "../db/client.ts";
import type { Db } from "../db/client.ts";
import { inDevelopment } from "../development.ts";
import type { Deps } from "../deps.ts";
import type { Consumer, Outcome } from "../system.ts";
import { IsolateOutbox } from "../telemetry/counters.ts";
import type { Count } from "../telemetry/counters.ts";
import { log } from "../telemetry/log.ts";
import { metricsDoor } from "../telemetry/metrics.ts";
import { VaultError } from "../vault/envelope.ts";
import { addressFault } from "./address.ts";
import { HELD_MS, claimDelivery, parkPending, postpone, settleDelivery } from "./claim.ts";
import type { Claimed } from "./claim.ts";
import { nextOf } from "./schedule.ts";
import type { Attempt } from "./schedule.ts";
import { openSecrets } from "./secrets.ts";
import { sendWebhook } from "./send.ts";

const message = z.object({ queue: z.literal("webhooks"), deliveryId: z.string().min(1) });
const ack: Outcome = { kind: "ack" };

/** Makes the attempt that a message asks for, if it is due and nobody else is at it. */
export const consumeDelivery: Consumer = async (body, env, deps) => {
  const read = message.safeParse(body);
  if (!read.success) return { kind: "park", reason: "malformed", detail: z.prettifyError(read.error) };
  const { deliveryId } = read.data;
  const db = database(env);
  const nowMs = deps.clock();
  const claimed = await claimDelivery(db, deliveryId, nowMs);
  if (claimed === "over") return ack;
  if ("disabledId" in claimed) {
    // It was published while its webhook was being disabled.
    await together(db, [parkPending(db, claimed.disabledId, nowMs)]);
    return ack;
  }
  if ("waitMs" in claimed) return again(claimed.waitMs, "Another attempt is at work, or the next is not due.");
  if ("restUntilMs" in claimed) {
    await postpone(db, deliveryId, claimed.restUntilMs);
    return ack;
  }
  return await attempt(claimed, db, env, deps);
};

/** A short wait is the queue's, a long one the sweep's: messages that wait for hours use up their tries. */
function again(waitMs: number, reason: string): Outcome {
  return waitMs > HELD_MS ? ack : { kind: "retry", afterSeconds: waitMs / SECOND_MS, reason };
}

async function attempt(claimed: Claimed, db: Db, env: Env, deps: Deps): Promise<Outcome> {
  const counted = new IsolateOutbox(deps.clock);
  const made = await tried(claimed, env, deps, (...one) => counted.add(...one));
  const nowMs = deps.clock();
  const attempts = claimed.attempts + 1;
  const next = nextOf(made, attempts, nowMs, Math.random());
  const [settled] = await Promise.allSettled([
    settleDelivery(db, claimed, made, next, nowMs),
    counted.push(metricsDoor(env)),
  ]);
  if (settled.status === "rejected") throw settled.reason;
  const about = { deliveryId: claimed.id, webhookId: claimed.webhookId, type: claimed.type, attempts };
  if (!made.ok) log("webhook_failed", { level: "warn", ...about, state: next.state, reason: made.reason });
  return next.state === "pending" ? again(next.dueAtMs - nowMs, "The receiver did not take it.") : ack;
}

async function tried(claimed: Claimed, env: Env, deps: Deps, count: Count): Promise<Attempt> {
  const { url, type, body, eventId, previousSecretUntil } = claimed;
  const atMs = deps.clock();
  // What was allowed when it was stored may not be here: a database may have moved from a developer's machine.
  const fault = addressFault(url, inDevelopment(env));
  if (fault !== null) return { ok: false, reason: "bad_address", detail: `The URL ${fault}.` };
  try {
    const secrets = await openSecrets(env, claimed.secretRows, (previousSecretUntil ?? 0) > atMs);
    if (secrets.length === 0) return { ok: false, reason: "secret_unreadable", detail: "The secret is not there." };
    return await sendWebhook({ url, type, secrets }, { id: eventId, atMs, body }, { ...deps, count });
  } catch (error) {
    if (error instanceof VaultError) return { ok: false, reason: "secret_unreadable", detail: error.message };
    throw error;
  }
}
