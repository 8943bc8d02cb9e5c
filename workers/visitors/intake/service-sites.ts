// Which sites there are and over how many shards each is spread. The answer never changes, so an isolate asks D1 once a site.
import { config } from "../../../src/shared/config.ts";
import type { Operation } from "../service.ts";

/** Sites kept in memory: some 100 bytes each. */
const MAX_REMEMBERED = 10_000;
/** New sites of one body: the rest has to come again, or is not meant. */
const MAX_NEW_AT_ONCE = 1_000;

const remembered = new Map<string, number>();

/** Forgets the sites; tests that empty the database do. */
export function forgetSites(): void {
  remembered.clear();
}

/** The shards of these sites; new ones are registered. A site for which there is no room is missing. */
export async function shardsOf(
  op: Pick<Operation, "env" | "deps" | "db" | "data">,
  mmSiteIds: Iterable<string>,
): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  const unknown: string[] = [];
  for (const mmSiteId of mmSiteIds) {
    const shards = remembered.get(mmSiteId);
    if (shards === undefined) unknown.push(mmSiteId);
    else found.set(mmSiteId, shards);
  }
  if (unknown.length === 0) return found;
  const { visitorShards } = config(op.env);
  const asked = unknown.slice(0, MAX_NEW_AT_ONCE);
  for (const [mmSiteId, shards] of await op.data.siteShards(op.db, asked, visitorShards, op.deps.clock())) {
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(mmSiteId, shards);
    found.set(mmSiteId, shards);
  }
  return found;
}
