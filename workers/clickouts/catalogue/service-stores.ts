// The operator's verbs on stores and their domains.
import { DAY_MS, isoTime, utcDay } from "../../../src/shared/clock.ts";
import { config } from "../../../src/shared/config.ts";
import { AppError, invalid, notFound } from "../../../src/shared/errors.ts";
import { decodeCursor, pageOf } from "../../../src/shared/http/page.ts";
import type { Cursor } from "../../../src/shared/http/page.ts";
import { MAX_STORE_ID } from "../clicks/click-id.ts";
import { normaliseDomain, withParents } from "./domains.ts";
import { NETWORK_IDS, networkOf } from "../networks.ts";
import type { Network } from "../networks.ts";
import { OPEN_END_MS } from "../redirect/table.ts";
import { numberCursor } from "../schema.ts";
import type { StoreBody, StorePatch, StoreView } from "./schema.ts";
import { announce, audited, untilMade } from "../service.ts";
import type { Operation } from "../service.ts";
import { clickLog } from "../clicks/recorder.ts";
import { checkedRelation, viewOfRelation } from "./service-relations.ts";
import type { NewRelation } from "./store-relations.ts";
import { appended, planChange, presentOf } from "./rules.ts";
import type { Priority } from "./rules.ts";
import type { NewStore, StoreChange, StoreQuery, StoreRow } from "./store-stores.ts";

function viewOf(row: StoreRow): StoreView {
  const { rule } = row;
  return {
    storeId: row.id,
    name: row.name,
    domains: row.domains,
    networks: row.relations.map(viewOfRelation),
    rule: rule && {
      version: rule.version,
      networks: rule.networkIds.map((id) => networkOf(id)!),
      startedAt: isoTime(rule.startedAtMs),
      endedAt: isoTime(rule.endedAtMs),
    },
  };
}

/** What a list of stores may be narrowed by. */
export interface StoresFilter {
  q?: string | undefined;
  domain?: string | undefined;
  network?: Network | undefined;
  state?: StoreView["networks"][number]["state"] | undefined;
}

function queryOf(filter: StoresFilter, limit: number, cursor?: Cursor): StoreQuery {
  return {
    text: filter.q?.toLowerCase(),
    domains: filter.domain === undefined ? undefined : withParents(domainAt("domain", filter.domain)),
    networkId: filter.network && NETWORK_IDS[filter.network],
    state: filter.state,
    afterId: decodeCursor(cursor, numberCursor),
    limit: limit + 1,
  };
}

/** A page of stores by id. A host finds the store that its visits go to, so a parent's domain counts. */
export async function listStores(op: Operation, filter: StoresFilter, limit: number, cursor?: Cursor) {
  const rows = await op.data.listStores(op.db, queryOf(filter, limit, cursor), op.deps.clock());
  return pageOf(rows.map(viewOf), limit, (last) => last.storeId);
}

/** The stores of such a page for another question, which need not wait for it. */
export function storesOnPage(op: Operation, filter: StoresFilter, limit: number, cursor?: Cursor) {
  return op.data.storesOnPage(queryOf(filter, limit, cursor));
}

async function known(op: Operation, storeId: number): Promise<StoreRow> {
  const row = await op.data.storeById(op.db, storeId, op.deps.clock());
  if (row === null) throw notFound(`The store ${storeId}`);
  return row;
}

/** A store by its id, or null. */
export async function findStore(op: Operation, storeId: number): Promise<StoreView | null> {
  const row = await op.data.storeById(op.db, storeId, op.deps.clock());
  return row === null ? null : viewOf(row);
}

/** One store. */
export async function getStore(op: Operation, storeId: number): Promise<StoreView> {
  return viewOf(await known(op, storeId));
}

function domainAt(path: string, text: string): string {
  const result = normaliseDomain(text);
  if (!result.ok) throw invalid(path, result.message);
  return result.domain;
}

function domainsAt(path: string, texts: readonly string[]): string[] {
  return [...new Set(texts.map((text, i) => domainAt(`${path}.${i}`, text)))];
}

/** Refuses domains of other stores. Called before a change for a good answer, and after a lost race for the owner. */
async function refuseTaken(op: Operation, domains: readonly string[], storeId: number | null): Promise<void> {
  const owners = await op.data.ownersOf(op.db, domains);
  const other = owners.find((owner) => owner.storeId !== storeId);
  if (other === undefined) return;
  throw new AppError("domain_taken", {
    retry: false,
    detail: `${other.domain} belongs to store ${other.storeId}.`,
    extra: { storeId: other.storeId },
  });
}

function checkedRelations(body: StoreBody): NewRelation[] {
  const seen = new Set<string>();
  return body.networks.map((relation, i) => {
    const made = checkedRelation(relation, `networks.${i}.`);
    const key = `${made.networkId} ${made.externalId}`;
    if (seen.has(key)) throw invalid(`networks.${i}`, "stands twice in the list");
    seen.add(key);
    return made;
  });
}

