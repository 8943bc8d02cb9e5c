// The clock of a house under test: its minute, and waiting for what happens behind an answer.
import { setTimeout as wait } from "node:timers/promises";
import type { House } from "./house.ts";

const PATIENCE_MS = 90_000;

/** Does what the cron of the minute does: gauges are told, counts become rows of the time series. */
export async function minute(house: House): Promise<void> {
  const answer = await fetch(`${house.origin}/cdn-cgi/handler/scheduled?cron=${encodeURIComponent("* * * * *")}`);
  if (!answer.ok) throw new Error(`the minute answered ${answer.status}`);
}

/** Waits until something is so; throws with the last answer if it never is. */
export async function until<T>(
  look: () => Promise<T>,
  is: (seen: T) => boolean,
  patienceMs: number = PATIENCE_MS,
): Promise<T> {
  const endMs = Date.now() + patienceMs;
  for (;;) {
    const seen = await look();
    if (is(seen)) return seen;
    if (Date.now() > endMs) throw new Error(`it never came so: ${JSON.stringify(seen)}`);
    await wait(200);
  }
}
