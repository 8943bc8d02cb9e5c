// Gentle demo traffic: about one visit a second to SLUICE_URL, until SIGTERM or SIGINT. People go on to the network's
// own door at SANDBOX_URL, which notes the click. It must never go anywhere else, and never mind that the Worker is away.
import process, { env } from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { nextVisit } from "./visits.ts";

const target = (env["SLUICE_URL"] ?? "http://127.0.0.1:8787").replace(/\/+$/, "");
/** The slash keeps a longer host or port from looking like ours. */
const networks = `${(env["SANDBOX_URL"] ?? "http://127.0.0.1:8788").replace(/\/+$/, "")}/`;
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
  const { method, path, headers, person } = nextVisit(Math.random);
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
    const link = response.headers.get("Location");
    if (person && link?.startsWith(networks)) {
      const shop = await fetch(link, { headers, redirect: "manual", signal });
      await shop.body?.cancel();
    }
  } catch {
    report(false);
  }
  await wait(MEAN_PAUSE_MS * (0.5 + Math.random()));
}
