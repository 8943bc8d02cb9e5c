// What was set aside: elements that could not be read (D1) and attributes that Maxymiser refused (in their shards), as one
// list, and the way back for both. No visitor's id or value is told.
import { auditRow } from "../../src/shared/audit/row.ts";
import { isoTime } from "../../src/shared/clock.ts";
import { together } from "../../src/shared/db/client.ts";
import { invalid } from "../../src/shared/errors.ts";
import { decodeCursor, encodeCursor } from "../../src/shared/http/page.ts";
import type { Cursor, Page } from "../../src/shared/http/page.ts";
import { visitorBuffer } from "./doors.ts";
import type { ParkedName, ParkedRecord } from "./doors.ts";
import { integrationOf } from "./intake/intake.ts";
import { parkedPlace, readParkedId } from "./schema.ts";
import type { ParkedItem, ParkedPlace } from "./schema.ts";
import type { Operation } from "./service.ts";
import { receive } from "./intake/service-intake.ts";
import { mapInParallel, shardsOfSite, sitesAsked } from "./service-views.ts";
import type { QuarantineRow } from "./store.ts";

/** Shards that one page asks; a page may then be short and still have a successor. */
const SHARDS_A_PAGE = 128;
/** Quarantined elements of a site that one replay reads again. */
const REPLAYED_AT_ONCE = 1_000;

/** What to list. */
export interface ParkedFilter {
  site?: string | undefined;
  kind?: "quarantine" | "delivery" | undefined;
}

type ParkedPage = Page<ParkedItem>;

const ended = (items: ParkedItem[], place: ParkedPlace | null): ParkedPage => ({
  items,
  nextCursor: place === null ? null : encodeCursor(place),
});

/** A page: the quarantine, newest first, then site after site and shard after shard. */
export async function listParked(
  op: Operation,
  filter: ParkedFilter,
  limit: number,
  cursor?: Cursor,
): Promise<ParkedPage> {
  const place = decodeCursor(cursor, parkedPlace);
  if (filter.kind === "delivery" || place?.in === "shard") {
    return await shardPage(op, filter.site, place?.in === "shard" ? place : undefined, limit);
  }
  // The sites are asked for with the first page: where the quarantine ends within it, the shards go on.
  const sites = place === undefined && filter.kind === undefined ? sitesAsked(op, filter.site) : undefined;
  const [rows] = await Promise.all([op.data.listQuarantine(op.db, filter.site, place, limit + 1), sites]);
  const items = rows.slice(0, limit).map(quarantineItem);
  const last = rows[limit - 1];
  if (rows.length > limit && last !== undefined) return ended(items, { in: "quarantine", at: last.at, id: last.id });
  if (filter.kind === "quarantine") return ended(items, null);
  if (items.length === limit) return ended(items, { in: "shard", site: filter.site ?? "", shard: 0, skip: 0 });
  const more = await shardPage(op, filter.site, undefined, limit - items.length, sites);
  return { items: [...items, ...more.items], nextCursor: more.nextCursor };
}

async function shardPage(
  op: Operation,
  site: string | undefined,
  place: Extract<ParkedPlace, { in: "shard" }> | undefined,
  limit: number,
  sites: ReturnType<typeof sitesAsked> = sitesAsked(op, site),
): Promise<ParkedPage> {
  const from = place ?? { site: "", shard: 0, skip: 0 };
  const shards = (await sites)
    .flatMap(shardsOfSite)
    .filter(({ mmSiteId, shard }) => mmSiteId > from.site || (mmSiteId === from.site && shard >= from.shard));
  const asked = shards.slice(0, SHARDS_A_PAGE);
  const skipOf = (n: number) =>
    n === 0 && asked[0]?.mmSiteId === from.site && asked[0].shard === from.shard ? from.skip : 0;
  const lists = await mapInParallel([...asked.entries()], ([n, { mmSiteId, shard }]) =>
    visitorBuffer(op.env, mmSiteId, shard).parked(skipOf(n), limit + 1),
  );
  const items: ParkedItem[] = [];
  for (const [n, { mmSiteId, shard }] of asked.entries()) {
    const list = lists[n] ?? [];
    const taken = list.slice(0, limit - items.length);
    items.push(...taken.map((record) => parkedItem(mmSiteId, shard, record)));
    if (taken.length < list.length)
      return ended(items, { in: "shard", site: mmSiteId, shard, skip: skipOf(n) + taken.length });
  }
  const next = shards[asked.length];
  return ended(items, next === undefined ? null : { in: "shard", site: next.mmSiteId, shard: next.shard, skip: 0 });
}

