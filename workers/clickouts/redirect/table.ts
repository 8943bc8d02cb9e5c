// The routing table: all that a redirect needs to know, as one immutable value. Pure: it is built from rows, published, read.

import type { Network } from "../networks.ts";

/** The open end of a rule and of every other interval: 9999-12-31T23:59:59Z in milliseconds. */
export const OPEN_END_MS = 253_402_300_799_000;

/** A store's tie to a network. `revision` changes with the relation, so a template of an older one is never used. */
export interface TableRelation {
  id: number;
  network: Network;
  externalId: string;
  revision: number;
  /** direto only: query parameters to set; `{click}` stands for the click id. */
  parameters?: Record<string, string>;
}

/** One version of a store's rule: relation ids by priority, valid in [startsAtMs, endsAtMs). */
export interface TableRule {
  version: number;
  startsAtMs: number;
  endsAtMs: number;
  relationIds: number[];
  /** The operator's number of each relation in `relationIds`, for who asks why. */
  priorities?: number[];
}

/** A store; `rules` holds only versions that end in the future, oldest first. Only joined relations are listed. */
export interface TableStore {
  id: number;
  name: string;
  domains: string[];
  relations: TableRelation[];
  rules: TableRule[];
}

/**
 * What a network contributes to links. `link` holds the public parts of its credentials (they stand in every link anyway);
 * no secret is ever published. `credentials` false: skipped as `no_credentials`. `revision` changes with the credentials.
 */
export interface TableNetwork {
  enabled: boolean;
  credentials: boolean;
  revision: number;
  link: Record<string, string>;
}

/** The published value. `version` only grows. */
export interface RoutingTable {
  version: number;
  builtAtMs: number;
  networks: Record<Network, TableNetwork>;
  /** The digidip account, or null: no fallback. */
  digidipAccount: string | null;
  stores: TableStore[];
}

/** Public credential fields that links are built from, by network. Everything else stays in the vault. */
export const PUBLIC_LINK_FIELDS: Readonly<Record<Network, readonly string[]>> = {
  afilio: [],
  awin: ["publisherId"],
  direto: [],
  lomadee: [],
  magazinevoce: ["store"],
  rakuten: ["linkId"],
};
