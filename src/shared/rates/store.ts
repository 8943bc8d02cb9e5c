// Reads and writes currency rates in D1. A version is written whole and never changed.
import { and, eq, gte, lte, sql } from "drizzle-orm";
import { auditRow } from "../audit/row.ts";
import type { AuditEntry } from "../audit/row.ts";
import { DAY_MS, utcDay } from "../clock.ts";
import type { Db } from "../db/client.ts";
import { MAX_AGE_DAYS, ratesByDay } from "./convert.ts";
import type { RateSet, Rates } from "./convert.ts";
import { rate } from "./tables.ts";

const isNewest = sql`${rate.version} = (
  select max(other.version) from ${rate} as other where other.base = ${rate.base} and other.date = ${rate.date}
)`;

function setsOf(rows: readonly (typeof rate.$inferSelect)[]): RateSet[] {
  const sets = new Map<string, RateSet & { rates: Map<string, string> }>();
  for (const { base, date, version, currency, rate: value } of rows) {
    const key = `${base} ${date}`;
    const set = sets.get(key) ?? { base, date, version, rates: new Map<string, string>() };
    set.rates.set(currency, value);
    sets.set(key, set);
  }
  return [...sets.values()];
}

const daysBefore = (day: string, days: number) => utcDay(Date.parse(day) - days * DAY_MS);

/** All that `convert` needs for the UTC days from `fromDay` to `toDay`, both included, in one query. */
export async function ratesBetween(db: Db, fromDay: string, toDay: string): Promise<Rates> {
  const since = daysBefore(fromDay, MAX_AGE_DAYS);
  const rows = await db
    .select()
    .from(rate)
    .where(and(gte(rate.date, since), lte(rate.date, toDay), isNewest));
  return ratesByDay(setsOf(rows));
}

/** The set of a base that holds on a UTC day: the newest on or before it, at most 7 days old. */
export async function ratesOn(db: Db, base: string, day: string): Promise<RateSet | null> {
  const newestDay = sql`${rate.date} = (
    select max(other.date) from ${rate} as other
    where other.base = ${base} and other.date >= ${daysBefore(day, MAX_AGE_DAYS)} and other.date <= ${day}
  )`;
  const rows = await db
    .select()
    .from(rate)
    .where(and(eq(rate.base, base), newestDay, isNewest))
    .orderBy(rate.currency);
  return setsOf(rows)[0] ?? null;
}

/**
 * Writes the rates of a base and day as its next version, together with the audit row. Currencies that the version before had
 * and this one does not name are carried over, so that adding one never takes another away. Two at once make two versions.
 */
export async function putRates(
  db: Db,
  { base, date, rates }: { base: string; date: string; rates: Readonly<Record<string, string>> },
  audit: AuditEntry,
): Promise<RateSet> {
  const given = JSON.stringify(rates);
  const last = sql`(select coalesce(max(version), 0) from rate where base = ${base} and date = ${date})`;
  const version = sql`
    select ${base}, ${date}, ${last} + 1, currency, rate, ${audit.at} from (
      select key as currency, value as rate from json_each(${given})
      union all
      select currency, rate from rate
      where base = ${base} and date = ${date} and version = ${last}
        and currency not in (select key from json_each(${given}))
    )`;
  const written = db
    .select()
    .from(rate)
    .where(and(eq(rate.base, base), eq(rate.date, date), isNewest))
    .orderBy(rate.currency);
  const [, , rows] = await db.batch([db.insert(rate).select(version), auditRow(db, audit), written]);
  return setsOf(rows)[0]!;
}