/** The first parked attribute of each of these sites. */
export async function firstParked(
  op: Operation,
  sites: readonly { mmSiteId: string; shards: number }[],
): Promise<Map<string, ParkedItem>> {
  const found = await mapInParallel(sites.flatMap(shardsOfSite), async ({ mmSiteId, shard }) => {
    const [record] = await visitorBuffer(op.env, mmSiteId, shard).parked(0, 1);
    return record === undefined ? [] : [[mmSiteId, parkedItem(mmSiteId, shard, record)] as const];
  });
  // Of several shards the first tells.
  return new Map(found.flat().toReversed());
}

function quarantineItem({ id, at, mmSiteId, reason, detail }: QuarantineRow): ParkedItem {
  return { id: `q.${id}`, at: isoTime(at), mmSiteId, kind: "quarantine", reason, detail, attributeName: null };
}

function parkedItem(mmSiteId: string, shard: number, record: ParkedRecord): ParkedItem {
  const { customerIdHash, attribute, reason, detail, parkedMs } = record;
  const id = `d.${encodeCursor([mmSiteId, shard, customerIdHash, attribute])}`;
  return { id, at: isoTime(parkedMs), mmSiteId, kind: "delivery", reason, detail, attributeName: attribute };
}

/** Brings back what these ids name, or all of a site; how many were. What still cannot be read stays. */
export async function replayParked(
  op: Operation,
  wanted: { ids: readonly string[] } | { site: string },
): Promise<number> {
  const replayed = "ids" in wanted ? await replayIds(op, wanted.ids) : await replaySite(op, wanted.site);
  const subject = "ids" in wanted ? `${wanted.ids.length} ids` : `site:${wanted.site}`;
  const at = op.deps.clock();
  const entry = {
    actor: op.actor,
    requestId: op.requestId,
    at,
    action: "visitors.replay",
    subject,
    after: { replayed },
  };
  await together(op.db, [auditRow(op.db, entry)]);
  return replayed;
}

async function replayIds(op: Operation, ids: readonly string[]): Promise<number> {
  const quarantined: string[] = [];
  const byShard = new Map<string, { mmSiteId: string; shard: number; names: ParkedName[] }>();
  for (const [n, id] of ids.entries()) {
    const name = readParkedId(id);
    if (name === null) throw invalid(`ids.${n}`, "is not an id of this list");
    if ("quarantined" in name) quarantined.push(name.quarantined);
    else {
      const { mmSiteId, shard, ...parked } = name;
      const place = byShard.get(`${shard}:${mmSiteId}`) ?? { mmSiteId, shard, names: [] };
      byShard.set(`${shard}:${mmSiteId}`, place);
      place.names.push(parked);
    }
  }
  const counts = await mapInParallel([...byShard.values()], async ({ mmSiteId, shard, names }) => {
    const site = await op.data.siteOf(op.db, mmSiteId);
    return site !== undefined && shard < site.shards ? await visitorBuffer(op.env, mmSiteId, shard).replay(names) : 0;
  });
  const rows = quarantined.length > 0 ? await op.data.quarantined(op.db, quarantined) : [];
  return counts.reduce((sum, n) => sum + n, await readAgain(op, rows));
}

async function replaySite(op: Operation, mmSiteId: string): Promise<number> {
  const site = await op.data.siteOf(op.db, mmSiteId);
  const shards = site === undefined ? [] : shardsOfSite(site);
  const counts = await mapInParallel(shards, ({ shard }) => visitorBuffer(op.env, mmSiteId, shard).replay(null));
  const rows = await op.data.listQuarantine(op.db, mmSiteId, undefined, REPLAYED_AT_ONCE);
  return counts.reduce((sum, n) => sum + n, await readAgain(op, rows));
}

/** Elements go the way of a push once more; only then do those that were taken leave the quarantine. */
async function readAgain(op: Operation, rows: readonly QuarantineRow[]): Promise<number> {
  const released: string[] = [];
  for (const row of rows) {
    const integration = integrationOf(row.integration);
    const element = parsed(row.element);
    if (integration === undefined || element === undefined) continue;
    if ("reason" in integration.read(element, op.deps.clock())) continue;
    const only = { ...integration, elementsOf: () => [element] };
    if ((await receive(op, only, null)).accepted === 1) released.push(row.id);
  }
  if (released.length > 0) await op.data.release(op.db, released);
  return released.length;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
