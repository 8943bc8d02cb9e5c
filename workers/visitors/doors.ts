// The objects of this system as others call them, by RPC. Take a stub anew for each use: one that met a failure stays broken.
import type { SiteFault } from "./maxymiser/answers.ts";
import type { DeliveryRecord } from "./delivery/records.ts";
import type { Ask } from "./access/site-token.ts";
import type { Grant } from "./access/token-keeper.ts";

/** What may be told of a site's access; never the token. Times in milliseconds. */
export interface AccessView {
  /** `ok` as far as is known: nothing was refused. */
  credentials: "ok" | "missing" | "refused" | SiteFault;
  detail: string | null;
  sinceMs: number | null;
  tokenExpiresAtMs: number | null;
  region: string | null;
}

/** The object `SiteToken`, one per site. */
export interface SiteTokenDoor {
  /** `shard` is woken when credentials change or a pause ends. */
  grant(ask: Ask, shard?: number): Promise<Grant>;
  paused(reason: SiteFault, detail: string): Promise<void>;
  resumed(): Promise<void>;
  credentialsChanged(): Promise<void>;
  view(): Promise<AccessView>;
}

/** The token of a site. */
export function siteToken(env: Pick<Env, "SITE_TOKEN">, mmSiteId: string): SiteTokenDoor {
  // The generated binding does not know its class: naming it here would make every reader import the object.
  return env.SITE_TOKEN.getByName(mmSiteId) as unknown as SiteTokenDoor;
}

/** What a shard may tell of itself. Counts are of single attributes. */
export interface ShardLook {
  pending: number;
  /** Of these, what waits for a person: credentials, API access. */
  held: number;
  deliveredToday: number;
  parked: number;
  oldestPendingMs: number | null;
  /** Today's delays by bucket, as `DELAY_BOUNDS_MS` of `records.ts` says. */
  delays: readonly number[];
}

/** A parked attribute, without the customer's id and the value. */
export interface ParkedRecord {
  customerIdHash: string;
  attribute: string;
  reason: string;
  detail: string;
  parkedMs: number;
}

/** Which parked attributes are meant. */
export type ParkedName = Pick<ParkedRecord, "customerIdHash" | "attribute">;

/** The object `VisitorBuffer`, one per site and shard. */
export interface VisitorBufferDoor {
  /** Takes `Handed` updates as JSON; resolves when they are on disk. */
  put(json: string): Promise<void>;
  /** The site's access changed: what waits for it is tried now. */
  wake(): Promise<void>;
  /** Forgets what was parked 30 days ago, and sets a lost alarm again. */
  lookAfter(): Promise<void>;
  look(): Promise<ShardLook>;
  /** The newest records up to a time, newest first; at most `most`, or 1,000. */
  records(upToMs: number, most?: number): Promise<DeliveryRecord[]>;
  /** Parked attributes behind the first `skip`. */
  parked(skip: number, limit: number): Promise<ParkedRecord[]>;
  /** Puts parked attributes back (all of them for null); how many. */
  replay(names: readonly ParkedName[] | null): Promise<number>;
}

/** The buffer of a shard of a site. */
export function visitorBuffer(env: Pick<Env, "VISITOR_BUFFER">, mmSiteId: string, shard: number): VisitorBufferDoor {
  return env.VISITOR_BUFFER.getByName(`${shard}:${mmSiteId}`) as unknown as VisitorBufferDoor;
}
