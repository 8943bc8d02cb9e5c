// Publishes the routing table: built from D1, written to KV under its version, then named by the pointer.
// D1 is the truth and its version only grows; a publication that failed or was overtaken is repaired by the sweep.
// No secret is published: only the fields of `PUBLIC_LINK_FIELDS` leave the vault.
import type { Deps } from "../../../src/shared/deps.ts";
import { MINUTE_MS } from "../../../src/shared/clock.ts";
import { database, together } from "../../../src/shared/db/client.ts";
import type { Db } from "../../../src/shared/db/client.ts";
import { log } from "../../../src/shared/telemetry/log.ts";
import { credentialSummaries, openCredential } from "../../../src/shared/vault/credentials.ts";
import { NETWORKS, networkOf } from "../networks.ts";
import type { Network } from "../networks.ts";
import { POINTER_KEY, tableKey } from "../redirect/published.ts";
import { countUp, markPublished, readRoutingVersion, readTableRows } from "./store-table.ts";
import type { TableRows } from "./store-table.ts";
import { PUBLIC_LINK_FIELDS } from "../redirect/table.ts";
import type { RoutingTable, TableNetwork, TableStore } from "../redirect/table.ts";

/** A value stays this long after it was replaced: an isolate may follow a pointer that is a minute and a half old. */
const KEEP_REPLACED_MS = 10 * MINUTE_MS;

/** How often a publication that was overtaken while it was written is made again. The sweep does the rest. */
const MAX_ROUNDS = 3;

/** Upstreams whose credentials shape a link. direto needs none. */
const CREDENTIAL_NAMES: readonly string[] = [...NETWORKS.filter((name) => name !== "direto"), "digidip"];

type PublishEnv = Pick<Env, "DB" | "KV" | "VAULT_KEYS">;

/** Credentials as the table knows them. `fingerprint` names what was used, so that a missed change is noticed. */
interface KnownCredentials {
  revisions: ReadonlyMap<string, number>;
  fields: ReadonlyMap<string, Record<string, string>>;
  fingerprint: string;
}

async function credentialRevisions(db: Db): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const { name, revision } of await credentialSummaries(db)) {
    if (CREDENTIAL_NAMES.includes(name)) found.set(name, revision);
  }
  return found;
}

function fingerprintOf(revisions: ReadonlyMap<string, number>): string {
  return CREDENTIAL_NAMES.filter((name) => revisions.has(name))
    .map((name) => `${name}:${revisions.get(name)}`)
    .join(" ");
}

async function readCredentials(env: PublishEnv, db: Db): Promise<KnownCredentials> {
  const revisions = await credentialRevisions(db);
  const fields = new Map<string, Record<string, string>>();
  const read = async (name: string): Promise<void> => {
    try {
      const credential = await openCredential(env, db, name);
      if (credential === null) revisions.delete(name);
      else {
        revisions.set(name, credential.revision);
        fields.set(name, credential.fields);
      }
    } catch (error) {
      // One record that does not open must not stop the table of all stores: its network has no credentials.
      log("credential_unreadable", { level: "error", name, error });
      revisions.delete(name);
    }
  };
  const toOpen = [...NETWORKS.filter((name) => PUBLIC_LINK_FIELDS[name].length > 0), "digidip"];
  await Promise.all(toOpen.filter((name) => revisions.has(name)).map(read));
  return { revisions, fields, fingerprint: fingerprintOf(revisions) };
}

function tableNetwork(name: Network, rows: TableRows, known: KnownCredentials): TableNetwork {
  const link: Record<string, string> = {};
  for (const field of PUBLIC_LINK_FIELDS[name]) link[field] = known.fields.get(name)?.[field] ?? "";
  return {
    enabled: rows.networks.find((row) => row.name === name)?.enabled ?? true,
    credentials: name === "direto" || known.revisions.has(name),
    revision: known.revisions.get(name) ?? 0,
    link,
  };
}

function tableStores(rows: TableRows): TableStore[] {
  const stores = new Map<number, TableStore>();
  for (const { id, name } of rows.stores) stores.set(id, { id, name, domains: [], relations: [], rules: [] });
  for (const { storeId, domain } of rows.domains) stores.get(storeId)?.domains.push(domain);
  for (const { storeId, networkId, settings, ...relation } of rows.relations) {
    const name = networkOf(networkId);
    if (storeId === null || name === undefined) continue;
    const parameters = settings.parameters === undefined ? {} : { parameters: settings.parameters };
    stores.get(storeId)?.relations.push({ ...relation, network: name, ...parameters });
  }
  for (const row of rows.rules) {
    const store = stores.get(row.storeId);
    if (store === undefined) continue;
    let version = store.rules.at(-1);
    if (version?.version !== row.version) {
      version = {
        version: row.version,
        startsAtMs: row.startedAtMs,
        endsAtMs: row.endedAtMs,
        relationIds: [],
        priorities: [],
      };
      store.rules.push(version);
    }
    const name = networkOf(row.networkId);
    for (const relation of store.relations) {
      if (relation.network !== name) continue;
      version.relationIds.push(relation.id);
      version.priorities?.push(row.orderPriority);
    }
  }
  return [...stores.values()];
}

