// Tenants: which key came with a message, whether their key works, and the operator's view of them.
import { HOUR_MS, MINUTE_MS, isoTime } from "../../src/shared/clock.ts";
import { config } from "../../src/shared/config.ts";
import { notFound } from "../../src/shared/errors.ts";
import { decodeCursor, pageOf } from "../../src/shared/http/page.ts";
import type { Cursor } from "../../src/shared/http/page.ts";
import type { TenantStatus } from "./objects.ts";
import { tenantPosition } from "./schema.ts";
import type { TenantView } from "./schema.ts";
import { audited, reached } from "./service.ts";
import type { Operation } from "./service.ts";
import type { TenantTotals } from "./store-tenants.ts";

/** For so long an isolate offers the same key of a workspace no second time. */
const OFFERED_FOR_MS = MINUTE_MS;
/** Keys remembered by an isolate, about 200 bytes each; in memory alone, as the tenant's object holds them. */
const MAX_REMEMBERED = 2_000;

interface Offered {
  status: TenantStatus;
  untilMs: number;
}

const offered = new Map<string, Offered>();

/** Forgets what was offered: tests begin anew. */
export function forgetOffers(): void {
  offered.clear();
}

/**
 * Makes a key known to its tenant and tells the tenant's state, which may be a minute old. Throws 503 `busy` if a key that is
 * new to this isolate could not be handed over.
 */
export async function offerKey(op: Operation, workspaceId: string, apiToken: string): Promise<TenantStatus> {
  const nowMs = op.deps.clock();
  const name = `${workspaceId} ${apiToken}`;
  const known = offered.get(name);
  if (known !== undefined && nowMs < known.untilMs) return known.status;
  try {
    const status = await reached("tenant", () => op.objects.tenant(workspaceId).offer(apiToken));
    if (offered.size >= MAX_REMEMBERED) offered.clear();
    offered.set(name, { status, untilMs: nowMs + OFFERED_FOR_MS });
    return status;
  } catch (error) {
    // The tenant has this key on disk: what it would answer now is no reason to refuse changes that are.
    if (known !== undefined) return known.status;
    throw error;
  }
}

/** Whether mParticle should stop: it then sends nothing until a person clicks Resume, so only after a long time. */
export function mustSuspend(op: Operation, status: TenantStatus): boolean {
  const afterMs = config(op.env).suspendAfterHours * HOUR_MS;
  return status.state === "needs_credentials" && op.deps.clock() - status.sinceMs >= afterMs;
}

function viewOf(row: TenantTotals): TenantView {
  const { workspaceId, state, segments, pending, since, lastError } = row;
  return { workspaceId, state, segments, pending, since: isoTime(since), lastError };
}

/** A page of tenants by workspace. `pending` is what their segments last told: at most a minute old. */
export async function listTenants(op: Operation, limit: number, cursor?: Cursor, only?: string) {
  const rows = await op.data.listTenants(op.db, limit + 1, decodeCursor(cursor, tenantPosition), only);
  return pageOf(rows.map(viewOf), limit, (last) => last.workspaceId);
}

/** One tenant. Throws `not_found`. */
export async function getTenant(op: Operation, workspaceId: string): Promise<TenantView> {
  const [row] = await op.data.listTenants(op.db, 1, "", workspaceId);
  if (row === undefined) throw notFound("This workspace");
  return viewOf(row);
}

/** Gives a tenant another key. Only that it happened is recorded. */
export async function replaceKey(op: Operation, workspaceId: string, apiToken: string) {
  await op.data.audit(op.db, audited(op, "tenant.key", `tenant:${workspaceId}`, null, null));
  const status = await reached("tenant", () => op.objects.tenant(workspaceId).replaceKey(apiToken));
  return { workspaceId, state: status.state, since: isoTime(status.sinceMs) };
}
