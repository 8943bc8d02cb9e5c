// Where a redirect gets a link that it cannot build: this isolate's memory of failures, KV, then the network's object.
// It keeps the visit's deadlines and never throws; nothing but plain data is kept between requests.

import { hexOf } from "../../../src/shared/ids.ts";
import { inTime } from "../../../src/shared/deadline.ts";
import type { SkipReason } from "../clicks/click.ts";
import type { CompiledRelation } from "./compiled.ts";
import { withoutCampaignTags } from "./destination.ts";
import { isLinkNetwork, magazineVoceParts, subIdParts } from "./links.ts";
import type { LinkBases, LinkParts } from "./links.ts";
import type { LinkNetwork } from "../networks.ts";
import { FAILURE_MEMORY_MS } from "../networks/link-ask.ts";
import type { LinkAsk, LinkObject } from "../networks/link-ask.ts";
import type { LinkAnswer, LinkSource } from "./resolve.ts";

/** KV may be slow at a distance; its truth stands in the object, so it is not waited for longer (ms). */
const KV_WAIT_MS = 150;
/** A network with less time left than this is not asked (ms). */
const LEAST_WAIT_MS = 20;
/** How much longer than its own timeout an object is waited for, for the way there and back (ms). */
const WAY_MS = 60;
/** Seconds that KV may answer from its edge cache; templates never change under their key. */
const KV_CACHE_TTL_SECONDS = 3_600;
const MAX_FAILURES = 5_000;

const failures = new Map<string, { skip: SkipReason; untilMs: number }>();

function remember(key: string, skip: SkipReason, untilMs: number): void {
  if (failures.size >= MAX_FAILURES) failures.clear();
  failures.set(key, { skip, untilMs });
}

/** The URL as the network is asked for it: what keys the template. */
export function askedUrl(network: LinkNetwork, url: URL): string {
  return network === "magazinevoce" ? `${url.origin}${url.pathname}` : withoutCampaignTags(url.href);
}

/** The key of a template in the object and (prefixed `link:`) in KV: SHA-256 of network, versions and URL, in hex. */
export async function templateKey(
  relation: Pick<CompiledRelation, "key">,
  network: LinkNetwork,
  url: string,
): Promise<string> {
  const identity = network === "magazinevoce" ? network : relation.key;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${identity}\n${url}`));
  return hexOf(new Uint8Array(digest));
}

/** The link's parts from what a network (or the store's page) said. */
export function partsOf(network: LinkNetwork, raw: string, bases: LinkBases, relation: CompiledRelation): LinkParts {
  if (network !== "magazinevoce") return subIdParts(network, raw);
  return magazineVoceParts(bases, relation.settings.link["store"] ?? "", `p/${raw}/`);
}

interface SourceOptions {
  kv: Pick<KVNamespace, "get">;
  objects: (network: LinkNetwork) => LinkObject;
  bases: LinkBases;
  clock: () => number;
  startedMs: number;
  deadlineMs: number;
  networkTimeoutMs: number;
  /** Keeps a call alive whose visitor has been answered, so that its template is there for the next. */
  keepAlive: (work: Promise<unknown>) => void;
}

/** The source of one visit: its total deadline starts at `startedMs`. */
export function linkSource(options: SourceOptions): LinkSource {
  return async (relation, url): Promise<LinkAnswer> => {
    const { network } = relation;
    if (!isLinkNetwork(network)) return { skip: "malformed", untilMs: options.clock() };
    const nowMs = options.clock();
    const asked = askedUrl(network, url);
    const key = await templateKey(relation, network, asked);
    const closed = failures.get(network);
    if (closed !== undefined && nowMs < closed.untilMs) return closed;
    const failed = failures.get(key);
    if (failed !== undefined && nowMs < failed.untilMs) return { skip: "recent_failure", untilMs: failed.untilMs };
    const left = (): number => options.startedMs + options.deadlineMs - options.clock();
    if (left() < LEAST_WAIT_MS) return { skip: "deadline", untilMs: nowMs };
    const stored = await inTime(
      options.kv.get(`link:${key}`, { type: "text", cacheTtl: KV_CACHE_TTL_SECONDS }),
      Math.min(KV_WAIT_MS, left()),
    ).catch(() => null);
    if (stored !== null) return { parts: partsOf(network, stored, options.bases, relation), cache: "kv" };
    const timeoutMs = Math.min(options.networkTimeoutMs, left() - WAY_MS);
    if (timeoutMs < LEAST_WAIT_MS) return { skip: "deadline", untilMs: nowMs };
    const ask: LinkAsk = {
      externalId: relation.externalId,
      key,
      credentialsRevision: relation.settings.revision,
      url: asked,
      timeoutMs,
    };
    const call = options.objects(network).link(ask);
    options.keepAlive(call.catch(() => null));
    const reply = await inTime(call, timeoutMs + WAY_MS).catch(() => null);
    if (reply === null) {
      const untilMs = options.clock() + FAILURE_MEMORY_MS;
      remember(key, "timeout", untilMs);
      return { skip: "timeout", untilMs };
    }
    if ("raw" in reply) return { parts: partsOf(network, reply.raw, options.bases, relation), cache: "object" };
    remember(reply.circuit ? network : key, reply.skip, reply.untilMs);
    return { skip: reply.skip, untilMs: reply.untilMs };
  };
}

/** Forgets all failures: a rule, relation or credential has changed here. */
export function forgetFailures(): void {
  failures.clear();
}
