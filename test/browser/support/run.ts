// Jobs as a test waits for them: started through their door, or found, and looked at until they have come to rest.
import { setTimeout as wait } from "node:timers/promises";
import type { House } from "../../system/support/house.ts";

const PATIENCE_MS = 90_000;
const AGAIN_MS = 250;

interface Run {
  runId: string;
  job: string;
  state: string;
  steps: { name: string; state: string; error: string | null }[];
}

/** The newest run of a job, once it neither waits nor runs. */
export async function restedRun(house: House, job: string): Promise<Run> {
  for (const endMs = Date.now() + PATIENCE_MS; Date.now() < endMs; await wait(AGAIN_MS)) {
    const { items } = JSON.parse((await house.call(`/api/runs?job=${job}&limit=1`)).text) as { items: Run[] };
    const [run] = items;
    if (run !== undefined && run.state !== "queued" && run.state !== "running") return run;
  }
  throw new Error(`the job ${job} did not come to rest`);
}

/** Starts a job and waits for it. */
export async function runJob(house: House, job: string): Promise<Run> {
  const { status, text } = await house.call(`/api/jobs/${job}`, { method: "POST" });
  if (status !== 202) throw new Error(`the job ${job} was not started: ${text}`);
  return await restedRun(house, job);
}

/** A programme joins whose network names no domain; the next reading of its list finds it. */
export async function joinHomeless(
  house: House,
  { id, name, domain }: { id: number; name: string; domain: string },
): Promise<void> {
  const door = `${house.sandboxOrigin}/control/lomadee/programmes/${id}`;
  const body = JSON.stringify({ name, domains: [domain] });
  const { status } = await fetch(door, { method: "PUT", headers: { "Content-Type": "application/json" }, body });
  if (status !== 200) throw new Error(`the programme did not join: ${status}`);
}

/** The same, and the list is read: a store waits for its domain. */
export async function bringHomeless(house: House, name: string): Promise<void> {
  await joinHomeless(house, { id: 7_001, name, domain: "sem-dominio.example" });
  await runJob(house, "programmes");
}
