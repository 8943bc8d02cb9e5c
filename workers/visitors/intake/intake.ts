// A pushed body becomes updates and refusals; the good go on whatever the others are. Pure.
import type { Integration, Refused } from "./integration.ts";
import { json } from "./json.ts";
import { sdt } from "./sdt.ts";
import type { VisitorUpdate } from "./update.ts";

const INTEGRATIONS: readonly Integration[] = [sdt, json];

/** The source of a name. */
export function integrationOf(name: string): Integration | undefined {
  return INTEGRATIONS.find((integration) => integration.name === name);
}

/** One element that was not taken, with what was sent, for the quarantine. */
export interface Rejected extends Refused {
  index: number;
  element: unknown;
}

/** One element that was taken, with the updates in it: at least one, all of one visitor. */
export interface Accepted {
  index: number;
  element: unknown;
  updates: readonly VisitorUpdate[];
}

/** What a body came to. */
export interface Intake {
  accepted: Accepted[];
  rejected: Rejected[];
}

/** Reads a whole body. */
export function readBody(integration: Integration, body: unknown, nowMs: number): Intake {
  const intake: Intake = { accepted: [], rejected: [] };
  for (const [index, element] of (integration.elementsOf(body) ?? []).entries()) {
    const reading = integration.read(element, nowMs);
    if ("reason" in reading) intake.rejected.push({ index, element, ...reading });
    else intake.accepted.push({ index, element, updates: reading.updates });
  }
  return intake;
}

/** FNV-1a over UTF-16 units: spreads ids of any make evenly, and is the same for ever. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The shard of a visitor among `shards`: all of his attributes meet in one place, so that one call can carry them. */
export function shardOf(customerId: string, shards: number): number {
  return hashOf(customerId) % shards;
}

/** A site's shard, and what goes there. */
export interface ShardLoad {
  mmSiteId: string;
  shard: number;
  updates: VisitorUpdate[];
}

/** Sorts updates by site and shard; `shardsOf` must know every site. */
export function loadsOf(accepted: readonly Accepted[], shardsOf: ReadonlyMap<string, number>): ShardLoad[] {
  const loads = new Map<string, ShardLoad>();
  for (const { updates } of accepted) {
    const { mmSiteId, customerId } = updates[0]!;
    const shard = shardOf(customerId, shardsOf.get(mmSiteId) ?? 1);
    const name = `${shard}:${mmSiteId}`;
    const load = loads.get(name) ?? { mmSiteId, shard, updates: [] };
    loads.set(name, load);
    load.updates.push(...updates);
  }
  return [...loads.values()];
}
