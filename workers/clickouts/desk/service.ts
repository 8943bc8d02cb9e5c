// What the operator's pages of clickouts share: how a reader becomes an operation, what his forms mean, and the newest runs.
// A page asks only functions of services.
import { listKeys } from "../../../src/shared/auth/keys.ts";
import { database } from "../../../src/shared/db/client.ts";
import { invalid } from "../../../src/shared/errors.ts";
import { invalidRequest } from "../../../src/shared/http/app.ts";
import { listRuns } from "../../../src/shared/jobs/list.ts";
import type { RunRow } from "../../../src/shared/jobs/list.ts";
import type { Look } from "../../../src/shared/page/kit.ts";
import type { Deps } from "../../../src/shared/deps.ts";
import { listStores } from "../catalogue/service-stores.ts";
import type { Network } from "../networks.ts";
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
    open: ({ env, deps, actor, requestId = "" }) => openOperation({ env, deps, data, actor: actor.id, requestId }),
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

const RUNS_SHOWN = 8;

/** A run as the pages show it. */
export type LatestRun = RunRow;

/** The newest runs of the jobs that clickouts has a part in. */
export async function latestRuns(env: Env): Promise<RunRow[]> {
  return await listRuns(database(env), { system: "clickouts" }, RUNS_SHOWN);
}

/** Runs that ask an operator before they go on. */
export async function askingRuns(env: Env): Promise<RunRow[]> {
  return await listRuns(database(env), { system: "clickouts", state: "needs_confirmation" }, RUNS_SHOWN);
}

const KEYS_NAMED = 500;

/** Who stands behind `key:<id>`, by name; whoever is not here has no name any more. */
export async function authorNames(env: Env): Promise<Map<string, string>> {
  const keys = await listKeys(database(env), KEYS_NAMED);
  return new Map(keys.map(({ id, name }) => [`key:${id}`, name]));
}

/** Refuses what was typed as a start and is no time. */
export const refuseStart = () => invalid("started_at", "is not a time");

/** A store that a network's list brought without a domain. */
export interface Homeless {
  storeId: number;
  name: string;
  network: Network;
  externalId: string;
  sinceMs: number;
}

/** Relations that wait for a domain, the oldest first, of at most `limit` stores. */
export async function waitingForDomains(op: Operation, limit: number): Promise<Homeless[]> {
  const { items } = await listStores(op, { state: "needs_domain" }, limit);
  return items
    .flatMap(({ storeId, name, networks }) =>
      networks.flatMap(({ network, externalId, state, since }) =>
        state === "needs_domain" ? [{ storeId, name, network, externalId, sinceMs: Date.parse(since) }] : [],
      ),
    )
    .toSorted((a, b) => a.sinceMs - b.sinceMs);
}
