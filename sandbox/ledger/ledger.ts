// The truth of sales that all networks' reports are read from: clicks that tracking doors saw, sales, their histories.
// It must never look at a wall clock, and a report must never show what lies after `now`.
import { checkHistory, LEDGER_NETWORKS, stateAt } from "./sale.ts";
import type { LedgerClick, LedgerNetwork, Sale, SaleChange, SaleState } from "./sale.ts";

/** What was written, for a journal: a new sale, or a change of one. */
export type LedgerEntry = { sale: Sale } | { network: LedgerNetwork; id: number; change: SaleChange };

/** A sale with its state at the ledger's present. */
export interface KnownSale {
  sale: Sale;
  state: SaleState;
}

/** All sales of a sandbox. */
export interface Ledger {
  now: () => number;
  /** The newest 10,000 clicks that tracking doors saw, oldest first. */
  readonly clicks: readonly LedgerClick[];
  noteClick(click: LedgerClick): void;
  /** Adds a sale under the network's next number; its history may reach into the future. Throws if it is impossible. */
  place(sale: Omit<Sale, "id">): Sale;
  /** Adds one change; what was to come after it never comes. Throws if the sale is unknown or cannot change so. */
  change(network: LedgerNetwork, id: number, change: SaleChange): Sale;
  /** Every sale of a network, also those that it will only hear of. */
  sales(network: LedgerNetwork): readonly Sale[];
  /** The sales that the network knows of now, with their states. */
  known(network: LedgerNetwork): KnownSale[];
  /** Repeats what a journal holds, without telling listeners. */
  restore(entries: Iterable<LedgerEntry>): void;
  onClick(listener: (click: LedgerClick) => void): void;
  onWrite(listener: (entry: LedgerEntry) => void): void;
}

const MAX_CLICKS = 10_000;
/** Where each network's numbers begin: of the length that its real ones have. */
const FIRST_ID: Readonly<Record<LedgerNetwork, number>> = {
  afilio: 15_500_123,
  awin: 301_224_455,
  lomadee: 990_011,
  rakuten: 1,
};

/** An empty ledger; `now` decides what reports may show. */
export function createLedger(now: () => number): Ledger {
  const clicks: LedgerClick[] = [];
  const books = new Map(LEDGER_NETWORKS.map((network) => [network, new Map<number, Sale>()]));
  const bookOf = (network: LedgerNetwork) => books.get(network) ?? new Map<number, Sale>();
  const nextIds = { ...FIRST_ID };
  const clickListeners: ((click: LedgerClick) => void)[] = [];
  const writeListeners: ((entry: LedgerEntry) => void)[] = [];

  const keep = (sale: Sale): Sale => {
    checkHistory(sale);
    bookOf(sale.network).set(sale.id, sale);
    nextIds[sale.network] = Math.max(nextIds[sale.network], sale.id + 1);
    return sale;
  };
  const changed = (network: LedgerNetwork, id: number, change: SaleChange): Sale => {
    const sale = bookOf(network).get(id);
    if (sale === undefined) throw new Error(`${network} knows no sale ${id}`);
    const before = sale.history.filter(({ at }) => at <= change.at);
    return keep({ ...sale, history: [...before, change] });
  };
  const tell = (entry: LedgerEntry) => {
    for (const listener of writeListeners) listener(entry);
  };

  return {
    now,
    clicks,
    noteClick(click) {
      if (clicks.length >= MAX_CLICKS) clicks.shift();
      clicks.push(click);
      for (const listener of clickListeners) listener(click);
    },
    place(sale) {
      const kept = keep({ ...sale, id: nextIds[sale.network] });
      tell({ sale: kept });
      return kept;
    },
    change(network, id, change) {
      const sale = changed(network, id, change);
      tell({ network, id, change });
      return sale;
    },
    sales: (network) => [...bookOf(network).values()],
    known: (network) =>
      [...bookOf(network).values()].flatMap((sale) => {
        const state = stateAt(sale, now());
        return state === null ? [] : [{ sale, state }];
      }),
    restore(entries) {
      for (const entry of entries) {
        if ("sale" in entry) keep(entry.sale);
        else changed(entry.network, entry.id, entry.change);
      }
    },
    onClick: (listener) => void clickListeners.push(listener),
    onWrite: (listener) => void writeListeners.push(listener),
  };
}
