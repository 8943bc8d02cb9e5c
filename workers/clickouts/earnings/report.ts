// Clicks and what they earned, side by side: groups of both are put together, converted, and summed. Pure; every amount is
// counted in whole minor units, and rates are passed in.
import { divideHalfEven, moneyText } from "../../../src/shared/money.ts";
import type { Money, MoneyText } from "../../../src/shared/money.ts";
import { convert } from "../../../src/shared/rates/convert.ts";
import type { Rates } from "../../../src/shared/rates/convert.ts";

/** What a report may be grouped by. */
export const DIMENSIONS = ["store", "network", "day", "ref"] as const;

/** One of them. */
export type Dimension = (typeof DIMENSIONS)[number];

/** Where a group belongs: a store's id, a network's name, a UTC day, a `ref`; null is none. Only the asked ones are there. */
export type GroupKey = Partial<Record<Dimension, string | number | null>>;

/** Clicks of a group. */
export interface ClickGroup {
  key: GroupKey;
  clicks: number;
  humans: number;
}

/** Transactions of a group; amounts in minor units. `approved`: the commission of those approved or paid. */
export interface SaleGroup {
  key: GroupKey;
  transactions: number;
  saleMinor: number;
  commissionMinor: number;
  approvedMinor: number;
}

/** The same in other currencies, of one UTC day. */
export interface ForeignGroup extends SaleGroup {
  day: string;
  saleCurrency: string;
  commissionCurrency: string;
}

/** What stands in a line of the report. */
export interface Figures {
  clicks: number;
  humans: number;
  transactions: number;
  /** Transactions per human click: `"0.0123"`. */
  conversion: string;
  sales: MoneyText;
  commission: MoneyText;
  approvedCommission: MoneyText;
  /** Commission per human click. */
  epc: MoneyText;
}

/** A line: its group and its figures. */
export interface ReportItem extends Figures {
  store?: number | null;
  storeName?: string | null;
  network?: string | null;
  day?: string;
  ref?: string;
}

/** Lines, best first, and what they add up to. */
export interface Report {
  items: ReportItem[];
  total: Figures;
  /** Transactions without a rate: counted, but in no amount. */
  unconverted: number;
}

interface Sums {
  key: GroupKey;
  clicks: number;
  humans: number;
  transactions: number;
  sale: number;
  commission: number;
  approved: number;
}

const nothing = (key: GroupKey): Sums => ({
  key,
  clicks: 0,
  humans: 0,
  transactions: 0,
  sale: 0,
  commission: 0,
  approved: 0,
});

/** A ratio with four decimals; zero where there is nothing to divide by. */
function ratio(part: number, whole: number): string {
  if (whole === 0) return "0.0000";
  const text = String(divideHalfEven(BigInt(part) * 10_000n, BigInt(whole))).padStart(5, "0");
  return `${text.slice(0, -4)}.${text.slice(-4)}`;
}

function figures({ clicks, humans, transactions, sale, commission, approved }: Sums, currency: string): Figures {
  const money = (minor: number) => moneyText({ minor, currency });
  const perClick = humans === 0 ? 0 : Number(divideHalfEven(BigInt(commission), BigInt(humans)));
  return {
    clicks,
    humans,
    transactions,
    conversion: ratio(transactions, humans),
    sales: money(sale),
    commission: money(commission),
    approvedCommission: money(approved),
    epc: money(perClick),
  };
}

/** Newest day first; within it, and without days, what earned most, then what was clicked most. */
function better(a: Sums, b: Sums): number {
  const days = String(b.key.day ?? "").localeCompare(String(a.key.day ?? ""));
  if (days !== 0) return days;
  if (a.commission !== b.commission) return b.commission - a.commission;
  if (a.clicks !== b.clicks) return b.clicks - a.clicks;
  return JSON.stringify(a.key) < JSON.stringify(b.key) ? -1 : 1;
}

/** What is put together. `allClicks`: of all groups, also those that are too many to be listed. */
export interface ReportParts {
  clicks: Iterable<ClickGroup>;
  allClicks?: { clicks: number; humans: number };
  sales: Iterable<SaleGroup>;
  foreign: Iterable<ForeignGroup>;
}

/** Puts clicks and sales together in one currency. */
export function reportOf({ clicks, allClicks, sales, foreign }: ReportParts, currency: string, rates: Rates): Report {
  const groups = new Map<string, Sums>();
  const total = nothing({});
  let unconverted = 0;
  const at = (key: GroupKey): Sums => {
    const name = JSON.stringify(key);
    const known = groups.get(name) ?? nothing(key);
    groups.set(name, known);
    return known;
  };
  const add = (to: Sums, group: SaleGroup, money: [sale: number, commission: number, approved: number] | null) => {
    to.transactions += group.transactions;
    if (money === null) return;
    to.sale += money[0];
    to.commission += money[1];
    to.approved += money[2];
  };
  for (const group of clicks) {
    for (const sums of [at(group.key), total]) {
      sums.clicks += group.clicks;
      sums.humans += group.humans;
    }
  }
  for (const group of sales) {
    const money: [number, number, number] = [group.saleMinor, group.commissionMinor, group.approvedMinor];
    for (const sums of [at(group.key), total]) add(sums, group, money);
  }
  for (const group of foreign) {
    const into = (minor: number, from: string) =>
      convert({ minor, currency: from } satisfies Money, currency, group.day, rates)?.minor ?? null;
    const sale = into(group.saleMinor, group.saleCurrency);
    const commission = into(group.commissionMinor, group.commissionCurrency);
    const approved = into(group.approvedMinor, group.commissionCurrency);
    const known = sale !== null && commission !== null && approved !== null;
    if (!known) unconverted += group.transactions;
    for (const sums of [at(group.key), total]) add(sums, group, known ? [sale, commission, approved] : null);
  }
  if (allClicks !== undefined) Object.assign(total, allClicks);
  return {
    items: [...groups.values()]
      .toSorted(better)
      .map((sums) => ({ ...(sums.key as Partial<ReportItem>), ...figures(sums, currency) })),
    total: figures(total, currency),
    unconverted,
  };
}
