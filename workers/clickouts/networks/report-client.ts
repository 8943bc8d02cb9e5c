// What polling asks of a network's reports: pages of sales within a slice of time, and its list of joined programmes.
// The clients behind it speak HTTP and know their upstream's words; nothing here stores or decides.
import type { Money } from "../../../src/shared/money.ts";
import type { UpstreamDeps, UpstreamFailure } from "../../../src/shared/http/upstream.ts";

/** The networks that tell what clicks earned. */
export const REPORT_NETWORKS = ["afilio", "awin", "lomadee", "rakuten"] as const;

/** One of them. */
export type ReportNetwork = (typeof REPORT_NETWORKS)[number];

/** The states of a transaction, by the contract. */
export type SaleStatus = "pending" | "approved" | "declined" | "paid";

/** By which date of a sale a slice looks: its order, its validation, its amendment, or when the network processed it. */
export type SliceBasis = "occurred" | "validated" | "amended" | "processed";

/**
 * A piece of time that an upstream answers in one go of pages. `status`: the upstream's own word, where it wants one a call
 * (a status at lomadee and awin; `sale` or `lead` at afilio). All slices of a purpose must be read: none stands for another.
 */
export interface ReportSlice {
  fromMs: number;
  toMs: number;
  basis: SliceBasis;
  status?: string;
}

/** Minor units of an ISO 4217 currency. */
export type Amount = Money;

/**
 * One row of a report. Rows of the same `externalId` and another `part` add up to one transaction (rakuten: order and
 * SKU; a part is its `etransaction_id` and kind); networks whose rows are whole transactions leave `part` null.
 */
export interface Sale {
  externalId: string;
  part: string | null;
  orderRef: string | null;
  /** Of the row as the network says it; null where it follows from the sum of parts. */
  status: SaleStatus | null;
  /**
   * Rakuten's early events: the transaction stays pending while it has only these. They are told again as a transaction, so
   * their amounts count only while there is no other part.
   */
  provisional: boolean;
  sale: Amount;
  commission: Amount;
  clickId: string | null;
  advertiserId: string | null;
  occurredAtMs: number;
  validatedAtMs: number | null;
  declineReason: string | null;
}

/**
 * A page of rows. `next` asks for the page after it; null ends the slice. Rows that cannot be read are warnings. A page may be
 * empty and have a next one: what was too large to be read is asked for again in halves.
 */
export interface SalesPage {
  sales: readonly Sale[];
  next: string | null;
  warnings: readonly string[];
}

/** A programme that we have joined. `domains` is empty where the network does not tell any. */
export interface Programme {
  externalId: string;
  name: string;
  domains: readonly string[];
}

/**
 * A page of joined programmes. `unread`: rows that could not be read, by their ids (null: not even that), since what stands in
 * the list has not left.
 */
export interface ProgrammesPage {
  programmes: readonly Programme[];
  unread?: readonly (string | null)[];
  next: string | null;
  warnings: readonly string[];
}

/** What came of one call. */
export type Reported<T> = { ok: true; value: T } | { ok: false; failure: UpstreamFailure };

/** Opened credentials, bases and the way out, for the calls of one run; a client may keep a token in it. */
export interface ReportSession {
  fields: Readonly<Record<string, string>>;
  apiUrl: string;
  deps: UpstreamDeps;
  /** Between the calls of one run, in memory only. */
  token: { value: string; expiresAtMs: number } | null;
  /** What a client learnt for later pages (rakuten: advertisers' addresses by id), in memory only. */
  sites?: ReadonlyMap<string, string>;
}

/** One network's reports. */
export interface ReportClient {
  network: ReportNetwork;
  /** Least time between two calls that its limits allow, in milliseconds. */
  paceMs: number;
  /**
   * Cuts a window into slices that the upstream allows, oldest first; `changes` looks for changed states of old sales. The
   * slices cover the window but for what the upstream no longer tells (lomadee: 90 days before its end).
   */
  slices(window: { fromMs: number; toMs: number }, purpose: "recent" | "changes"): ReportSlice[];
  /** One page of a slice; `cursor` null is the first. */
  sales(slice: ReportSlice, cursor: string | null, session: ReportSession): Promise<Reported<SalesPage>>;
  /** One page of the joined programmes. */
  programmes(cursor: string | null, session: ReportSession): Promise<Reported<ProgrammesPage>>;
}
