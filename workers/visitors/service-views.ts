// What an operator sees of sites and deliveries: D1 names the sites, their objects tell how they stand. Reads only.
import { isoTime } from "../../src/shared/clock.ts";
import { decodeCursor, encodeCursor, pageOf } from "../../src/shared/http/page.ts";
import type { Cursor, Page } from "../../src/shared/http/page.ts";
import { customerIdHash, isCustomerIdHash } from "./customer-hash.ts";
import { siteToken, visitorBuffer } from "./doors.ts";
import type { ShardLook } from "./doors.ts";
import { p99Ms, sumDelays } from "./delivery/records.ts";
import type { DeliveryRecord } from "./delivery/records.ts";
import { deliveryPlace, sitePlace } from "./schema.ts";
import type { DeliveryItem, SiteItem } from "./schema.ts";
import type { Operation } from "./service.ts";

/** Objects that are asked at the same time by one request. */
const CALLS_AT_ONCE = 32;
/** Without a site, the list of deliveries looks at so many; with 16 shards each that is under a thousand calls. */
const MAX_SITES_LISTED = 50;

/** Runs `each` over all, a bounded number at once; results in their order. */
export async function mapInParallel<T, R>(things: readonly T[], each: (thing: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const waiting = things.entries();
  const lane = async () => {
    for (const [n, thing] of waiting) results[n] = await each(thing);
  };
  await Promise.all(Array.from({ length: Math.min(CALLS_AT_ONCE, things.length) }, lane));
  return results;
}

/** All shards of a site. */
export function shardsOfSite({ mmSiteId, shards }: { mmSiteId: string; shards: number }) {
  return Array.from({ length: shards }, (_, shard) => ({ mmSiteId, shard }));
}

/** A page of sites, by id. */
export async function listSites(op: Operation, limit: number, cursor?: Cursor) {
  const rows = await op.data.listSites(op.db, decodeCursor(cursor, sitePlace) ?? "", limit + 1);
  const page = pageOf(rows, limit, ({ mmSiteId }) => mmSiteId);
  const looks = await mapInParallel(page.items.flatMap(shardsOfSite), ({ mmSiteId, shard }) =>
    visitorBuffer(op.env, mmSiteId, shard).look(),
  );
  let next = 0;
  const bySite = page.items.map(({ shards }) => looks.slice(next, (next += shards)));
  const items = await mapInParallel([...page.items.entries()], ([n, row]) => siteItem(op, row, bySite[n]!));
  return { items, nextCursor: page.nextCursor };
}

/** One site as it stands; null where it was never seen. */
export async function siteById(op: Operation, mmSiteId: string): Promise<SiteItem | null> {
  const [row] = await op.data.listSites(op.db, "", 1, mmSiteId);
  if (row === undefined) return null;
  return await siteItem(
    op,
    row,
    await mapInParallel(shardsOfSite(row), ({ shard }) => visitorBuffer(op.env, mmSiteId, shard).look()),
  );
}

async function siteItem(
  op: Operation,
  { mmSiteId, revision }: { mmSiteId: string; revision: number | null },
  looks: readonly ShardLook[],
): Promise<SiteItem> {
  const has = revision !== null && revision > 0;
  const access = has ? await siteToken(op.env, mmSiteId).view() : null;
  const sum = (of: (look: ShardLook) => number) => looks.reduce((total, look) => total + of(look), 0);
  const oldest = Math.min(...looks.map(({ oldestPendingMs }) => oldestPendingMs ?? Number.POSITIVE_INFINITY));
  const expiresAtMs = access?.tokenExpiresAtMs ?? null;
  const sinceMs = access?.sinceMs ?? null;
  return {
    mmSiteId,
    region: access?.region ?? null,
    credentials: access?.credentials ?? ("missing" as const),
    detail: access?.detail ?? null,
    since: sinceMs === null ? null : isoTime(sinceMs),
    tokenExpiresAt: expiresAtMs === null ? null : isoTime(expiresAtMs),
    pending: sum((look) => look.pending),
    held: sum((look) => look.held),
    deliveredToday: sum((look) => look.deliveredToday),
    parked: sum((look) => look.parked),
    oldestPendingAt: oldest === Number.POSITIVE_INFINITY ? null : isoTime(oldest),
    delayP99Ms: p99Ms(sumDelays(looks.map(({ delays }) => delays))),
  };
}

/** What to list of deliveries. */
export interface DeliveryFilter {
  site?: string | undefined;
  outcome?: DeliveryRecord["outcome"] | undefined;
  /** A delivery id, a customer's id, or the hash of one. */
  bearing?: string | undefined;
}

async function bears(record: DeliveryRecord, id: string): Promise<boolean> {
  if (record.customerId === id || record.deliveryIds.includes(id)) return true;
  return isCustomerIdHash(id) && (await customerIdHash(record.customerId)) === id;
}

/** Those of which a promise says so. */
async function whereAsync<T>(all: readonly T[], is: (one: T) => Promise<boolean>): Promise<T[]> {
  const answers = await Promise.all(all.map(is));
  return all.filter((_, n) => answers[n]);
}

/** The newest 1,000 of each shard, merged, newest first. */
export async function listDeliveries(
  op: Operation,
  { site, outcome, bearing }: DeliveryFilter,
  limit: number,
  cursor?: Cursor,
): Promise<Page<DeliveryItem>> {
  const place = decodeCursor(cursor, deliveryPlace);
  const sites = await sitesAsked(op, site);
  const upToMs = place?.atMs ?? Number.MAX_SAFE_INTEGER;
  // What is searched through comes whole; of a plain list no shard can have more than the page's lines.
  const most = bearing === undefined && outcome === undefined ? [(place?.listed ?? 0) + limit + 1] : [];
  const lists = await mapInParallel(sites.flatMap(shardsOfSite), async ({ mmSiteId, shard }) => {
    const all = await visitorBuffer(op.env, mmSiteId, shard).records(upToMs, ...most);
    const records = bearing === undefined ? all : await whereAsync(all, (record) => bears(record, bearing));
    return records
      .filter((record) => outcome === undefined || record.outcome === outcome)
      .map((record) => ({ mmSiteId, ...record }));
  });
  const merged = lists.flat().toSorted((a, b) => b.atMs - a.atMs);
  const rest = merged.slice(place?.listed ?? 0);
  const rows = rest.slice(0, limit);
  const last = rows.at(-1);
  const items = await Promise.all(
    rows.map(async ({ atMs, customerId, ...row }) => ({
      at: isoTime(atMs),
      mmSiteId: row.mmSiteId,
      customerIdHash: await customerIdHash(customerId),
      attributes: row.attributes,
      deliveryIds: [...row.deliveryIds],
      outcome: row.outcome,
      status: row.status,
      ms: row.ms,
    })),
  );
  if (last === undefined || rest.length <= limit) return { items, nextCursor: null };
  const before = place?.atMs === last.atMs ? place.listed : 0;
  const listed = before + rows.filter(({ atMs }) => atMs === last.atMs).length;
  return { items, nextCursor: encodeCursor({ atMs: last.atMs, listed }) };
}

/** One site, if it is known, or the first ones. */
export async function sitesAsked(op: Operation, site: string | undefined) {
  if (site === undefined) return await op.data.listSites(op.db, "", MAX_SITES_LISTED);
  const row = await op.data.siteOf(op.db, site);
  return row === undefined ? [] : [row];
}
