// What polling asks of a network's reports: pages of sales within a slice of time, and its list of joined programmes.
// The clients behind it speak HTTP and know their upstream's words; nothing here stores or decides.
import type { UpstreamDeps, UpstreamFailure } from "../../../src/shared/http/upstream.ts";

/** The networks that tell what clicks earned. */
export const REPORT_NETWORKS = ["afilio", "awin", "lomadee", "rakuten"] as const;

/** One of them. */
export type ReportNetwork = (typeof REPORT_NETWORKS)[number];

/** The states of a transaction, by the contract. */
export type SaleStatus = "pending" | "approved" | "declined" | "paid";

/**
 * A piece of time that an upstream answers in one go of pages. `basis`: by order date, or by the date of its validation.
 * `status`: the upstream's own word, where it wants one a call.
 */
export interface ReportSlice {
  fromMs: number;
  toMs: number;
  basis: "occurred" | "validated";
  status?: string;
}

/** Minor units of an ISO 4217 currency. */
export interface Amount {
  minor: number;
  currency: string;
}

/**
 * One row of a report. Rows of the same `externalId` and another `part` add up to one transaction (rakuten: order and
 * SKU; a part is its `etransaction_id`); networks whose rows are whole transactions leave `part` null.
 */
export interface Sale {
  externalId: string;
  part: string | null;
  orderRef: string | null;
  /** Of the row as the network says it; null where it follows from the sum of parts. */
  status: SaleStatus | null;
  /** Rakuten's early events: the transaction stays pending while it has only these. */
  provisional: boolean;
  sale: Amount;
  commission: Amount;
  clickId: string | null;
  advertiserId: string | null;
  occurredAtMs: number;
  validatedAtMs: number | null;
  declineReason: string | null;
}

/** A page of rows. `next` asks for the page after it; null ends the slice. Rows that cannot be read are warnings. */
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

/** A page of joined programmes. */
export interface ProgrammesPage {
  programmes: readonly Programme[];
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
}

/** One network's reports. */
export interface ReportClient {
  network: ReportNetwork;
  /** Least time between two calls that its limits allow, in milliseconds. */
  paceMs: number;
  /** Cuts a window into slices that the upstream allows, oldest first; `changes` looks for changed states of old sales. */
  slices(window: { fromMs: number; toMs: number }, purpose: "recent" | "changes"): ReportSlice[];
  /** One page of a slice; `cursor` null is the first. */
  sales(slice: ReportSlice, cursor: string | null, session: ReportSession): Promise<Reported<SalesPage>>;
  /** One page of the joined programmes. */
  programmes(cursor: string | null, session: ReportSession): Promise<Reported<ProgrammesPage>>;
}