function newStore(op: Operation, id: number, body: StoreBody, domains: string[], relations: NewRelation[]): NewStore {
  const nowMs = op.deps.clock();
  const networkIds = [...new Set(relations.map(({ networkId }) => networkId))];
  const rule = {
    storeId: id,
    priorities: networkIds.map((networkId, orderPriority) => ({ networkId, orderPriority })),
    interval: { startedAtMs: nowMs, endedAtMs: OPEN_END_MS },
    author: op.actor,
    cause: "operator" as const,
    createdAtMs: nowMs,
  };
  return { id, name: body.name, domains, relations, rule: networkIds.length === 0 ? null : rule, createdAtMs: nowMs };
}

/** Creates a store with its domains, relations and first rule, all or none. */
export async function createStore(given: Operation, body: StoreBody): Promise<StoreView> {
  const domains = domainsAt("domains", body.domains);
  const relations = checkedRelations(body);
  return untilMade(given, async (op) => {
    await refuseTaken(op, domains, null);
    const id = await op.data.nextStoreId(op.db);
    if (id > MAX_STORE_ID) {
      throw new AppError("store_limit", { retry: false, detail: `A click id has room for ${MAX_STORE_ID} stores.` });
    }
    // Another may take the id or a domain in between: the next round knows which.
    const audit = audited(op, "store.create", `store:${id}`, null, { ...body, domains });
    await op.data.createStore(op.db, newStore(op, id, body, domains, relations), audit);
    await announce(op);
    return getStore(op, id);
  });
}

/**
 * What a domain sets free: programmes that waited for it are joined, and the rule asks their networks last, as it would have
 * done when they were joined.
 */
async function settledBy(op: Operation, store: StoreRow): Promise<StoreChange["settles"]> {
  const waiting = store.relations.filter(({ state }) => state === "needs_domain");
  if (waiting.length === 0) return undefined;
  const atMs = op.deps.clock();
  const relationIds = waiting.map(({ id }) => id);
  const state = await op.data.ruleState(op.db, store.id, atMs);
  const present = (await op.data.ruleAt(op.db, store.id, presentOf(state?.versions ?? [], atMs)))?.priorities ?? [];
  const missing = new Set(waiting.map(({ networkId }) => networkId));
  for (const { networkId } of present) missing.delete(networkId);
  const plan = planChange(state?.versions ?? [], { startedAtMs: null, ifMatch: null }, atMs);
  if (state === null || typeof plan === "string" || missing.size === 0) return { relationIds, rule: null, atMs };
  const made = {
    storeId: store.id,
    priorities: [...missing].reduce<Priority[]>(appended, present),
    interval: plan.interval,
    author: op.actor,
    cause: "programmes" as const,
    createdAtMs: plan.presentMs,
  };
  return { relationIds, rule: { guard: state.guard, ends: plan.ends, made }, atMs };
}

/** Changes name and domains. */
export async function changeStore(given: Operation, storeId: number, patch: StorePatch): Promise<StoreView> {
  const wanted = domainsAt("addDomains", patch.addDomains ?? []);
  const remove = domainsAt("removeDomains", patch.removeDomains ?? []);
  return untilMade(given, async (op) => {
    const before = await known(op, storeId);
    for (const [i, domain] of remove.entries()) {
      if (!before.domains.includes(domain)) throw invalid(`removeDomains.${i}`, "is not a domain of this store");
      if (wanted.includes(domain)) throw invalid(`removeDomains.${i}`, "is to be added and removed");
    }
    await refuseTaken(op, wanted, storeId);
    const add = wanted.filter((domain) => !before.domains.includes(domain));
    const then = { name: before.name, domains: before.domains };
    const audit = audited(op, "store.change", `store:${storeId}`, then, { name: patch.name, add, remove });
    const settles = add.length === 0 ? undefined : await settledBy(op, before);
    await op.data.changeStore(op.db, storeId, { name: patch.name, add, remove, settles }, audit);
    await announce(op);
    return getStore(op, storeId);
  });
}

function inUse(): AppError {
  return new AppError("store_in_use", { retry: false, detail: "The store has clickouts; their reports need it." });
}

/** Deletes a store without clickouts. Totals reach D1 with a delay, so the logs of today and yesterday are asked too. */
export async function deleteStore(op: Operation, storeId: number): Promise<void> {
  const before = await known(op, storeId);
  const nowMs = op.deps.clock();
  const days = [utcDay(nowMs), utcDay(nowMs - DAY_MS)];
  const shards = Array.from({ length: config(op.env).clickoutShards }, (_, shard) => shard);
  const logs = days.flatMap((day) => shards.map((shard) => clickLog(op.env, `${day}:${shard}`)));
  const clicks = await Promise.all(logs.map((log) => log.list({ storeId }, 1)));
  if (clicks.some((rows) => rows.length > 0)) throw inUse();
  try {
    const { storeId: _, ...then } = viewOf(before);
    await op.data.deleteStore(op.db, storeId, audited(op, "store.delete", `store:${storeId}`, then, null));
  } catch (error) {
    throw op.data.lossOf(error) === "stale" ? inUse() : error;
  }
  await announce(op);
}
