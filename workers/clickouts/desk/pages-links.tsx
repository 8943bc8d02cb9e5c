// What several pages of clickouts share: the way back, links to a store by its name, filters, and these as the doors take them.
import type { Filter, Text, View } from "../../../src/shared/page/kit.ts";
import { NETWORKS } from "../networks.ts";
import { readDays } from "./service-reading.ts";
import type { Desk } from "./service.ts";
import { NETWORK_TITLES } from "./words.ts";

const T = {
  clickouts: { en: "Clickouts", pt: "Cliques de saída" },
  storeId: { en: "Store number", pt: "Número da loja" },
  network: { en: "Network", pt: "Rede" },
  ref: { en: "Caller's ref", pt: "Ref de quem chama" },
  from: { en: "From", pt: "De" },
  to: { en: "To", pt: "Até" },
};

const NUMBERED = (id: number): Text => ({ en: `store ${id}`, pt: `loja ${id}` });

/** The way back to the first page of clickouts. */
export const home = (v: View) => ({ label: v.t(T.clickouts), href: "/console/clickouts" });

/** A store by its name. */
export function StoreLink({ v, id, names }: { v: View; id: number | null; names: ReadonlyMap<number, string> }) {
  if (id === null) return null;
  return <a href={`/console/clickouts/stores/${id}`}>{names.get(id) ?? v.t(NUMBERED(id))}</a>;
}

/** The names of the stores that rows speak of. */
export async function namesFor(desk: Desk, v: View, rows: readonly { storeId: number | null }[]) {
  const ids = new Set(rows.flatMap(({ storeId }) => (storeId === null ? [] : [storeId])));
  const op = desk.open(v);
  return await op.data.storeNames(op.db, [...ids]);
}

/** The address's query as the doors take it: days as instants of the reader's zone. */
export function doorQuery(v: View): Record<string, string> {
  const query = Object.fromEntries(v.url.searchParams);
  for (const [name, ms] of Object.entries(readDays(v.url.searchParams, v.zone))) {
    if (ms !== undefined) query[name === "fromMs" ? "from" : "to"] = new Date(ms).toISOString();
  }
  return query;
}

/** The filters that lists of clicks and of sales share, in the words of the pages; `any` is theirs too. */
export function sharedFilters(v: View, any: string): Record<"store" | "network" | "ref" | "from" | "to", Filter> {
  const networks = NETWORKS.map((network) => ({ value: network, label: NETWORK_TITLES[network] }));
  return {
    store: { name: "store_id", type: "number", label: v.t(T.storeId), more: { min: "1" } },
    network: { name: "network", label: v.t(T.network), any, options: networks },
    ref: { name: "ref", label: v.t(T.ref), more: { maxlength: "64" } },
    from: { name: "from", type: "date", label: v.t(T.from) },
    to: { name: "to", type: "date", label: v.t(T.to) },
  };
}
