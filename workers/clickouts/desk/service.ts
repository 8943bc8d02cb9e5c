// What the operator's pages of clickouts share: how a reader becomes an operation, what his filters mean, and the doors that
// are verbs of the kernel (jobs and their runs). A page asks only functions of services.
import { database } from "../../../src/shared/db/client.ts";
import { invalidRequest } from "../../../src/shared/http/app.ts";
import { listRuns } from "../../../src/shared/jobs/list.ts";
import type { RunRow } from "../../../src/shared/jobs/list.ts";
import { alreadyRunning, confirmRun, startRun } from "../../../src/shared/jobs/start.ts";
import type { Look } from "../../../src/shared/page/kit.ts";
import type { Deps, House } from "../../../src/shared/system.ts";
import type { Explanation, ExplainQuery } from "../redirect/explain.ts";
import { openOperation } from "../service.ts";
import type { Operation } from "../service.ts";
import type { ClickoutData } from "../store.ts";
import type { DeskData } from "./store.ts";

/** What the pages are built with. */
export interface DeskDoors {
  data: ClickoutData;
  desk: DeskData;
  explain: (env: Env, deps: Deps, query: ExplainQuery) => Promise<Explanation>;
}

/** The doors, and how a reader goes through them. */
export interface Desk extends DeskDoors {
  open: (look: Look & { requestId?: string }) => Operation;
}

/** The desk of these doors. */
export function deskOf(doors: DeskDoors): Desk {
  const { data } = doors;
  return {
    ...doors,
    open: ({ env, deps, actor, requestId = "" }) =>
      openOperation({ env, deps, data, actor: actor.id, requestId }),
  };
}

interface Parser<T> {
  safeParse(
    given: unknown,
  ): { success: true; data: T } | { success: false; error: Parameters<typeof invalidRequest>[0] };
}

/** What a door's schema makes of fields; empty ones were not filled in. Throws `invalid_request` with the fields' names. */
export function checked<T>(schema: Parser<T>, fields: Readonly<Record<string, unknown>>): T {
  const result = schema.safeParse(Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== "")));
  if (!result.success) throw invalidRequest(result.error);
  return result.data;
}

const RUNS_SHOWN = 12;

/** The newest runs of the jobs that clickouts has a part in. */
export async function latestRuns(env: Env): Promise<RunRow[]> {
  return await listRuns(database(env), { system: "clickouts" }, RUNS_SHOWN);
}

/** Runs that ask an operator before they go on. */
export async function askingRuns(env: Env): Promise<RunRow[]> {
  return await listRuns(database(env), { system: "clickouts", state: "needs_confirmation" }, RUNS_SHOWN);
}

interface Asked {
  env: Env;
  deps: Deps;
  house: House;
  actor: string;
  requestId: string;
}

const auditOf = ({ actor, requestId }: Asked) => ({ actor, requestId, before: null, after: null });

/** Starts a job. Throws `already_running`. */
export async function startJob(asked: Asked, job: string): Promise<string> {
  const { env, deps, house } = asked;
  const { runId, started } = await startRun(house.systems, job, "operator", env, deps, auditOf(asked));
  if (!started) throw alreadyRunning(runId);
  return runId;
}

/** Agrees to what a run asks. Throws `nothing_to_confirm`. */
export async function agreeTo(asked: Asked, runId: string): Promise<void> {
  await confirmRun(runId, asked.env, asked.deps, auditOf(asked));
}
