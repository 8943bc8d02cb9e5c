// The demo company as a published routing table, so that a test of the redirect needs no operator's doors.
import { env } from "cloudflare:workers";
import { demoCredentials, demoStores } from "../../sandbox/demo.ts";
import { database, together } from "../../src/shared/db/client.ts";
import { sealCredential } from "../../src/shared/vault/credentials.ts";
import { NETWORKS } from "../../workers/clickouts/networks.ts";
import { forgetTable, POINTER_KEY, tableKey } from "../../workers/clickouts/redirect/published.ts";
import { OPEN_END_MS, PUBLIC_LINK_FIELDS } from "../../workers/clickouts/redirect/table.ts";
import type { RoutingTable, TableNetwork, TableStore } from "../../workers/clickouts/redirect/table.ts";

type Fields = Record<string, Record<string, string>>;

/** The routing table of the demo company, every store with an open rule over its networks in their order. */
export function companyTable(version: number, change: (table: RoutingTable) => void = () => {}): RoutingTable {
  const credentials: Fields = demoCredentials;
  const networks = Object.fromEntries(
    NETWORKS.map((name): [string, TableNetwork] => {
      const link = Object.fromEntries(
        PUBLIC_LINK_FIELDS[name].map((field) => [field, credentials[name]?.[field] ?? ""]),
      );
      return [name, { enabled: true, credentials: true, revision: 1, link }];
    }),
  ) as RoutingTable["networks"];
  let relationId = 0;
  const stores = demoStores.map(({ name, domains, networks: list }, n): TableStore => {
    const relations = list.map(({ network, externalId, settings }) => ({
      id: ++relationId,
      network,
      externalId,
      revision: 1,
      ...(settings === undefined ? {} : { parameters: settings.parameters }),
    }));
    const rule = { version: n + 1, startsAtMs: 0, endsAtMs: OPEN_END_MS, relationIds: relations.map(({ id }) => id) };
    return { id: n + 1, name, domains, relations, rules: [rule] };
  });
  const table = { version, builtAtMs: 0, networks, digidipAccount: demoCredentials.digidip.account, stores };
  change(table);
  return table;
}

/** Publishes a table as `publish` would, and makes this isolate forget what it knew. */
export async function publishTable(table: RoutingTable): Promise<void> {
  await env.KV.put(tableKey(table.version), JSON.stringify(table));
  await env.KV.put(POINTER_KEY, JSON.stringify({ version: table.version }));
  forgetTable();
}

/** The company with its credentials in the vault and its table published. */
export async function openCompany(change?: (table: RoutingTable) => void): Promise<void> {
  const db = database(env);
  const sealed = await Promise.all(
    Object.entries(demoCredentials as Fields).map(([name, fields]) => sealCredential(env, db, name, fields, 1)),
  );
  await together(
    db,
    sealed.map(({ statement }) => statement),
  );
  await publishTable(companyTable(1, change));
}
