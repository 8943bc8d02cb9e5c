// How networks do at stores over the last 30 days, and what a reader may conclude from it: the data beside a rule.
import { DAY_MS, utcDay } from "../../../src/shared/clock.ts";
import type { Network } from "../networks.ts";
import type { Operation } from "../service.ts";
import type { DeskData, Standing } from "./store.ts";

/** What is looked back over. */
export const STANDING_DAYS = 30;

/** Reasons that say how we are set up, and nothing of the network. */
const OWN_REASONS: ReadonlySet<string> = new Set(["disabled", "no_credentials"]);

/** How a network did at a store; shares from 0 to 1, null where nothing is known yet. */
export interface NetworkStanding {
  network: Network;
  served: number;
  /** Of the sales that were decided upon, those that were approved. */
  approved: number | null;
  /** Of the clicks that asked it, those that it did not serve. */
  failed: number | null;
  /** Why clicks passed it over, the most frequent reason first. */
  reasons: { reason: string; clicks: number }[];
}

const share = (part: number, whole: number) => (whole === 0 ? null : part / whole);

/** One network's figures out of its counts. Pure. */
export function figuresOf({ network, served, skipped, approved, declined }: Standing): NetworkStanding {
  const reasons = Object.entries(skipped)
    .map(([reason, clicks]) => ({ reason, clicks }))
    .toSorted((a, b) => b.clicks - a.clicks);
  const failures = reasons.reduce((sum, { reason, clicks }) => (OWN_REASONS.has(reason) ? sum : sum + clicks), 0);
  return {
    network,
    served,
    approved: share(approved, approved + declined),
    failed: share(failures, failures + served),
    reasons,
  };
}

/** Figures by store and network. */
export type Standings = Map<number, Map<Network, NetworkStanding>>;

/** The figures of these stores over the last `days`. */
export async function standingsOf(
  op: Operation,
  desk: DeskData,
  storeIds: readonly number[],
  days = STANDING_DAYS,
): Promise<Standings> {
  const found: Standings = new Map();
  if (storeIds.length === 0) return found;
  const sinceMs = Math.floor(op.deps.clock() / DAY_MS - days) * DAY_MS;
  for (const row of await desk.standings(op.db, storeIds, utcDay(sinceMs), sinceMs)) {
    const networks = found.get(row.storeId) ?? new Map<Network, NetworkStanding>();
    networks.set(row.network, figuresOf(row));
    found.set(row.storeId, networks);
  }
  return found;
}