async function build(db: Db, env: PublishEnv, nowMs: number): Promise<{ table: RoutingTable; fingerprint: string }> {
  // Rows first: credentials that change in between count the version up, so this table is replaced.
  const rows = await readTableRows(db, nowMs);
  const known = await readCredentials(env, db);
  const networks = Object.fromEntries(NETWORKS.map((name) => [name, tableNetwork(name, rows, known)]));
  const table = {
    version: rows.version,
    builtAtMs: nowMs,
    networks: networks as Record<Network, TableNetwork>,
    digidipAccount: known.fields.get("digidip")?.["account"] ?? null,
    stores: tableStores(rows),
  };
  return { table, fingerprint: known.fingerprint };
}

/** The routing table of this moment, from D1 and the vault. A dozen queries for any number of stores. */
export async function buildTable(db: Db, env: PublishEnv, nowMs: number): Promise<RoutingTable> {
  return (await build(db, env, nowMs)).table;
}

/** Which published versions may go: replaced long enough ago, and not among the two newest. Pure. */
export function outdated(values: readonly { version: number; atMs: number }[], nowMs: number): number[] {
  const newestFirst = values.toSorted((a, b) => b.version - a.version);
  return newestFirst
    .filter((_, i) => i >= 2 && nowMs - newestFirst[i - 1]!.atMs > KEEP_REPLACED_MS)
    .map((value) => value.version);
}

async function removeOutdated(env: PublishEnv, nowMs: number): Promise<void> {
  const { keys } = await env.KV.list<{ atMs: number }>({ prefix: "routes:" });
  const values = keys.flatMap((key) => {
    const version = Number(key.name.slice("routes:".length));
    return Number.isInteger(version) ? [{ version, atMs: key.metadata?.atMs ?? 0 }] : [];
  });
  await Promise.all(outdated(values, nowMs).map((version) => env.KV.delete(tableKey(version))));
}

/**
 * Builds, hands the table to `use` (the isolate that publishes sees it at once), writes it, then the pointer.
 * KV cannot compare and set: after the pointer is written D1 is asked again, and who was overtaken publishes once more, so the
 * last pointer written names the newest version. Throws when D1 or KV fail; what was changed stays changed.
 */
export async function publish(env: PublishEnv, deps: Deps, use?: (table: RoutingTable) => void): Promise<RoutingTable> {
  for (let round = 1; ; round++) {
    const nowMs = deps.clock();
    const { table, fingerprint } = await build(database(env), env, nowMs);
    use?.(table);
    await env.KV.put(tableKey(table.version), JSON.stringify(table), { metadata: { atMs: nowMs } });
    await env.KV.put(POINTER_KEY, JSON.stringify({ version: table.version }));
    const db = database(env);
    await markPublished(db, table.version, fingerprint);
    if (round === MAX_ROUNDS || (await readRoutingVersion(db)).version <= table.version) {
      await removeOutdated(env, nowMs);
      return table;
    }
  }
}

/**
 * The sweep's part: publishes when the pointer does not name D1's version, or when credentials changed and nobody told.
 * Null: nothing was amiss.
 */
export async function repair(
  env: PublishEnv,
  deps: Deps,
  use?: (table: RoutingTable) => void,
): Promise<RoutingTable | null> {
  const db = database(env);
  const [noted, revisions, pointer] = await Promise.all([
    readRoutingVersion(db),
    credentialRevisions(db),
    env.KV.get<{ version: number }>(POINTER_KEY, "json"),
  ]);
  const unnoticed = noted.credentials !== fingerprintOf(revisions);
  if (pointer?.version === noted.version && noted.published === noted.version && !unnoticed) return null;
  log("routes_repaired", { level: "warn", version: noted.version, published: pointer?.version ?? null, unnoticed });
  if (unnoticed && pointer?.version === noted.version) await together(db, [countUp(db)]);
  return publish(env, deps, use);
}

/** Credentials of an upstream changed: what links are made of may have changed with them. A failure is the sweep's to repair. */
export async function credentialsChanged(
  env: PublishEnv,
  deps: Deps,
  name: string,
  use?: (table: RoutingTable) => void,
): Promise<void> {
  if (!CREDENTIAL_NAMES.includes(name)) return;
  try {
    const db = database(env);
    await together(db, [countUp(db)]);
    await publish(env, deps, use);
  } catch (error) {
    log("publish_failed", { level: "error", error });
  }
}
