// What a batch of clicks adds to the day's totals. Pure: one pass, and no text is built twice for the same group.
import type { ClickTuple } from "./click.ts";

/** Clicks of one day and shard by store (0: none), network (empty: none), outcome, and whether people made them. */
export interface ClickTotal {
  storeId: number;
  network: string;
  outcome: string;
  human: boolean;
  clicks: number;
}

/** Groups of a batch. */
export interface Tally {
  totals: ClickTotal[];
  /** For the metric `visit_total`; network `none` where there is none. */
  visits: { outcome: string; network: string; cache: string; clicks: number }[];
  refs: RefTotal[];
}

/** Clicks that carried a `ref`, by it, store (0: none) and network (empty: none). */
export interface RefTotal {
  ref: string;
  storeId: number;
  network: string;
  clicks: number;
  humans: number;
}

/** The entry of a key, made where it is new. */
function entry<T>(groups: Map<string, T>, key: string, make: () => T): T {
  const known = groups.get(key) ?? make();
  groups.set(key, known);
  return known;
}

/** Groups clicks that are new to the log. */
export function tally(clicks: Iterable<ClickTuple>): Tally {
  const totals = new Map<string, ClickTotal>();
  const visits = new Map<string, Tally["visits"][number]>();
  const refs = new Map<string, RefTotal>();
  for (const [, , storeId, network, , outcome, , , cache, bot, , , ref] of clicks) {
    const human = bot === 0;
    const total = () => ({ storeId, network, outcome, human, clicks: 0 });
    entry(totals, `${storeId} ${network} ${outcome} ${bot}`, total).clicks += 1;
    const visit = () => ({ outcome, network: network || "none", cache, clicks: 0 });
    entry(visits, `${outcome} ${network} ${cache}`, visit).clicks += 1;
    if (ref === "") continue;
    const byRef = entry(refs, `${ref} ${storeId} ${network}`, () => ({ ref, storeId, network, clicks: 0, humans: 0 }));
    byRef.clicks += 1;
    byRef.humans += Number(human);
  }
  return { totals: [...totals.values()], visits: [...visits.values()], refs: [...refs.values()] };
}
