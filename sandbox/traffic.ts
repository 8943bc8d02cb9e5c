// Gentle demo traffic: about one visit a second to SLUICE_URL, until SIGTERM or SIGINT.
// It must never follow a redirect, and never mind that the Worker is away.
import process, { env } from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { nextVisit } from "./visits.ts";

const target = (env["SLUICE_URL"] ?? "http://127.0.0.1:8787").replace(/\/+$/, "");
const MEAN_PAUSE_MS = 1_000;
const TIMEOUT_MS = 5_000;

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(0));

/** Says only when the Worker comes or goes, not each visit. */
let reachable: boolean | undefined;
function report(now: boolean): void {
  if (now === reachable) return;
  reachable = now;
  process.stdout.write(`traffic: ${target} ${now ? "answers" : "is away, trying again"}\n`);
}

for (;;) {
  const { method, path, headers } = nextVisit(Math.random);
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(`${target}${path}`, {
      method,
      headers,
      redirect: "manual",
      signal,
    });
    await response.body?.cancel();
    report(true);
  } catch {
    report(false);
  }
  await wait(MEAN_PAUSE_MS * (0.5 + Math.random()));
}
