// Money into another currency by pinned rates: exact fractions, rounded once, half to even. Pure: the day is passed in.
import { DAY_MS, utcDay } from "../clock.ts";
import { currencyDigits, decimalOf, divideHalfEven, safeMinor } from "../money.ts";
import type { Money } from "../money.ts";

/** How old a rate may be, in days, to stand for a day that has none: weekends and long holidays. */
export const MAX_AGE_DAYS = 7;

/** The rates of one base and UTC day, in their newest version: one unit of the base is `rates.get("USD")` dollars. */
export interface RateSet {
  base: string;
  date: string;
  version: number;
  rates: ReadonlyMap<string, string>;
}

/** The sets of each day; several if there are several bases. */
export type Rates = ReadonlyMap<string, readonly RateSet[]>;

/** A conversion and what it was made with: `BRL:2026-11-21:2` (base, day, version), null where none was needed. */
export interface Conversion {
  money: Money;
  rateId: string | null;
}

/** Sets by their day, as `convert` wants them. */
export function ratesByDay(sets: Iterable<RateSet>): Rates {
  const days = new Map<string, RateSet[]>();
  for (const set of sets) {
    const day = days.get(set.date);
    if (day === undefined) days.set(set.date, [set]);
    else day.push(set);
  }
  return days;
}

function knows({ base, rates }: RateSet, currency: string): boolean {
  return base === currency || rates.has(currency);
}

/**
 * The set that converts on a day: the newest on or before it, at most 7 days old, that knows both currencies, so that a cross
 * rate never mixes two days. Of one day's sets, one whose base is among the two goes first, then by the base's code.
 */
function setFor(from: string, to: string, dayUtc: string, rates: Rates): RateSet | null {
  const dayMs = Date.parse(dayUtc);
  const distance = ({ base }: RateSet) => (base === from || base === to ? 0 : 1);
  for (let age = 0; age <= MAX_AGE_DAYS; age++) {
    const sets = (rates.get(utcDay(dayMs - age * DAY_MS)) ?? []).filter((set) => knows(set, from) && knows(set, to));
    const [best] = sets.toSorted((a, b) => distance(a) - distance(b) || (a.base < b.base ? -1 : 1));
    if (best !== undefined) return best;
  }
  return null;
}

const ONE = { units: 1n, digits: 0 };

/** What one unit of the base is in a currency. The store holds only positive decimals. */
function rateIn({ base, rates }: RateSet, currency: string) {
  const decimal = base === currency ? ONE : decimalOf(rates.get(currency) ?? "");
  if (decimal === null || decimal.units <= 0n) throw new Error(`a rate of ${currency} is no positive decimal`);
  return decimal;
}

/** Converts with the id of the rates that were used. Null: there is no rate, or the amount is beyond all counting. */
export function convertPinned(money: Money, to: string, dayUtc: string, rates: Rates): Conversion | null {
  const { minor, currency: from } = money;
  if (from === to) return { money, rateId: null };
  const set = setFor(from, to, dayUtc, rates);
  const [digitsFrom, digitsTo] = [currencyDigits(from), currencyDigits(to)];
  if (set === null || digitsFrom === null || digitsTo === null) return null;
  const [rateFrom, rateTo] = [rateIn(set, from), rateIn(set, to)];
  const numerator = BigInt(minor) * rateTo.units * 10n ** BigInt(rateFrom.digits + digitsTo);
  const denominator = rateFrom.units * 10n ** BigInt(rateTo.digits + digitsFrom);
  const converted = safeMinor(divideHalfEven(numerator, denominator));
  if (converted === null) return null;
  return { money: { minor: converted, currency: to }, rateId: `${set.base}:${set.date}:${set.version}` };
}

/** Converts an amount of a UTC day. Null: `no_rate`. */
export function convert(money: Money, to: string, dayUtc: string, rates: Rates): Money | null {
  return convertPinned(money, to, dayUtc, rates)?.money ?? null;
}
