// The six affiliate networks, as the rest of the system names them. Ids are those that callers of `/rule` have always used.

/** Network ids of the contract. */
export const NETWORK_IDS = { afilio: 1, awin: 2, direto: 3, lomadee: 4, magazinevoce: 5, rakuten: 6 } as const;

/** A network's name. */
export type Network = keyof typeof NETWORK_IDS;

/** All names, in the order of their ids. */
export const NETWORKS = Object.keys(NETWORK_IDS) as Network[];

/** The name of an id, or undefined. */
export function networkOf(id: number): Network | undefined {
  return NETWORKS[id - 1];
}

/** Networks whose relation needs an external id: advertiser (awin), mid (rakuten), store id (lomadee), progid (afilio). */
export const NEEDS_EXTERNAL_ID: ReadonlySet<Network> = new Set(["afilio", "awin", "lomadee", "rakuten"]);

/** Networks whose links come from a call (for magazinevoce only when the path holds no SKU). */
export type LinkNetwork = "afilio" | "lomadee" | "magazinevoce";
