// Shapes at the borders of this system: bodies of its doors, answers, queue messages. What partners push is read by the
// integrations, which refuse single elements.
import { z } from "@hono/zod-openapi";
import { decodeCursor } from "../../src/shared/http/page.ts";
import { isSiteId } from "./intake/update.ts";

const siteId = z.string().refine(isSiteId, "is not a site id");

/** `POST /site-set`; unknown fields are ignored, as its callers send some. */
export const siteSet = z.object({
  mmSiteId: siteId,
  region: z.enum(["eu", "us"]).optional(),
  auth: z.object({
    username: z.string().min(1),
    password: z.string().min(1),
    client_id: z.string().min(1),
    client_secret: z.string().min(1),
  }),
});

/** `POST /token_delete`. */
export const tokenDelete = z.object({ mmSiteId: siteId });

const time = z.string();

export const siteItem = z
  .object({
    mmSiteId: z.string(),
    region: z.string().nullable(),
    credentials: z.enum(["ok", "missing", "refused", "api_access_disabled", "unknown_site"]),
    detail: z.string().nullable(),
    since: time.nullable(),
    tokenExpiresAt: time.nullable(),
    pending: z.int(),
    held: z.int(),
    deliveredToday: z.int(),
    parked: z.int(),
    oldestPendingAt: time.nullable(),
    delayP99Ms: z.int().nullable(),
  })
  .openapi("VisitorSite");
export type SiteItem = z.output<typeof siteItem>;

export const OUTCOMES = ["delivered", "parked", "retrying", "held", "stale"] as const;

export const deliveryItem = z
  .object({
    at: time,
    mmSiteId: z.string(),
    customerIdHash: z.string(),
    attributes: z.int(),
    deliveryIds: z.array(z.string()),
    outcome: z.enum(OUTCOMES),
    status: z.string().nullable(),
    ms: z.int().nullable(),
  })
  .openapi("VisitorDelivery");
export type DeliveryItem = z.output<typeof deliveryItem>;

export const parkedItem = z
  .object({
    id: z.string(),
    at: time,
    mmSiteId: z.string().nullable(),
    kind: z.enum(["quarantine", "delivery"]),
    reason: z.string(),
    detail: z.string(),
    attributeName: z.string().nullable(),
  })
  .openapi("VisitorParked");
export type ParkedItem = z.output<typeof parkedItem>;

/** `POST /api/visitors/parked/replay`. */
export const replayBody = z.union([
  z.strictObject({ ids: z.array(z.string().min(1).max(2_000)).min(1).max(500) }),
  z.strictObject({ site: siteId }),
]);

/** Where pages of lists end. */
export const sitePlace = z.string();
/** The time of its last line, and how many of that time were listed. */
export const deliveryPlace = z.object({ atMs: z.int(), listed: z.int().min(0) });
/** In the quarantine, or in a shard, behind so many of its parked. */
export const parkedPlace = z.discriminatedUnion("in", [
  z.object({ in: z.literal("quarantine"), at: z.int(), id: z.string() }),
  z.object({ in: z.literal("shard"), site: z.string(), shard: z.int().min(0), skip: z.int().min(0) }),
]);
export type ParkedPlace = z.output<typeof parkedPlace>;

export const deliveriesFilter = { site: siteId.optional(), outcome: z.enum(OUTCOMES).optional() };
export const parkedFilter = { site: siteId.optional(), kind: z.enum(["quarantine", "delivery"]).optional() };

/** A message of the queue `visitors`: what a shard could not take at once. */
export const queued = z.object({
  queue: z.literal("visitors"),
  mmSiteId: siteId,
  shard: z.int().min(0).max(255),
  updates: z.array(z.tuple([z.string(), z.string(), z.string(), z.number(), z.string().nullable()])).min(1),
});

const shardName = z.tuple([z.string(), z.int().min(0).max(255), z.string(), z.string()]);

/** What an id of the parked list names, or null if it is none of ours. */
export function readParkedId(
  id: string,
): { quarantined: string } | { mmSiteId: string; shard: number; customerIdHash: string; attribute: string } | null {
  if (/^q\.[0-9a-f]{32}$/.test(id)) return { quarantined: id.slice(2) };
  if (!id.startsWith("d.")) return null;
  try {
    const [mmSiteId, shard, customerIdHash, attribute] = decodeCursor(id.slice(2), shardName)!;
    return { mmSiteId, shard, customerIdHash, attribute };
  } catch {
    return null;
  }
}
