// Brings back what was handed to the log as a line, because neither the click log nor the queue took it.
import { clickLog } from "./recorder.ts";
import type { CheckedHandover } from "./schema-handover.ts";

/** Gives each hand-over to its log; what is there already counts once. Throws what the log throws: send all again. */
export async function replayHandovers(env: Env, handovers: readonly CheckedHandover[]): Promise<number> {
  let clicks = 0;
  for (const { log, batch } of handovers) {
    await clickLog(env, log).append(JSON.stringify(batch));
    clicks += batch.clicks.length;
  }
  return clicks;
}
