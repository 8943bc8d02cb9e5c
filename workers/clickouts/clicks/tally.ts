// What a batch of clicks adds to the day's totals. Pure: one pass, and no text is built twice for the same group.
import { HOUR_MS } from "../../../src/shared/clock.ts";
import { readClickId } from "./click-id.ts";
import type { ClickTuple } from "./click.ts";

const HOURS_A_DAY = 24;

/** Clicks of one day and shard by store (0: none), network (empty: none), outcome, and whether people made them. */
export interface ClickTotal {
  storeId: number;
  network: string;
  outcome: string;
  human: boolean;
  clicks: number;
}

/** How often people's clicks to a store passed over a network, and why. */
export interface SkipTotal {
  storeId: number;
  network: string;
  reason: string;
  clicks: number;
}

/** People's clicks to a store in one hour of the day (0 to 23), and those of them that no network of its rule served. */
export interface HourTotal {
  hour: number;
  storeId: number;
  clicks: number;
  fallen: number;
}

/** Groups of a batch. */
export interface Tally {
  totals: ClickTotal[];
  /** For the metric `visit_total`; network `none` where there is none. */
  visits: { outcome: string; network: string; cache: string; clicks: number }[];
  refs: RefTotal[];
  skips: SkipTotal[];
  hours: HourTotal[];
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
  const skips = new Map<string, SkipTotal>();
  const hours = new Map<string, HourTotal>();
  for (const [id, , storeId, network, , outcome, , tried, cache, bot, , , ref] of clicks) {
    const human = bot === 0;
    const total = () => ({ storeId, network, outcome, human, clicks: 0 });
    entry(totals, `${storeId} ${network} ${outcome} ${bot}`, total).clicks += 1;
    const visit = () => ({ outcome, network: network || "none", cache, clicks: 0 });
    entry(visits, `${outcome} ${network} ${cache}`, visit).clicks += 1;
    if (human && storeId !== 0) {
      const hour = hourOf(id);
      const byHour = entry(hours, `${hour} ${storeId}`, () => ({ hour, storeId, clicks: 0, fallen: 0 }));
      byHour.clicks += 1;
      byHour.fallen += Number(outcome !== "tracked");
      for (const { network: skipped, reason } of tried) {
        const skip = () => ({ storeId, network: skipped, reason, clicks: 0 });
        entry(skips, `${storeId} ${skipped} ${reason}`, skip).clicks += 1;
      }
    }
    if (ref === "") continue;
    const byRef = entry(refs, `${ref} ${storeId} ${network}`, () => ({ ref, storeId, network, clicks: 0, humans: 0 }));
    byRef.clicks += 1;
    byRef.humans += Number(human);
  }
  return {
    totals: [...totals.values()],
    visits: [...visits.values()],
    refs: [...refs.values()],
    skips: [...skips.values()],
    hours: [...hours.values()],
  };
}

/** The hour of the day in UTC in which a click's id was made. */
function hourOf(clickId: string): number {
  return Math.floor((readClickId(clickId)?.atMs ?? 0) / HOUR_MS) % HOURS_A_DAY;
}
