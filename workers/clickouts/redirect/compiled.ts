// The routing table as the redirect reads it: host -> store -> relations with prebuilt link heads. Pure.
// A store is compiled when it is first asked for, so that a new table costs an isolate one pass over its hosts.

import { storeCode } from "../clicks/click-id.ts";
import { awinHead, rakutenHead } from "./links.ts";
import type { LinkBases } from "./links.ts";
import type { Network } from "../networks.ts";
import type { RoutingTable, TableNetwork, TableRelation, TableStore } from "./table.ts";

/** A relation ready for use. `head` is what stands before the click id where links are built here. */
export interface CompiledRelation {
  id: number;
  network: Network;
  externalId: string;
  /** Names relation and credentials in their versions: part of a template's key. */
  key: string;
  head: string;
  parameters: Readonly<Record<string, string>>;
  settings: TableNetwork;
}

/** One rule version with its relations by priority; relations that left are not there. */
export interface CompiledRule {
  version: number;
  startsAtMs: number;
  endsAtMs: number;
  relations: CompiledRelation[];
  /** The operator's number of each network that the rule names. */
  priorities: Partial<Record<Network, number>>;
}

/** A store as the redirect needs it. */
export interface CompiledStore {
  id: number;
  name: string;
  code: string;
  rules: CompiledRule[];
}

/** A table in use by an isolate. */
export interface Compiled {
  table: RoutingTable;
  bases: LinkBases;
  /** The store of a host (lower-case, without `www.`) or of its nearest registered parent domain. */
  storeOf(host: string): { store: CompiledStore; domain: string } | null;
}

function headOf(relation: TableRelation, network: TableNetwork, bases: LinkBases): string {
  if (relation.network === "awin") return awinHead(bases, network.link["publisherId"] ?? "", relation.externalId);
  if (relation.network === "rakuten") return rakutenHead(bases, network.link["linkId"] ?? "", relation.externalId);
  return "";
}

function compileStore(store: TableStore, table: RoutingTable, bases: LinkBases): CompiledStore {
  const relations = new Map(
    store.relations.map((relation) => {
      const settings = table.networks[relation.network];
      const compiled: CompiledRelation = {
        id: relation.id,
        network: relation.network,
        externalId: relation.externalId,
        key: `${relation.network}.${relation.id}.${relation.revision}.${settings.revision}`,
        head: headOf(relation, settings, bases),
        parameters: relation.parameters ?? {},
        settings,
      };
      return [relation.id, compiled];
    }),
  );
  return {
    id: store.id,
    name: store.name,
    code: storeCode(store.id),
    rules: store.rules.map((rule) => ({
      version: rule.version,
      startsAtMs: rule.startsAtMs,
      endsAtMs: rule.endsAtMs,
      relations: rule.relationIds.flatMap((id) => relations.get(id) ?? []),
      priorities: Object.fromEntries(
        rule.relationIds.flatMap((id, n) => {
          const network = relations.get(id)?.network;
          return network === undefined ? [] : [[network, rule.priorities?.[n] ?? n]];
        }),
      ),
    })),
  };
}

/** Makes a table ready for look-ups. O(number of hosts); 20,000 stores take about a tenth of a second (`bench/table.ts`). */
export function compile(table: RoutingTable, bases: LinkBases): Compiled {
  const rows = new Map<string, TableStore>();
  for (const store of table.stores) for (const domain of store.domains) rows.set(domain, store);
  const ready = new Map<TableStore, CompiledStore>();
  return {
    table,
    bases,
    storeOf(host) {
      for (let domain = host; domain.includes("."); domain = domain.slice(domain.indexOf(".") + 1)) {
        const row = rows.get(domain);
        if (row === undefined) continue;
        const store = ready.get(row) ?? compileStore(row, table, bases);
        ready.set(row, store);
        return { store, domain };
      }
      return null;
    },
  };
}

/** The rule of an instant, or null; `untilMs` is when the answer changes by itself. */
export function ruleAt(store: CompiledStore, nowMs: number): { rule: CompiledRule | null; untilMs: number } {
  let untilMs = Number.POSITIVE_INFINITY;
  for (const rule of store.rules) {
    if (rule.startsAtMs <= nowMs && nowMs < rule.endsAtMs) return { rule, untilMs: rule.endsAtMs };
    if (rule.startsAtMs > nowMs) untilMs = Math.min(untilMs, rule.startsAtMs);
  }
  return { rule: null, untilMs };
}
