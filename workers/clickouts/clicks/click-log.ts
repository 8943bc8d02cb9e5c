// What a ClickLog offers, and how a click lies on its disk. Pure.

import type { CacheLevel, ClickFilter, ClickRow, ClickTuple, NoLinkReason, Tried, VisitOutcome } from "./click.ts";
import { readClickId, timeCode } from "./click-id.ts";
import { isoTime } from "../../../src/shared/clock.ts";
import type { Network } from "../networks.ts";
import type { RefTotal } from "./tally.ts";

/** The doors of one day's log, by RPC. */
export interface ClickLogDoor {
  /** Takes a `ClickBatch` as JSON; resolves when it is on disk. A click that is there already counts once. */
  append(batch: string): Promise<void>;
  /** Clicks, newest first. */
  list(filter: ClickFilter, limit: number): Promise<ClickRow[]>;
  /** Those of these clicks that it has, for all sales of a page at once. */
  find(ids: readonly string[]): Promise<FoundClick[]>;
  /** The day's clicks by `ref`: those of `refs` (at most 10,000) and the `limit` that were clicked most. */
  refTotals(refs: readonly string[], limit: number): Promise<RefTotals>;
  /** People's clicks by store since an hour of its day, of the stores where some fell to the fallback. */
  fallen(sinceHour: number): Promise<StoreFall[]>;
  /** Empties the day if its time is over and its alarm did not; its totals are in D1 before. True: it is empty. */
  empty(): Promise<boolean>;
}

/** Clicks by `ref`. `clicks` and `humans` are those of all, also of refs that are not among the rows. */
export interface RefTotals {
  rows: RefTotal[];
  clicks: number;
  humans: number;
  /** There are more refs than rows. */
  more: boolean;
}

/** How many of people's clicks to a store no network of its rule served. */
export interface StoreFall {
  storeId: number;
  clicks: number;
  fallen: number;
}

/** What a click's log tells of one that led to a sale. */
export interface FoundClick {
  clickoutId: string;
  storeId: number | null;
  network: Network | null;
  ref: string | null;
}

/** One JSON list of ids in, the clicks of them that are there out. */
export const FIND_CLICKS =
  "SELECT id, store, network, ref FROM click WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id";

/** Bits of the column `flags`. */
const BOT = 1;
const DUPLICATE = 2;
const BAD_REF = 4;

/** A row of the table `click`. Absent texts are empty and absent numbers 0, which cost a byte. */
export type StoredClick = {
  id: string;
  url: string;
  store: number;
  network: string;
  rule: number;
  outcome: string;
  reason: string;
  tried: string;
  cache: string;
  flags: number;
  country: string;
  referrer: string;
  ref: string;
};

/** The values of a new row, in the order of `INSERT_CLICKS`. */
export function rowOf(click: ClickTuple, duplicate: boolean): (string | number)[] {
  const [id, url, store, network, rule, outcome, reason, tried, cache, bot, country, referrer, ref, badRef] = click;
  const flags = bot * BOT + (duplicate ? DUPLICATE : 0) + badRef * BAD_REF;
  const triedText = tried.length === 0 ? "" : JSON.stringify(tried);
  return [id, url, store, network, rule, outcome, reason, triedText, cache, flags, country, referrer, ref];
}

/** The table: keyed by the click id alone, no row id, one partial index for the few clicks that carry a `ref`. */
export const CLICK_TABLE = `
CREATE TABLE IF NOT EXISTS click (
  id TEXT PRIMARY KEY, url TEXT NOT NULL, store INTEGER NOT NULL, network TEXT NOT NULL, rule INTEGER NOT NULL,
  outcome TEXT NOT NULL, reason TEXT NOT NULL, tried TEXT NOT NULL, cache TEXT NOT NULL, flags INTEGER NOT NULL,
  country TEXT NOT NULL, referrer TEXT NOT NULL, ref TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS click_ref ON click (ref) WHERE ref <> '';
CREATE TABLE IF NOT EXISTS total (
  store INTEGER NOT NULL, network TEXT NOT NULL, outcome TEXT NOT NULL, human INTEGER NOT NULL, clicks INTEGER NOT NULL,
  PRIMARY KEY (store, network, outcome, human)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS ref_click (
  ref TEXT NOT NULL, store INTEGER NOT NULL, network TEXT NOT NULL, clicks INTEGER NOT NULL, humans INTEGER NOT NULL,
  PRIMARY KEY (ref, store, network)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS skip_total (
  store INTEGER NOT NULL, network TEXT NOT NULL, reason TEXT NOT NULL, clicks INTEGER NOT NULL,
  PRIMARY KEY (store, network, reason)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hour_total (
  hour INTEGER NOT NULL, store INTEGER NOT NULL, clicks INTEGER NOT NULL, fallen INTEGER NOT NULL,
  PRIMARY KEY (hour, store)
) WITHOUT ROWID;
`;

