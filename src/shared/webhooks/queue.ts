// The queue `webhooks`: one message is one attempt of one delivery. A message that is lost is made again by the sweep.
import { inChunks } from "../db/chunk.ts";
import { log } from "../telemetry/log.ts";

/** The queue is told at once; a delivery whose message was lost is found by the sweep after this. */
export const LOOK_AFTER_MS = 120_000;

/** The platform takes a hundred messages a call. */
const MESSAGES_OF_A_CALL = 100;

/** Asks for an attempt of each delivery. Never throws: what the queue does not take is found by the sweep. */
export async function enqueue(env: Pick<Env, "WEBHOOKS_QUEUE">, deliveryIds: readonly string[]): Promise<void> {
  try {
    for (const part of inChunks(deliveryIds, MESSAGES_OF_A_CALL)) {
      await env.WEBHOOKS_QUEUE.sendBatch(part.map((deliveryId) => ({ body: { queue: "webhooks", deliveryId } })));
    }
  } catch (error) {
    log("webhooks_not_queued", { level: "warn", count: deliveryIds.length, error });
  }
}
