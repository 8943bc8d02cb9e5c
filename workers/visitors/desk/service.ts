// What the operator's pages of visitors stand on: how a reader becomes an operation, how the sites stand, and their past.
// A page asks only functions of services.
import { invalidRequest } from "../../../src/shared/http/app.ts";
import type { Look } from "../../../src/shared/page/kit.ts";
import { pastOf } from "../../../src/shared/series/past.ts";
import { rangeOf, stepsUpTo } from "../../../src/shared/series/ranges.ts";
import type { Range } from "../../../src/shared/series/ranges.ts";
import type { System } from "../../../src/shared/system.ts";
import * as schema from "../schema.ts";
import type { ParkedItem, SiteItem } from "../schema.ts";
import { openOperation } from "../service.ts";
import type { Operation } from "../service.ts";
import { firstParked } from "../service-parked.ts";
import type { ParkedFilter } from "../service-parked.ts";
import { listSites } from "../service-views.ts";
import type { DeliveryFilter } from "../service-views.ts";
import type { VisitorData } from "../store.ts";

export { rangeOf };
export type { Range };

/** What a page's request brings besides its reader. */
interface Asked {
  var: { house: { systems: readonly System[] } };
  executionCtx: { waitUntil(work: Promise<unknown>): void };
}

/** How a reader goes through the doors of visitors. */
export interface Desk {
  open: (look: Look & { requestId?: string }, asked?: Asked) => Operation;
}

/** The desk over these data. */
export function deskOf(data: VisitorData): Desk {
  return {
    open: ({ env, deps, actor, requestId = "" }, asked) =>
      openOperation({
        env,
        deps,
        data,
        systems: asked?.var.house.systems ?? [],
        actor: actor.id,
        requestId,
        waitUntil: (work) => asked?.executionCtx.waitUntil(work),
      }),
  };
}

/** Each site has its shards asked: the overview looks at so many, by their ids. */
const SITES_LOOKED_AT = 20;

/** The first parked attribute of each of these sites, asked of their shards together with how they stand. */
export async function parkedSeen(desk: Desk, look: Look): Promise<Map<string, ParkedItem>> {
  const op = desk.open(look);
  return await firstParked(op, await op.data.listSites(op.db, "", SITES_LOOKED_AT + 1));
}

const looked = new WeakMap<Look, Promise<SiteItem[]>>();

/** The first sites as they stand; one look serves the tile and the needs of one page. */
export async function sitesSeen(desk: Desk, look: Look): Promise<SiteItem[]> {
  const known = looked.get(look);
  if (known !== undefined) return await known;
  const seen = listSites(desk.open(look), SITES_LOOKED_AT).then(({ items }) => items);
  looked.set(look, seen);
  return await seen;
}

/** Attributes delivered in each step, and the most that waited in it (null: nobody looked). */
export interface Flow {
  at: number[];
  delivered: number[];
  waiting: (number | null)[];
  deliveredSum: number;
}

/** The flow of all sites up to now. */
export async function flowOver(env: Env, range: Range, nowMs: number): Promise<Flow> {
  const asked = stepsUpTo(range, nowMs);
  const [delivered, waiting] = await Promise.all([
    pastOf(env, "visitors", "delivered", { kind: "count", ...asked }, nowMs),
    pastOf(env, "visitors", "waiting", { kind: "level", ...asked }, nowMs),
  ]);
  const counts = delivered.at.map((_, n) => delivered.lines.get("")?.[n] ?? 0);
  return {
    at: delivered.at,
    delivered: counts,
    waiting: waiting.at.map((_, n) => waiting.lines.get("")?.[n] ?? null),
    deliveredSum: counts.reduce((sum, n) => sum + n, 0),
  };
}

const given = (query: URLSearchParams, name: string) => query.get(name)?.trim() || undefined;

/** The filter of an address of deliveries; what is no site or outcome filters nothing. */
export function deliveriesOf(query: URLSearchParams): DeliveryFilter {
  const { site, outcome } = schema.deliveriesFilter;
  return {
    site: site.safeParse(given(query, "site")).data,
    outcome: outcome.safeParse(given(query, "outcome")).data,
    bearing: given(query, "id"),
  };
}

/** The filter of an address of what was set aside. */
export function parkedOf(query: URLSearchParams): ParkedFilter {
  const { site, kind } = schema.parkedFilter;
  return { site: site.safeParse(given(query, "site")).data, kind: kind.safeParse(given(query, "kind")).data };
}

/** What a replay's form asks for: all of a site, all of a page, or what was picked; null where nothing was. */
export function pickedIds(
  site: string,
  all: string,
  ids: readonly string[],
): { site: string } | { ids: readonly string[] } | null {
  const picked = all === "" ? ids : all.split(",");
  const asked = site === "" ? { ids: picked } : { site };
  if ("ids" in asked && asked.ids.length === 0) return null;
  const read = schema.replayBody.safeParse(asked);
  if (!read.success) throw invalidRequest(read.error);
  return read.data;
}
