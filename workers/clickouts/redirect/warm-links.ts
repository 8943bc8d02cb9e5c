// Links of the URLs that this isolate was asked for lately, found by the raw parameter as it was sent. Pure memory, bounded.
import type { CacheLevel, NoLinkReason, Tried, VisitOutcome } from "../clicks/click.ts";
import type { LinkParts } from "./links.ts";
import type { Network } from "../networks.ts";

/** What a visit of the same URL answers and records, but for its own click id. */
export interface WarmLink {
  /** Of the routing table it was made with: another version makes it void. */
  tableVersion: number;
  /** When a rule ends or a skipped network may be tried again. */
  untilMs: number;
  parts: LinkParts | null;
  url: string;
  storeId: number;
  code: string;
  network: Network | "";
  ruleVersion: number;
  outcome: VisitOutcome;
  reason: NoLinkReason | "";
  tried: Tried[];
  cache: CacheLevel;
}

/** At most twice this many are kept (two generations): 5,000 in all. */
const GENERATION = 2_500;
/** Longer parameters are not kept: 5,000 of 8 KB would fill an isolate. */
const MAX_RAW_LENGTH = 1_024;

/** A cache of two generations: what was used since the last turn survives the next one. */
export class WarmLinks {
  #young = new Map<string, WarmLink>();
  #old = new Map<string, WarmLink>();

  /** The link of a raw parameter if it still holds under this table at this time. */
  find(raw: string, tableVersion: number, nowMs: number): WarmLink | null {
    let link = this.#young.get(raw);
    if (link === undefined) {
      link = this.#old.get(raw);
      if (link === undefined) return null;
      this.keep(raw, link);
    }
    return link.tableVersion === tableVersion && nowMs < link.untilMs ? link : null;
  }

  /** Keeps a link for the next visit of the same URL. */
  keep(raw: string, link: WarmLink): void {
    if (raw.length > MAX_RAW_LENGTH) return;
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(raw, link);
  }
}
