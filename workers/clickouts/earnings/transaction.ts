// A transaction: what a network says that a click earned. Its states, what is stored of it, what readers see. Pure.
import type { Money } from "../../../src/shared/money.ts";
import type { Network } from "../networks.ts";

/** The states of the contract, in the order of a sale's usual life. */
export const TRANSACTION_STATES = ["pending", "approved", "declined", "paid"] as const;

/** One of them. */
export type TransactionState = (typeof TRANSACTION_STATES)[number];

/** One row of a report that is only a part of its transaction (rakuten). `provisional`: an early event. */
export interface Part {
  provisional: boolean;
  saleMinor: number;
  commissionMinor: number;
}

/** What is stored. Times in milliseconds. */
export interface Transaction {
  /** `<network>:<externalId>`: found without asking, the same in every deployment that reads the same reports. */
  id: string;
  network: Network;
  externalId: string;
  orderRef: string | null;
  status: TransactionState;
  sale: Money;
  commission: Money;
  advertiserId: string | null;
  occurredAtMs: number;
  validatedAtMs: number | null;
  declineReason: string | null;
  /** The sub-id as the network gave it back, whoever made it. */
  clickId: string | null;
  /** The click id, when it is one of ours by form. */
  clickoutId: string | null;
  /** By the click's log; by the id alone while the log does not have the click. */
  storeId: number | null;
  ref: string | null;
  /** The click was found in its day's log, so nothing more will be learnt of it. */
  clickFound: boolean;
  /** By the part's own id; null where a row is a whole transaction. */
  parts: Readonly<Record<string, Part>> | null;
}

/** Fields whose changes are history. */
export type ChangedField = "status" | "sale" | "commission" | "declineReason";

/** One change of a stored transaction, as text: a status, `120.00 BRL`, a reason; null is none. */
export interface TransactionChange {
  transactionId: string;
  field: ChangedField;
  from: string | null;
  to: string | null;
}

/** What a list may be narrowed by; times in milliseconds by the order's date, `toMs` exclusive. */
export interface TransactionFilter {
  status?: TransactionState | undefined;
  storeId?: number | undefined;
  network?: Network | undefined;
  attributed?: boolean | undefined;
  ref?: string | undefined;
  /** Only these, at most 1,000. */
  ids?: readonly string[] | undefined;
  /** Only what bears this text: as its id here or there, its order, click or ref. */
  bearing?: string | undefined;
  fromMs?: number | undefined;
  toMs?: number | undefined;
  /** Only what comes after this one: the cursor. */
  after?: { occurredAtMs: number; id: string } | undefined;
}

/** A change with its time, as readers see it. */
export type DatedChange = Omit<TransactionChange, "transactionId"> & { atMs: number };

/** A transaction with its history, oldest first. */
export type TransactionRow = Transaction & { changes: DatedChange[] };
