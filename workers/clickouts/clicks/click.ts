// A clickout: what `/visit` records of one request, and what a reader is told of it. Pure.

import type { Network } from "../networks.ts";

/** Where the answer came from; `none` where no network was asked (fallback, unknown store). */
export type CacheLevel = "memory" | "kv" | "object" | "none";

/** How a visit ended: by a network, by digidip, by the plain product URL, or with a 404. */
export type VisitOutcome = "tracked" | "fallback" | "direct" | "unknown_store";

/** Why no network served: no store of that host, no rule now, or no network of the rule gave a link. */
export type NoLinkReason = "no_store" | "no_rule" | "no_link";

/** Why one network was passed over. */
export type SkipReason =
  | "circuit_open"
  | "recent_failure"
  | "timeout"
  | "deadline"
  | "rate_limited"
  | "no_credentials"
  | "rejected"
  | "malformed"
  | "disabled";

/** A network that was tried before the one that served. */
export interface Tried {
  network: Network;
  reason: SkipReason;
}

/** A click on its way to the log. Positions, not names: thousands a second travel as JSON text. `at` stands in the id. */
export type ClickTuple = [
  id: string,
  url: string,
  storeId: number,
  network: Network | "",
  ruleVersion: number,
  outcome: VisitOutcome,
  reason: NoLinkReason | "",
  tried: readonly Tried[],
  cache: CacheLevel,
  bot: 0 | 1,
  country: string,
  referrerHost: string,
  ref: string,
  badRef: 0 | 1,
  /** Address and user agent: hashed by the log with its day's salt, never stored, emptied before a queue sees them. */
  ip: string,
  userAgent: string,
];

/** A recorded click, as `/api/clickouts/visits` shows it. */
export interface ClickRow {
  clickoutId: string;
  at: string;
  url: string;
  storeId: number | null;
  network: Network | null;
  ruleVersion: number | null;
  outcome: VisitOutcome;
  reason: NoLinkReason | null;
  tried: Tried[];
  cache: CacheLevel;
  bot: boolean;
  duplicate: boolean;
  country: string | null;
  referrerHost: string | null;
  ref: string | null;
}

/** What a list of clicks may be narrowed by; times in milliseconds, `toMs` exclusive. */
export interface ClickFilter {
  storeId?: number | undefined;
  network?: Network | undefined;
  outcome?: VisitOutcome | undefined;
  bot?: boolean | undefined;
  ref?: string | undefined;
  fromMs?: number | undefined;
  toMs?: number | undefined;
  /** Only clicks older than this id: the cursor. */
  beforeId?: string | undefined;
}
