// What a change of a network's list of programmes does to stores, relations and rules. Pure: only a transition acts, so an
// operator who took a network out of a rule is not overruled by a list that says what it said the day before.
import { appended, planChange, versionAt } from "../catalogue/rules.ts";
import type { Priority, RulePlan, Version } from "../catalogue/rules.ts";
import { normaliseDomain, withParents } from "../catalogue/domains.ts";
import { MAX_STORE_ID } from "../clicks/click-id.ts";

/** A programme as a network lists it; `domains` as told, not yet checked. */
export interface ListedProgramme {
  externalId: string;
  name: string;
  domains: readonly string[];
}

/** Differences between a list and the one before it, and what could not be placed until now. */
export interface Transitions {
  joined: readonly ListedProgramme[];
  left: readonly string[];
  /** Those that wait for a domain, where the list tells one now or an operator tied them to a store himself. */
  placeable: readonly ListedProgramme[];
}

/** A relation with the network whose list it is. */
export interface KnownRelation {
  id: number;
  storeId: number;
  externalId: string;
  state: "joined" | "left" | "needs_domain";
}

/** A rule version of a store that has not ended. */
export interface KnownVersion extends Version {
  priorities: readonly Priority[];
}

/** What is known of a store that a transition may touch. */
export interface KnownStore {
  domains: number;
  /** Ids of its joined relations with this network. */
  joined: readonly number[];
  versions: readonly KnownVersion[];
}

/** What D1 knows of all that the transitions name. */
export interface Known {
  relations: readonly KnownRelation[];
  /** Store by domain, for the domains told and their parents. */
  owners: ReadonlyMap<string, number>;
  stores: ReadonlyMap<number, KnownStore>;
  nextStoreId: number;
}

/** A rule's change: present versions end, and a new one begins unless no network is left. */
export interface PlannedRule {
  storeId: number;
  ends: RulePlan["ends"];
  made: { priorities: Priority[]; interval: RulePlan["interval"]; createdAtMs: number } | null;
}

/** What is to be written. A relation's `id` is null where it is new. */
export interface ProgrammePlan {
  newStores: { id: number; name: string }[];
  newDomains: { domain: string; storeId: number }[];
  newRelations: { storeId: number; externalId: string; state: KnownRelation["state"] }[];
  states: { id: number; state: KnownRelation["state"] }[];
  /** Relations that waited for a domain and are tied elsewhere now; their stores go with them where nothing else is in them. */
  dropped: { relationId: number; storeId: number }[];
  rules: PlannedRule[];
  warnings: string[];
}

const EXTERNAL_ID = /^[A-Za-z0-9._-]{1,64}$/;
const MAX_NAME = 200;

/** The domains of a programme that a store may own, each once. */
function usableDomains({ domains }: Pick<ListedProgramme, "domains">): string[] {
  const read = domains.map((domain) => normaliseDomain(domain));
  return [...new Set(read.flatMap((result) => (result.ok ? [result.domain] : [])))];
}

/** Every host under which the stores of these programmes may be registered. */
export function hostsToLookUp(programmes: readonly ListedProgramme[]): string[] {
  return [...new Set(programmes.flatMap(usableDomains).flatMap(withParents))];
}

/** Plans what the transitions do. `nowMs`: the instant of the decision. */
export function planProgrammes(networkId: number, given: Transitions, known: Known, nowMs: number): ProgrammePlan {
  const plan = new Planning(networkId, known);
  for (const programme of given.joined) plan.join(programme);
  for (const programme of given.placeable) plan.place(programme);
  for (const externalId of given.left) plan.leave(externalId);
  return plan.finish(nowMs);
}

interface Relation extends Omit<KnownRelation, "id"> {
  id: number | null;
  before: KnownRelation["state"] | null;
  dropped: boolean;
}

class Planning {
  readonly #networkId: number;
  readonly #known: Known;
  readonly #relations: Map<string, Relation[]>;
  readonly #owners: Map<string, number>;
  readonly #newStores: ProgrammePlan["newStores"] = [];
  readonly #newDomains: ProgrammePlan["newDomains"] = [];
  readonly #warnings: string[] = [];
  /** Stores whose rule a transition may change. */
  readonly #joining = new Set<number>();
  readonly #leaving = new Set<number>();

  constructor(networkId: number, known: Known) {
    this.#networkId = networkId;
    this.#known = known;
    const relations = known.relations.map((one): Relation => ({ ...one, before: one.state, dropped: false }));
    this.#relations = new Map(Map.groupBy(relations, ({ externalId }) => externalId));
    this.#owners = new Map(known.owners);
  }

