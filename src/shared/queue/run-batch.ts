// Runs a queue's batch message by message. One message's failure must never touch its neighbours, and none may be lost.
import { database } from "../db/client.ts";
import type { Deps } from "../deps.ts";
import type { Consumer, Outcome } from "../system.ts";
import { log } from "../telemetry/log.ts";
import { backoffSeconds } from "./backoff.ts";
import { park } from "./parked.ts";

/** Six connections of one invocation may wait for their headers; one is left for parking. */
const AT_ONCE = 5;

/** The platform refuses longer delays. */
const MAX_DELAY_SECONDS = 24 * 3_600;

/** The queue of dead letters. */
const PARKED_QUEUE = "parked";

/**
 * Gives each message to `consumer` and does what it says: ack, retry after a delay, or park. A throw is a retry with
 * backoff, and so is a failure to park. Never throws.
 */
export async function runBatch(batch: MessageBatch, consumer: Consumer, env: Env, deps: Deps): Promise<void> {
  const waiting = batch.messages.values();
  const work = async () => {
    for (const message of waiting) await runMessage(batch.queue, message, consumer, env, deps);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, batch.messages.length) }, work));
}

async function runMessage(queue: string, message: Message, consumer: Consumer, env: Env, deps: Deps): Promise<void> {
  try {
    const outcome = await consumer(message.body, env, deps, message.attempts);
    await settle(queue, message, outcome, env, deps);
  } catch (error) {
    log("message_failed", { level: "error", queue, id: message.id, attempts: message.attempts, error });
    message.retry({ delaySeconds: backoffSeconds(message.attempts) });
  }
}

async function settle(queue: string, message: Message, outcome: Outcome, env: Env, deps: Deps): Promise<void> {
  if (outcome.kind === "retry") {
    log("message_retried", {
      level: "warn",
      queue,
      id: message.id,
      attempts: message.attempts,
      reason: outcome.reason,
    });
    const delaySeconds = Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil(outcome.afterSeconds)));
    message.retry({ delaySeconds });
    return;
  }
  if (outcome.kind === "park") {
    const { reason, detail } = outcome;
    const origin = queue === PARKED_QUEUE ? originOf(message.body) : queue;
    await park(database(env), {
      id: message.id,
      queue: origin,
      body: message.body,
      reason,
      detail,
      parkedAtMs: deps.clock(),
    });
    log("message_parked", { level: "error", queue: origin, id: message.id, reason });
  }
  message.ack();
}

/** A dead letter arrives without its queue's name: a message that wants to be known by it carries it as `queue`. */
function originOf(body: unknown): string {
  const queue = typeof body === "object" && body !== null && "queue" in body ? body.queue : undefined;
  return typeof queue === "string" && queue !== "" ? queue : PARKED_QUEUE;
}

/** The consumer of dead letters: whatever a queue gave up after its last retry is parked. */
export const deadLetters: Consumer = () =>
  Promise.resolve({
    kind: "park",
    reason: "retries_exhausted",
    detail: "The queue gave the message up after its last retry.",
  });
