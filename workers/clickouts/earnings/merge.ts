// A row of a report put into what is stored. Pure. What a network said last is true: its reports are read one after the other,
// so a state may go back if the network says so, and a row that says what is known already changes nothing.
import { decimalText } from "../../../src/shared/money.ts";
import type { Money } from "../../../src/shared/money.ts";
import { readClickId } from "../clicks/click-id.ts";
import type { Network } from "../networks.ts";
import type { Part, Transaction, TransactionChange, TransactionState } from "./transaction.ts";

/** A row as polling has it: see `Sale` of the report clients. */
export interface ReportedSale {
  externalId: string;
  part: string | null;
  orderRef: string | null;
  status: TransactionState | null;
  provisional: boolean;
  sale: Money;
  commission: Money;
  clickId: string | null;
  advertiserId: string | null;
  occurredAtMs: number;
  validatedAtMs: number | null;
  declineReason: string | null;
}

/** No click of this house is older: ids of others that happen to have our form mostly lie before. */
const FIRST_CLICK_MS = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;
/** What a network may hand back as a sub-id; ours has 26 characters. */
const MAX_CLICK_ID = 128;

/** The key of a network's transaction. */
export function transactionId(network: Network, externalId: string): string {
  return `${network}:${externalId}`;
}

/** What parts add up to: early events count only while there is nothing else; zero or less was taken back. */
export function sumOf(parts: Readonly<Record<string, Part>>) {
  const all = Object.values(parts);
  const real = all.filter(({ provisional }) => !provisional);
  const counted = real.length > 0 ? real : all;
  const saleMinor = counted.reduce((sum, part) => sum + part.saleMinor, 0);
  const commissionMinor = counted.reduce((sum, part) => sum + part.commissionMinor, 0);
  const status: TransactionState = real.length === 0 ? "pending" : saleMinor <= 0 ? "declined" : "approved";
  return { saleMinor, commissionMinor, status };
}

/** A sub-id as one of ours, with what it says by itself; null if it is somebody else's or none. */
export function clickOf(clickId: string | null, nowMs: number): { clickoutId: string; storeId: number | null } | null {
  const read = clickId === null ? null : readClickId(clickId);
  if (read === null || clickId === null) return null;
  // Another clock may be ahead of ours, by no more than a day.
  if (read.atMs < FIRST_CLICK_MS || read.atMs > nowMs + DAY_MS) return null;
  return { clickoutId: clickId, storeId: read.storeId || null };
}

function withPart(stored: Transaction | null, row: ReportedSale): Transaction["parts"] {
  if (row.part === null) return null;
  const { provisional, sale, commission } = row;
  const part: Part = { provisional, saleMinor: sale.minor, commissionMinor: commission.minor };
  return { ...stored?.parts, [row.part]: part };
}

/** The transaction after a row. `stored` is what was known of it, null if nothing was. */
export function merged(network: Network, stored: Transaction | null, row: ReportedSale, nowMs: number): Transaction {
  const parts = withPart(stored, row);
  const sum = parts === null ? null : sumOf(parts);
  const clickId = row.clickId?.slice(0, MAX_CLICK_ID) ?? stored?.clickId ?? null;
  // The log's word stands while the network gives the same click back.
  const known = stored !== null && stored.clickId === clickId ? stored : null;
  const click = clickOf(clickId, nowMs);
  return {
    id: transactionId(network, row.externalId),
    network,
    externalId: row.externalId,
    orderRef: row.orderRef ?? stored?.orderRef ?? null,
    status: sum?.status ?? row.status ?? "pending",
    sale: { minor: sum?.saleMinor ?? row.sale.minor, currency: row.sale.currency },
    commission: { minor: sum?.commissionMinor ?? row.commission.minor, currency: row.commission.currency },
    advertiserId: row.advertiserId ?? stored?.advertiserId ?? null,
    // Parts come in any order, each with a date of its own: an order was given when its first one was.
    occurredAtMs: parts === null ? row.occurredAtMs : Math.min(row.occurredAtMs, stored?.occurredAtMs ?? Infinity),
    validatedAtMs: row.validatedAtMs,
    declineReason: row.declineReason,
    clickId,
    clickoutId: known?.clickoutId ?? click?.clickoutId ?? null,
    storeId: known?.clickFound === true ? known.storeId : (click?.storeId ?? null),
    ref: known?.ref ?? null,
    clickFound: known?.clickFound ?? false,
    parts,
  };
}

const moneyWords = (money: Money) => `${decimalText(money)} ${money.currency}`;

/** What of its history changed between what was stored and what is known now. */
function changesBetween(stored: Transaction, next: Transaction): TransactionChange[] {
  const fields = [
    ["status", stored.status, next.status],
    ["sale", moneyWords(stored.sale), moneyWords(next.sale)],
    ["commission", moneyWords(stored.commission), moneyWords(next.commission)],
    ["declineReason", stored.declineReason, next.declineReason],
  ] as const;
  return fields.flatMap(([field, from, to]) => (from === to ? [] : [{ transactionId: next.id, field, from, to }]));
}

/** Whether two states of a transaction are the same in everything that is stored. */
function isSame(stored: Transaction, next: Transaction): boolean {
  const text = ({ parts, sale, commission, ...rest }: Transaction) =>
    JSON.stringify([
      Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1)),
      [sale.minor, sale.currency, commission.minor, commission.currency],
      parts === null ? null : Object.entries(parts).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ]);
  return text(stored) === text(next);
}

/** The transactions of a page's rows, folded in their order into what was stored. */
export function foldRows(
  network: Network,
  stored: ReadonlyMap<string, Transaction>,
  rows: readonly ReportedSale[],
  nowMs: number,
): Transaction[] {
  const next = new Map<string, Transaction>();
  for (const row of rows) {
    const id = transactionId(network, row.externalId);
    next.set(id, merged(network, next.get(id) ?? stored.get(id) ?? null, row, nowMs));
  }
  return [...next.values()];
}

/** Of these, what is to be written, and what changed in it. */
export function newsOf(stored: ReadonlyMap<string, Transaction>, next: readonly Transaction[]) {
  const rows = next.filter((one) => {
    const before = stored.get(one.id);
    return before === undefined || !isSame(before, one);
  });
  const known = rows.filter(({ id }) => stored.has(id));
  return {
    rows,
    created: rows.length - known.length,
    changes: known.flatMap((one) => changesBetween(stored.get(one.id)!, one)),
  };
}