  join(programme: ListedProgramme): void {
    const relations = this.#of(programme.externalId);
    // An operator was first: what he made of it stands.
    if (relations.some(({ state }) => state === "joined")) return;
    const left = relations.filter(({ state, storeId }) => state === "left" && this.#hasDomains(storeId));
    for (const relation of left) this.#joined(relation);
    if (left.length > 0) return;
    this.#settle(programme, relations.find(({ state }) => state !== "joined") ?? null);
  }

  place(programme: ListedProgramme): void {
    const relations = this.#of(programme.externalId);
    const pending = relations.find(({ state }) => state === "needs_domain");
    if (pending === undefined) return;
    if (relations.some(({ state, storeId }) => state !== "needs_domain" && this.#hasDomains(storeId))) {
      pending.dropped = true;
    } else this.#settle(programme, pending);
  }

  leave(externalId: string): void {
    for (const relation of this.#of(externalId)) {
      if (relation.state === "joined") this.#leaving.add(relation.storeId);
      relation.state = "left";
    }
  }

  /** Ties a programme to the store that owns its domain, else to a new one. `pending`: the relation that waited for it. */
  #settle(programme: ListedProgramme, pending: Relation | null): void {
    const { externalId } = programme;
    const name = programme.name.trim().slice(0, MAX_NAME) || externalId;
    if (!EXTERNAL_ID.test(externalId))
      return void this.#warnings.push(`${name}: its id is none that a link can carry.`);
    const domains = usableDomains(programme);
    const owner = domains.map((domain) => this.#ownerOf(domain)).find((id) => id !== undefined);
    const storeId = owner ?? pending?.storeId ?? this.#newStore(name);
    if (storeId === null) return;
    let relation = pending;
    if (relation !== null && relation.storeId !== storeId) {
      relation.dropped = true;
      relation = null;
    }
    if (relation === null) {
      relation = { id: null, storeId, externalId, state: "left", before: null, dropped: false };
      this.#relations.set(externalId, [...(this.#relations.get(externalId) ?? []), relation]);
    }
    for (const domain of domains) {
      const taken = this.#ownerOf(domain);
      if (taken === undefined) {
        this.#owners.set(domain, storeId);
        this.#newDomains.push({ domain, storeId });
      } else if (taken !== storeId) {
        this.#warnings.push(
          `${name} also sells on ${domain}, which belongs to store ${taken}; it serves store ${storeId}.`,
        );
      }
    }
    if (domains.length > 0) this.#joined(relation);
    else relation.state = "needs_domain";
  }

  #joined(relation: Relation): void {
    relation.state = "joined";
    this.#joining.add(relation.storeId);
  }

  #of(externalId: string): Relation[] {
    return (this.#relations.get(externalId) ?? []).filter(({ dropped }) => !dropped);
  }

  #ownerOf(domain: string): number | undefined {
    return withParents(domain)
      .map((host) => this.#owners.get(host))
      .find((id) => id !== undefined);
  }

  #hasDomains(storeId: number): boolean {
    if ((this.#known.stores.get(storeId)?.domains ?? 0) > 0) return true;
    return this.#newDomains.some((added) => added.storeId === storeId);
  }

  #newStore(name: string): number | null {
    const id = this.#known.nextStoreId + this.#newStores.length;
    if (id > MAX_STORE_ID) {
      this.#warnings.push(`${name}: a click id has room for ${MAX_STORE_ID} stores.`);
      return null;
    }
    this.#newStores.push({ id, name });
    return id;
  }

  finish(nowMs: number): ProgrammePlan {
    const all = [...this.#relations.values()].flat();
    const kept = all.filter(({ dropped }) => !dropped);
    const touched = new Set([...this.#joining, ...this.#leaving]);
    return {
      newStores: this.#newStores,
      newDomains: this.#newDomains,
      newRelations: kept.flatMap(({ id, storeId, externalId, state }) =>
        id === null ? [{ storeId, externalId, state }] : [],
      ),
      states: kept.flatMap(({ id, state, before }) => (id === null || state === before ? [] : [{ id, state }])),
      dropped: all.flatMap(({ id, storeId, dropped }) => (id !== null && dropped ? [{ relationId: id, storeId }] : [])),
      rules: [...touched].flatMap((storeId) => this.#rule(storeId, kept, nowMs) ?? []),
      warnings: this.#warnings,
    };
  }

  /** The rule of a store after its relations changed; null: it stays. */
  #rule(storeId: number, kept: readonly Relation[], nowMs: number): PlannedRule | null {
    const store = this.#known.stores.get(storeId);
    const ours = kept.filter((relation) => relation.storeId === storeId);
    const looked = new Set(ours.map(({ id }) => id));
    const serves = ours.some(({ state }) => state === "joined") || (store?.joined ?? []).some((id) => !looked.has(id));
    const versions = store?.versions ?? [];
    const plan = planChange(versions, { startedAtMs: null, ifMatch: null }, nowMs);
    if (typeof plan === "string") return null;
    const present = versionAt(versions, plan.presentMs)?.priorities ?? [];
    const named = present.some(({ networkId }) => networkId === this.#networkId);
    if (serves === named) return null;
    if (serves ? !this.#joining.has(storeId) : !this.#leaving.has(storeId)) return null;
    const priorities = serves ? appended(present, this.#networkId) : without(present, this.#networkId);
    const made = priorities.length === 0 ? null : { priorities, interval: plan.interval, createdAtMs: plan.presentMs };
    return { storeId, ends: plan.ends, made };
  }
}

function without(present: readonly Priority[], networkId: number): Priority[] {
  return present.filter((one) => one.networkId !== networkId);
}
