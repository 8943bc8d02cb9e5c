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

/** What a body came to. */
export interface Intake {
  /** Elements taken; one may hold several updates. */
  accepted: number;
  updates: VisitorUpdate[];
  rejected: Rejected[];
}

/** Reads a whole body. */
export function readBody(integration: Integration, body: unknown, nowMs: number): Intake {
  const intake: Intake = { accepted: 0, updates: [], rejected: [] };
  for (const [index, element] of (integration.elementsOf(body) ?? []).entries()) {
    const reading = integration.read(element, nowMs);
    if ("reason" in reading) {
      intake.rejected.push({ index, element, ...reading });
    } else {
      intake.accepted += 1;
      for (const update of reading.updates) intake.updates.push(update);
    }
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
