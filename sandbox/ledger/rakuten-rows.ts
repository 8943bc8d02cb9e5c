// A sale as Rakuten tells it: no status, only rows. An early event, the posted transaction, corrections of it.
// The rows of one (order, SKU) must always add up to what the ledger holds true, an event and its transaction counted once.
import type { Sale, SaleChange, SaleLine } from "./sale.ts";

/** One row; amounts and quantity are what this row adds, so corrections may be negative. */
export interface RakutenRow {
  /** An event and the transaction that it becomes share it; every correction has its own. */
  etransactionId: string;
  sale: Sale;
  line: SaleLine;
  processedAt: number;
  type: "realtime" | "batch";
  isEvent: boolean;
}

/** The rows that stand in reports at `nowMs`, in the order in which they were processed. */
export function rakutenRows(sale: Sale, nowMs: number): RakutenRow[] {
  const rows: RakutenRow[] = [];
  let lines: readonly SaleLine[] = [];
  /** What the transaction rows add up to, line by line; null while there are only events. */
  let posted: readonly SaleLine[] | null = null;
  const add = (added: readonly SaleLine[], at: number, type: RakutenRow["type"], posting: number, isEvent = false) => {
    for (const [index, line] of added.entries()) {
      if (line.quantity === 0 && line.saleMinor === 0 && line.commissionMinor === 0) continue;
      const etransactionId = rowId(sale.id, index, posting);
      rows.push({ etransactionId, sale, line, processedAt: at, type, isEvent });
    }
  };
  for (const [posting, change] of sale.history.entries()) {
    if (change.at > nowMs) break;
    if (change.kind === "placed" || change.kind === "amended") lines = change.lines;
    if (change.kind === "placed") {
      if (!approvedAtOnce(sale, change)) add(lines, change.at, "realtime", 0, true);
      continue;
    }
    if (change.kind === "paid") continue;
    if (posted === null) {
      add(lines, change.at, "realtime", 0);
      posted = lines;
    }
    const target: readonly SaleLine[] =
      change.kind === "declined" || change.kind === "deleted" ? lines.map(nothingOf) : lines;
    add(
      target.map((line, index) => difference(line, posted?.[index])),
      change.at,
      "batch",
      posting,
    );
    posted = target;
  }
  return rows;
}

function approvedAtOnce(sale: Sale, placed: SaleChange): boolean {
  const next = sale.history[1];
  return next?.kind === "approved" && next.at === placed.at;
}

function nothingOf(line: SaleLine): SaleLine {
  return { ...line, quantity: 0, saleMinor: 0, commissionMinor: 0 };
}

function difference(line: SaleLine, before: SaleLine | undefined): SaleLine {
  return {
    ...line,
    quantity: line.quantity - (before?.quantity ?? 0),
    saleMinor: line.saleMinor - (before?.saleMinor ?? 0),
    commissionMinor: line.commissionMinor - (before?.commissionMinor ?? 0),
  };
}

function rowId(sale: number, line: number, posting: number): string {
  const hex = (value: number, length: number) => value.toString(16).padStart(length, "0");
  return `b6f1c0${hex(sale, 10)}${hex(line, 4)}${hex(posting, 4)}`;
}
