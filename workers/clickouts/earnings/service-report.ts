// The report of clicks and earnings: which network pays best for a store, what a day or a caller's `ref` brought. Reads only.
import { DAY_MS, utcDay } from "../../../src/shared/clock.ts";
import { config } from "../../../src/shared/config.ts";
import { inChunks } from "../../../src/shared/db/chunk.ts";
import { AppError, invalid } from "../../../src/shared/errors.ts";
import { ratesBetween } from "../../../src/shared/rates/store.ts";
import { clickLog } from "../clicks/recorder.ts";
import type { Operation } from "../service.ts";
import { reportOf } from "./report.ts";
import type { ClickGroup, Dimension, GroupKey, Report } from "./report.ts";
import type { ReportQuery, ReportRows, StoreSet } from "./store-report.ts";

/** A report without `from` looks back this far. */
const DEFAULT_DAYS = 31;
/** Groups of one report: what a CSV may hold. */
const MAX_GROUPS = 50_000;
/** Refs of one day: those that sold and those that were clicked most. All are in the total. */
const REFS_A_LOG = 10_000;
/** What an isolate holds of a report by `ref`. */
const MAX_REF_GROUPS = 200_000;
/** Six connections of an invocation may wait; one is left for D1. */
const LOGS_AT_ONCE = 5;

/** What an operator asks for; times in milliseconds. */
export interface ReportRequest {
  dimensions: readonly Dimension[];
  fromMs?: number | undefined;
  toMs?: number | undefined;
  currency?: string | undefined;
  /** Only of these stores; for pages, whose lists are short. A report by `ref` reads every log and is not narrowed. */
  storeIds?: StoreSet | undefined;
  /** Whether stores come with their names; default: where they are a dimension. */
  named?: boolean | undefined;
}

/** A report of whole UTC days. */
export interface ReportAnswer extends Report {
  /** The first and the last day, both included. */
  from: string;
  to: string;
  /** By `ref`: the day from which its clicks are complete, where those of older days are emptied; else null. */
  completeFrom: string | null;
  /** There are more groups than these; they are in the total. */
  truncated: boolean;
}

/** Makes a report. Throws `invalid_request` for a time that ends before it begins, or would make too many groups. */
export async function makeReport(op: Operation, asked: ReportRequest): Promise<ReportAnswer> {
  const { dimensions, named = dimensions.includes("store") } = asked;
  const query = queryOf(op, asked);
  // Asked together: a page is one trip to D1.
  const [rows, rates, names] = await Promise.all([
    op.data.readReport(op.db, query, MAX_GROUPS + 1),
    ratesBetween(op.db, query.fromDay, query.toDay),
    named ? op.data.storeNamesWithin(op.db, query) : null,
  ]);
  if ([rows.clicks, rows.sales, rows.foreign].some((list) => list.length > MAX_GROUPS)) {
    throw invalid("from", `A report holds ${MAX_GROUPS} groups. Ask for a shorter time.`);
  }
  const byRef = dimensions.includes("ref");
  const refs = byRef ? await clicksByRef(op, query, rows) : null;
  const parts = refs === null ? rows : { ...rows, clicks: refs.clicks, allClicks: refs.all };
  const report = reportOf(parts, query.currency, rates);
  const { emptiedTo } = rows;
  return {
    ...report,
    items:
      names === null
        ? report.items
        : report.items.map((item) => ({ ...item, storeName: names.get(Number(item.store)) ?? null })),
    from: query.fromDay,
    to: query.toDay,
    completeFrom: byRef && emptiedTo !== null ? dayAfter(emptiedTo) : null,
    truncated: refs?.more ?? false,
  };
}

const dayAfter = (day: string) => utcDay(Date.parse(`${day}T00:00:00Z`) + DAY_MS);

function queryOf(op: Operation, { dimensions, fromMs, toMs, currency, storeIds }: ReportRequest): ReportQuery {
  const nowMs = op.deps.clock();
  const endMs = toMs ?? nowMs;
  const beginMs = fromMs ?? Math.min(endMs, nowMs) - DEFAULT_DAYS * DAY_MS;
  if (beginMs >= endMs) throw invalid("to", "must come after `from`");
  return {
    dimensions,
    fromDay: utcDay(beginMs),
    toDay: utcDay(endMs - 1),
    currency: currency ?? config(op.env).baseCurrency,
    storeIds,
  };
}

/** Days of a query that the logs may still have, newest first. */
function daysOf({ fromDay, toDay }: ReportQuery, op: Operation): string[] {
  const nowMs = op.deps.clock();
  const keptSinceMs = nowMs - (config(op.env).clickoutRetentionDays + 1) * DAY_MS;
  const days: string[] = [];
  const firstMs = Math.max(Date.parse(fromDay), Math.floor(keptSinceMs / DAY_MS) * DAY_MS);
  // One day ahead: another location's clock may be past midnight already.
  const lastMs = Math.min(Date.parse(toDay), nowMs + DAY_MS);
  for (let ms = lastMs; ms >= firstMs; ms -= DAY_MS) days.push(utcDay(ms));
  return days;
}

/** Clicks by `ref` out of the days' logs. */
async function clicksByRef(op: Operation, query: ReportQuery, rows: ReportRows) {
  const sold = [...new Set([...rows.sales, ...rows.foreign].map(({ key }) => String(key.ref)))].slice(0, REFS_A_LOG);
  const shards = Array.from({ length: config(op.env).clickoutShards }, (_, shard) => shard);
  const logs = daysOf(query, op).flatMap((day) => shards.map((shard) => ({ day, name: `${day}:${shard}` })));
  const groups = new Map<string, ClickGroup>();
  const all = { clicks: 0, humans: 0 };
  let more = false;
  for (const some of inChunks(logs, LOGS_AT_ONCE)) {
    const found = await Promise.all(
      some.map(async ({ day, name }) => ({ day, totals: await clickLog(op.env, name).refTotals(sold, REFS_A_LOG) })),
    ).catch(() => {
      throw new AppError("busy", {
        retry: true,
        detail: "A day's log of clicks does not answer, and without it the report would be wrong.",
        headers: { "Retry-After": "5" },
      });
    });
    for (const { day, totals } of found) {
      all.clicks += totals.clicks;
      all.humans += totals.humans;
      more ||= totals.more;
      for (const { ref, storeId, network, clicks, humans } of totals.rows) {
        const values = { ref, day, store: storeId || null, network: network || null };
        const key: GroupKey = Object.fromEntries(query.dimensions.map((one) => [one, values[one]]));
        const name = JSON.stringify(key);
        const group = groups.get(name) ?? { key, clicks: 0, humans: 0 };
        group.clicks += clicks;
        group.humans += humans;
        if (groups.size < MAX_REF_GROUPS || groups.has(name)) groups.set(name, group);
        else more = true;
      }
    }
  }
  return { clicks: groups.values(), all, more };
}
