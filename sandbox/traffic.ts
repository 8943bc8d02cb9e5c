// Gentle demo traffic to SLUICE_URL until SIGTERM or SIGINT: about a visit a second and, with SLUICE_INGEST_KEY,
// a message of mParticle every three seconds and a server data transfer every two. People go on to the network's own
// door at SANDBOX_URL, which notes the click. It must never go anywhere else, and never mind that a door is away.
import process, { env } from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { audienceSteps } from "./demo-audiences.ts";
import { visitorSteps } from "./demo-visitors.ts";
import { nextVisit } from "./visits.ts";

const target = (env["SLUICE_URL"] ?? "http://127.0.0.1:8787").replace(/\/+$/, "");
/** The slash keeps a longer host or port from looking like ours. */
const networks = `${(env["SANDBOX_URL"] ?? "http://127.0.0.1:8788").replace(/\/+$/, "")}/`;
const key = env["SLUICE_INGEST_KEY"];
const MEAN_VISIT_PAUSE_MS = 1_000;
const MEAN_AUDIENCE_PAUSE_MS = 3_000;
const MEAN_VISITOR_PAUSE_MS = 2_000;
const PATIENCE = 10;
const TIMEOUT_MS = 5_000;

for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(0));

/** Says only when the Worker comes or goes, not each visit. */
let reachable: boolean | undefined;
function report(now: boolean): void {
  if (now === reachable) return;
  reachable = now;
  process.stdout.write(`traffic: ${target} ${now ? "answers" : "is away, trying again"}\n`);
}

/** One visit; answers true, since visitors come at their pace whether or not they are served. */
async function visit(): Promise<boolean> {
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
  return true;
}

/** Steps for ever; more slowly while a step answers that nobody took it. */
async function keepUp(step: () => Promise<boolean>, meanPauseMs: number): Promise<never> {
  for (;;) {
    const pauseMs = (await step()) ? meanPauseMs : meanPauseMs * PATIENCE;
    await wait(pauseMs * (0.5 + Math.random()));
  }
}

const streams = [keepUp(visit, MEAN_VISIT_PAUSE_MS)];
if (key !== undefined) {
  const outlet = {
    origin: target,
    key,
    fetch: (request: Request) => fetch(request),
    wait: (ms: number) => wait(ms),
    now: Date.now,
    random: Math.random,
  };
  streams.push(
    keepUp(audienceSteps(outlet), MEAN_AUDIENCE_PAUSE_MS),
    keepUp(visitorSteps(outlet), MEAN_VISITOR_PAUSE_MS),
  );
}
await Promise.all(streams);
