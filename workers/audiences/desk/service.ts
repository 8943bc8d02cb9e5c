// What the operator's pages of audiences stand on: how a reader becomes an operation, and the past of all segments together.
// A page asks only functions of services.
import type { Look } from "../../../src/shared/page/kit.ts";
import { pastOf } from "../../../src/shared/series/past.ts";
import { rangeOf, stepsUpTo } from "../../../src/shared/series/ranges.ts";
import type { Range } from "../../../src/shared/series/ranges.ts";
import type { AudienceObjects } from "../objects.ts";
import type { TenantView } from "../schema.ts";
import { looksAt } from "../service-segments.ts";
import { openOperation } from "../service.ts";
import type { Operation } from "../service.ts";
import type { AudienceData } from "../store.ts";
import type { DeskData } from "./store.ts";

export { rangeOf };
export type { Range };

/** What the pages are built with. */
export interface DeskDoors {
  data: AudienceData;
  desk: DeskData;
  objects: (env: Env) => AudienceObjects;
}

/** The doors, and how a reader goes through them. */
export interface Desk extends DeskDoors {
  open: (look: Look & { requestId?: string }) => Operation;
}

/** The desk of these doors. */
export function deskOf(doors: DeskDoors): Desk {
  const { data, objects } = doors;
  return {
    ...doors,
    open: ({ env, deps, actor, requestId = "" }) =>
      // Only what callers push is told behind an answer; nothing that a page does is.
      openOperation({ env, deps, data, objects: objects(env), waitUntil: () => {}, actor: actor.id, requestId }),
  };
}

/** Changes that Split took and the calls that it took for them, by step, with their sums. */
export interface Flow {
  at: number[];
  sent: number[];
  calls: number[];
  sentSum: number;
  callsSum: number;
}

/** The flow of all segments up to now. */
export async function flowOver(env: Env, range: Range, nowMs: number): Promise<Flow> {
  const asked = { kind: "count", ...stepsUpTo(range, nowMs) } as const;
  const [keys, called] = await Promise.all([
    pastOf(env, "audiences", "keys", asked, nowMs),
    pastOf(env, "audiences", "calls", asked, nowMs),
  ]);
  const [sent, calls] = [keys, called].map(({ at, lines }) =>
    at.map((_, n) => [...lines.values()].reduce((sum, line) => sum + (line[n] ?? 0), 0)),
  ) as [number[], number[]];
  const total = (values: readonly number[]) => values.reduce((sum, n) => sum + n, 0);
  return { at: keys.at, sent, calls, sentSum: total(sent), callsSum: total(calls) };
}

/** Segments that are asked how much waits; with more of them the last told counts too. */
const ASKED = 200;

/**
 * Tenants with what waits now: the buffers of one whose key is refused tell D1 seldom, and what waits grows. `tenants` is a
 * question that is under way, so that the segments' goes with it.
 */
export async function withWaiting(
  desk: Desk,
  op: Operation,
  tenants: Promise<readonly TenantView[]>,
): Promise<TenantView[]> {
  const [all, rows] = await Promise.all([tenants, desk.desk.segmentsHeld(op.db, ASKED)]);
  const held = new Set(all.flatMap(({ state, workspaceId }) => (state === "ok" ? [] : [workspaceId])));
  const waits = await looksAt(
    op,
    rows.filter(({ workspaceId }) => held.has(workspaceId)),
  );
  return all.map((tenant) => {
    if (tenant.state === "ok") return tenant;
    const own = waits.filter(({ workspaceId }) => workspaceId === tenant.workspaceId);
    const now = own.reduce((sum, { pendingAdds, pendingDeletes }) => sum + pendingAdds + pendingDeletes, 0);
    return { ...tenant, pending: Math.max(now, tenant.segments > own.length ? tenant.pending : 0) };
  });
}
