// A sale as the shop and the network know it: its lines, and every change of its state with the time of that change.
// Nothing is ever overwritten, so its state at any moment follows from its history; changes may lie in the future.

/** The networks that report sales. */
export const LEDGER_NETWORKS = ["afilio", "awin", "lomadee", "rakuten"] as const;

/** One of them. */
export type LedgerNetwork = (typeof LEDGER_NETWORKS)[number];

/** A click as a network saw it; `clickId` is the sub-id of its link, null if the link had none. Times are ms. */
export interface LedgerClick {
  network: LedgerNetwork;
  clickId: string | null;
  advertiserId: string;
  url: string;
  at: number;
}

/** One line of an order; amounts are minor units of the sale's currency, for the whole quantity. */
export interface SaleLine {
  sku: string;
  product: string;
  quantity: number;
  saleMinor: number;
  commissionMinor: number;
}

/** One change, at the time when the network's reports begin to show it. */
export type SaleChange = { at: number } & (
  | { kind: "placed"; lines: readonly SaleLine[] }
  | { kind: "approved" }
  | { kind: "declined"; reason: string }
  | { kind: "amended"; lines: readonly SaleLine[]; reason: string }
  | { kind: "paid"; paymentId: number }
  | { kind: "deleted" }
);

/** A sale of one network; `id` is that network's own number. `history` begins with `placed` and is in order of time. */
export interface Sale {
  id: number;
  network: LedgerNetwork;
  kind: "sale" | "lead" | "bonus";
  advertiserId: string;
  orderRef: string;
  clickId: string | null;
  clickedAt: number;
  /** When the order was given in the shop; networks may learn of it hours later. */
  occurredAt: number;
  url: string;
  currency: string;
  history: readonly SaleChange[];
}

/** What the network holds true of a sale at one moment. */
export interface SaleState {
  status: "pending" | "approved" | "declined" | "deleted";
  paid: boolean;
  paymentId: number;
  lines: readonly SaleLine[];
  saleMinor: number;
  commissionMinor: number;
  validatedAt: number | null;
  declineReason: string | null;
  amendedAt: number | null;
  amendReason: string | null;
  /** The amounts before the last amendment. */
  old: { saleMinor: number; commissionMinor: number } | null;
}

type Followed = Exclude<SaleChange["kind"], "placed">;

/** What may follow a state; what has been paid or deleted stays so. */
const FOLLOWING: Readonly<Record<SaleState["status"], readonly Followed[]>> = {
  pending: ["approved", "declined", "amended", "deleted"],
  approved: ["declined", "amended", "paid", "deleted"],
  declined: ["approved", "deleted"],
  deleted: [],
};

/** The sum of one amount over lines. */
export function total(lines: readonly SaleLine[], amount: "saleMinor" | "commissionMinor"): number {
  return lines.reduce((sum, line) => sum + line[amount], 0);
}

/** The state at `nowMs`, or null if the network does not know the sale yet. */
export function stateAt(sale: Sale, nowMs: number): SaleState | null {
  let state: SaleState | null = null;
  for (const change of sale.history) {
    if (change.at > nowMs) break;
    state = after(state, change);
  }
  return state;
}

/** Throws if the history is one that no network could have: out of order, or with an impossible step. */
export function checkHistory(sale: Sale): void {
  let state: SaleState | null = null;
  let last = sale.occurredAt;
  for (const change of sale.history) {
    if (change.at < last) throw new Error(`${change.kind} lies before what it follows`);
    const fits = state === null ? change.kind === "placed" : mayFollow(sale.network, state, change);
    if (!fits)
      throw new Error(`${change.kind} cannot follow ${state?.status ?? "nothing"}${state?.paid ? " (paid)" : ""}`);
    last = change.at;
    state = after(state, change);
  }
  if (state === null) throw new Error("a sale begins by being placed");
}

function mayFollow(network: LedgerNetwork, state: SaleState, change: SaleChange): boolean {
  if (change.kind === "placed" || state.paid || !FOLLOWING[state.status].includes(change.kind)) return false;
  if (change.kind !== "amended") return true;
  // Rakuten corrects rows that it has posted by further rows; an early event has none.
  if (network === "rakuten" && state.status === "pending") return false;
  const skus = (lines: readonly SaleLine[]) => lines.map((line) => line.sku).join("\n");
  return skus(change.lines) === skus(state.lines);
}

function after(before: SaleState | null, change: SaleChange): SaleState {
  if (change.kind === "placed" || before === null) {
    const lines = change.kind === "placed" ? change.lines : [];
    return {
      status: "pending",
      paid: false,
      paymentId: 0,
      ...amounts(lines),
      validatedAt: null,
      declineReason: null,
      amendedAt: null,
      amendReason: null,
      old: null,
    };
  }
  switch (change.kind) {
    case "approved":
      return { ...before, status: "approved", validatedAt: change.at, declineReason: null };
    case "declined":
      return { ...before, status: "declined", validatedAt: change.at, declineReason: change.reason };
    case "amended": {
      const { saleMinor, commissionMinor } = before;
      const amended = { amendedAt: change.at, amendReason: change.reason, old: { saleMinor, commissionMinor } };
      return { ...before, ...amounts(change.lines), ...amended };
    }
    case "paid":
      return { ...before, paid: true, paymentId: change.paymentId };
    case "deleted":
      return { ...before, status: "deleted" };
  }
}

function amounts(lines: readonly SaleLine[]) {
  return { lines, saleMinor: total(lines, "saleMinor"), commissionMinor: total(lines, "commissionMinor") };
}
