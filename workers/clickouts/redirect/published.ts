// The routing table in this isolate: read from KV by version, checked in the background, never older than it may be.
// KV is a copy: where it has nothing, the table is rebuilt from the truth by the function that is handed in.
import { config } from "../../../src/shared/config.ts";
import { inTime } from "../../../src/shared/deadline.ts";
import type { Deps } from "../../../src/shared/deps.ts";
import { log } from "../../../src/shared/telemetry/log.ts";
import { compile } from "./compiled.ts";
import type { Compiled } from "./compiled.ts";
import { forgetFailures } from "./link-source.ts";
import type { LinkBases } from "./links.ts";
import type { RoutingTable } from "./table.ts";

/** The pointer names the version in force. */
export const POINTER_KEY = "routes:pointer";

/** The key of one version's table; its value never changes. */
export function tableKey(version: number): string {
  return `routes:${version}`;
}

/** How often an isolate looks at the pointer; KV itself may answer from its edge cache for as long. */
const CHECK_EVERY_MS = 30_000;
const POINTER_TTL_SECONDS = 30;
const TABLE_TTL_SECONDS = 86_400;
/** How long a visit waits for KV when its table is overdue, before it goes on with the old one (ms). */
const OVERDUE_WAIT_MS = 200;

/** Builds the table from D1: used where KV has none, at the first start and when KV is down. */
export type Rebuild = (env: Env, deps: Deps) => Promise<RoutingTable>;

let compiled: Compiled | null = null;
let checkedAtMs = 0;
let startedCheckAtMs = 0;
/** When a visit last waited for KV with an overdue table: while KV is down, one visit in a while does, not each. */
let waitedAtMs = 0;

/** Where links point, by the configuration. */
export function basesOf(env: Env): LinkBases {
  const settings = config(env);
  return {
    awin: settings.awinLinkUrl,
    rakuten: settings.rakutenLinkUrl,
    digidip: settings.digidipUrl,
    magazineVoce: settings.magazineVoceUrl,
  };
}

/** Takes a table into use unless a newer one is in use already: the isolate that made a change sees it at once. */
export function adopt(env: Env, table: RoutingTable, nowMs: number): Compiled {
  checkedAtMs = nowMs;
  if (compiled === null || table.version > compiled.table.version) {
    compiled = compile(table, basesOf(env));
    forgetFailures();
  }
  return compiled;
}

async function readPublished(env: Env, knownVersion: number): Promise<RoutingTable | null> {
  const pointer = await env.KV.get<{ version: number }>(POINTER_KEY, { type: "json", cacheTtl: POINTER_TTL_SECONDS });
  if (pointer === null || pointer.version <= knownVersion) return null;
  return await env.KV.get<RoutingTable>(tableKey(pointer.version), { type: "json", cacheTtl: TABLE_TTL_SECONDS });
}

/** Looks at the pointer once; a failing KV leaves the present table in use, for as long as it fails. */
async function check(env: Env, deps: Deps): Promise<void> {
  try {
    const table = await readPublished(env, compiled?.table.version ?? -1);
    checkedAtMs = deps.clock();
    if (table !== null) adopt(env, table, checkedAtMs);
  } catch (error) {
    log("routes_check_failed", { level: "warn", error });
  }
}

/** The table in use if it may be used without waiting; owes a background check when one is due. */
export function tableInUse(env: Env, ctx: ExecutionContext, deps: Deps, nowMs: number): Compiled | null {
  if (compiled === null) return null;
  if (nowMs - startedCheckAtMs > CHECK_EVERY_MS) {
    startedCheckAtMs = nowMs;
    ctx.waitUntil(check(env, deps));
  }
  const overdue = nowMs - checkedAtMs > CHECK_EVERY_MS + config(env).routeCacheTtlSeconds * 1_000;
  return overdue && nowMs - waitedAtMs > CHECK_EVERY_MS ? null : compiled;
}

/** A table for a visit that found none in use: waits for KV, then for D1, and falls back to an overdue one. */
export async function loadTable(env: Env, deps: Deps, rebuild: Rebuild): Promise<Compiled> {
  if (compiled !== null) {
    waitedAtMs = deps.clock();
    await inTime(check(env, deps), OVERDUE_WAIT_MS).catch(() => null);
    return compiled;
  }
  await check(env, deps);
  return compiled ?? adopt(env, await rebuild(env, deps), deps.clock());
}

/** Forgets the table, as a new isolate would; for tests. */
export function forgetTable(): void {
  compiled = null;
  checkedAtMs = 0;
  startedCheckAtMs = 0;
  waitedAtMs = 0;
}
