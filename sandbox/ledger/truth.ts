// What a reader who missed nothing would hold of the reports now: one entry per transaction, and totals to the cent.
// Tests compare an application's books with it; it must be derived from the ledger, never from a report.
import type { KnownSale, Ledger } from "./ledger.ts";
import { LEDGER_NETWORKS, total } from "./sale.ts";
import type { LedgerNetwork, SaleLine } from "./sale.ts";

/** One transaction; on rakuten one (order, SKU), its `sku` set and its amounts net. */
export interface TrueTransaction {
  network: LedgerNetwork;
  /** The network's number; on rakuten `<order>/<sku>`. */
  id: string;
  orderRef: string;
  sku: string | null;
  clickId: string | null;
  advertiserId: string;
  status: "pending" | "approved" | "declined" | "paid";
  currency: string;
  saleMinor: number;
  commissionMinor: number;
  occurredAt: number;
}

/** A sum over one network, currency and status. */
export interface TrueTotal {
  network: LedgerNetwork;
  currency: string;
  status: TrueTransaction["status"];
  count: number;
  saleMinor: number;
  commissionMinor: number;
}

/** Networks whose reports tell that a commission has been paid. */
const TELLS_PAYMENT: readonly LedgerNetwork[] = ["afilio", "awin"];

/** The transactions of one network at the ledger's present. */
export function trueTransactions(ledger: Ledger, network: LedgerNetwork): TrueTransaction[] {
  return ledger.known(network).flatMap(network === "rakuten" ? bySku : whole);
}

/** Totals of all networks, ordered by network, currency and status. */
export function trueTotals(ledger: Ledger): TrueTotal[] {
  const totals = new Map<string, TrueTotal>();
  for (const network of LEDGER_NETWORKS) {
    for (const one of trueTransactions(ledger, network)) {
      const { currency, status } = one;
      const key = `${network} ${currency} ${status}`;
      const sum = totals.get(key) ?? { network, currency, status, count: 0, saleMinor: 0, commissionMinor: 0 };
      sum.count += 1;
      sum.saleMinor += one.saleMinor;
      sum.commissionMinor += one.commissionMinor;
      totals.set(key, sum);
    }
  }
  return [...totals].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, sum]) => sum);
}

function about({ sale }: KnownSale) {
  const { network, orderRef, clickId, advertiserId, currency, occurredAt } = sale;
  return { network, orderRef, clickId, advertiserId, currency, occurredAt };
}

function whole(known: KnownSale): TrueTransaction[] {
  const { sale, state } = known;
  const paid = state.paid && TELLS_PAYMENT.includes(sale.network);
  const status = paid ? "paid" : state.status === "deleted" ? "declined" : state.status;
  const { saleMinor, commissionMinor } = state;
  return [{ ...about(known), id: `${sale.id}`, sku: null, status, saleMinor, commissionMinor }];
}

/** What is declined has been taken back by negative rows, so its net is nothing. */
function bySku(known: KnownSale): TrueTransaction[] {
  const { sale, state } = known;
  const gone = state.status === "declined" || state.status === "deleted";
  const lines = Map.groupBy(state.lines, (line) => line.sku);
  return [...lines].map(([sku, same]: [string, SaleLine[]]) => {
    const saleMinor = gone ? 0 : total(same, "saleMinor");
    const commissionMinor = gone ? 0 : total(same, "commissionMinor");
    const status = saleMinor <= 0 ? "declined" : state.status === "pending" ? "pending" : "approved";
    return { ...about(known), id: `${sale.orderRef}/${sku}`, sku, status, saleMinor, commissionMinor };
  });
}