/** One JSON list of `SkipTotal`s in. */
export const ADD_SKIPS = `
INSERT INTO skip_total
SELECT value ->> 'storeId', value ->> 'network', value ->> 'reason', value ->> 'clicks' FROM json_each(?) WHERE true
ON CONFLICT DO UPDATE SET clicks = clicks + excluded.clicks`;

/** One JSON list of `HourTotal`s in. */
export const ADD_HOURS = `
INSERT INTO hour_total
SELECT value ->> 'hour', value ->> 'storeId', value ->> 'clicks', value ->> 'fallen' FROM json_each(?) WHERE true
ON CONFLICT DO UPDATE SET clicks = clicks + excluded.clicks, fallen = fallen + excluded.fallen`;

/** Stores with clicks that fell since an hour; a deployment has tens of thousands of stores, and a page shows few. */
export const FALLEN_SINCE = `
SELECT store AS storeId, SUM(clicks) AS clicks, SUM(fallen) AS fallen FROM hour_total WHERE hour >= ?
GROUP BY store HAVING SUM(fallen) > 0 ORDER BY SUM(fallen) DESC LIMIT 1000`;

/** The refs of a JSON list and those that were clicked most, in one pass each. */
export const REF_TOTALS = `
SELECT ref, store AS storeId, network, clicks, humans FROM ref_click WHERE ref IN (SELECT value FROM json_each(?))
UNION
SELECT * FROM (SELECT ref, store AS storeId, network, clicks, humans FROM ref_click ORDER BY clicks DESC, ref LIMIT ?)`;

/** What the rows of `ref_click` add up to. */
export const ALL_REFS = `
SELECT count(*) AS refs, coalesce(sum(clicks), 0) AS clicks, coalesce(sum(humans), 0) AS humans FROM ref_click`;

/** One JSON list of rows in, the ids that are new out: half the cost of a statement per click. */
export const INSERT_CLICKS = `
INSERT OR IGNORE INTO click
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
  value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12
FROM json_each(?) RETURNING id`;

/** A stored click as readers see it. */
export function readRow(row: StoredClick): ClickRow {
  return {
    clickoutId: row.id,
    at: isoTime(readClickId(row.id)?.atMs ?? 0),
    url: row.url,
    storeId: row.store || null,
    network: (row.network || null) as Network | null,
    ruleVersion: row.rule || null,
    outcome: row.outcome as VisitOutcome,
    reason: (row.reason || null) as NoLinkReason | null,
    tried: row.tried === "" ? [] : (JSON.parse(row.tried) as Tried[]),
    cache: row.cache as CacheLevel,
    bot: (row.flags & BOT) !== 0,
    duplicate: (row.flags & DUPLICATE) !== 0,
    country: row.country || null,
    referrerHost: row.referrer || null,
    ref: row.ref || null,
  };
}

/** The WHERE of a filter with its values; ids begin with their time, so times become ranges of the key. */
export function whereOf(filter: ClickFilter): { where: string; values: (string | number)[] } {
  const terms: [string, string | number | undefined][] = [
    ["id < ?", filter.beforeId],
    ["id >= ?", filter.fromMs === undefined ? undefined : timeCode(filter.fromMs)],
    ["id < ?", filter.toMs === undefined ? undefined : timeCode(filter.toMs)],
    ["store = ?", filter.storeId],
    ["network = ?", filter.network],
    ["outcome = ?", filter.outcome],
    ["flags & 1 = ?", filter.bot === undefined ? undefined : Number(filter.bot)],
    ["ref = ? AND ref <> ''", filter.ref],
  ];
  const used = terms.filter((term): term is [string, string | number] => term[1] !== undefined);
  return {
    where: used.length === 0 ? "" : `WHERE ${used.map(([sql]) => sql).join(" AND ")}`,
    values: used.map(([, value]) => value),
  };
}
