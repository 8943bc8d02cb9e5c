// What transitions do, case by case: which store a programme is tied to, and when a rule is touched.
import { describe, expect, test } from "vitest";
import { MAX_STORE_ID } from "../clicks/click-id.ts";
import { OPEN_END_MS } from "../redirect/table.ts";
import { appended } from "../catalogue/rules.ts";
import { planProgrammes } from "./programme-plan.ts";
import type { Known, KnownStore, KnownVersion, ListedProgramme } from "./programme-plan.ts";

const AWIN = 2;
const NOW = 1_000_000;

const shop = (externalId: string, ...domains: string[]): ListedProgramme => ({
  externalId,
  name: `Loja ${externalId}`,
  domains,
});

const version = (...networkIds: number[]): KnownVersion => ({
  version: 7,
  startedAtMs: 0,
  endedAtMs: OPEN_END_MS,
  createdAtMs: 0,
  priorities: networkIds.map((networkId, n) => ({ networkId, orderPriority: n * 10 })),
});

const known = (change: Partial<Known> = {}): Known => ({
  relations: [],
  owners: new Map(),
  stores: new Map(),
  nextStoreId: 5,
  ...change,
});

/** Store 1, with one relation to awin. */
function withStore(state: "joined" | "left" | "needs_domain", ...versions: KnownVersion[]): Known {
  const store: KnownStore = {
    domains: state === "needs_domain" ? 0 : 1,
    joined: state === "joined" ? [9] : [],
    versions,
  };
  return known({
    relations: [{ id: 9, storeId: 1, externalId: "17", state }],
    owners: state === "needs_domain" ? new Map() : new Map([["loja.example", 1]]),
    stores: new Map([[1, store]]),
  });
}

const plan = (given: { joined?: ListedProgramme[]; left?: string[]; placeable?: ListedProgramme[] }, at: Known) =>
  planProgrammes(AWIN, { joined: [], left: [], placeable: [], ...given }, at, NOW);

const NOTHING = { newStores: [], newDomains: [], newRelations: [], states: [], dropped: [], rules: [], warnings: [] };

describe("a programme that was joined", () => {
  test("and is known as joined changes nothing", () => {
    expect(plan({ joined: [shop("17", "other.example")] }, withStore("joined", version(4)))).toEqual(NOTHING);
  });

  test("is tied to the store that owns a domain of it, or a parent of one, and asked last", () => {
    const at = withStore("left", version(4, 3));
    const { newStores, newDomains, newRelations, rules } = plan(
      { joined: [shop("18", "www.loja.example", "novo.example")] },
      at,
    );
    expect([newStores, newDomains]).toEqual([[], [{ domain: "novo.example", storeId: 1 }]]);
    expect(newRelations).toEqual([{ storeId: 1, externalId: "18", state: "joined" }]);
    expect(rules).toEqual([
      {
        storeId: 1,
        ends: [{ version: 7, endedAtMs: NOW }],
        made: {
          priorities: [
            { networkId: 4, orderPriority: 0 },
            { networkId: 3, orderPriority: 10 },
            { networkId: AWIN, orderPriority: 11 },
          ],
          interval: { startedAtMs: NOW, endedAtMs: OPEN_END_MS },
          createdAtMs: NOW,
        },
      },
    ]);
    const below = plan({ joined: [shop("18", "shop.loja.example")] }, at);
    expect([below.newStores, below.newDomains, below.newRelations[0]?.storeId]).toEqual([[], [], 1]);
  });

  test("twice with one domain makes one store and one rule", () => {
    const { newStores, newRelations, rules } = plan(
      { joined: [shop("1", "nova.example"), shop("2", "nova.example")] },
      known(),
    );
    expect(newStores).toEqual([{ id: 5, name: "Loja 1" }]);
    expect(newRelations.map(({ storeId }) => storeId)).toEqual([5, 5]);
    expect(rules).toHaveLength(1);
  });

  test("sells on domains of two stores: it serves one, and says so", () => {
    const at = known({
      owners: new Map([
        ["a.example", 1],
        ["b.example", 2],
      ]),
      stores: new Map(),
    });
    const { newRelations, warnings } = plan({ joined: [shop("1", "a.example", "b.example")] }, at);
    expect(newRelations).toEqual([{ storeId: 1, externalId: "1", state: "joined" }]);
    expect(warnings).toEqual(["Loja 1 also sells on b.example, which belongs to store 2; it serves store 1."]);
  });

  test("leaves a scheduled version alone: the new one ends when that begins", () => {
    const scheduled = { ...version(3), version: 8, startedAtMs: NOW + 50 };
    const at = withStore("left", { ...version(4), endedAtMs: NOW + 50 }, scheduled);
    expect(plan({ joined: [shop("17", "loja.example")] }, at).rules).toEqual([
      expect.objectContaining({
        ends: [{ version: 7, endedAtMs: NOW }],
        made: expect.objectContaining({ interval: { startedAtMs: NOW, endedAtMs: NOW + 50 } }),
      }),
    ]);
  });

  test("whose network the rule asks already leaves the rule alone", () => {
    const { states, rules } = plan({ joined: [shop("17", "loja.example")] }, withStore("left", version(AWIN)));
    expect([states, rules]).toEqual([[{ id: 9, state: "joined" }], []]);
  });

  test("without a domain waits in a store of its own, without a rule; left and joined again it waits again", () => {
    const { newStores, newRelations, rules } = plan({ joined: [shop("1")] }, known());
    expect([newStores.length, newRelations[0]?.state, rules]).toEqual([1, "needs_domain", []]);
    const left = plan({ left: ["17"] }, withStore("needs_domain"));
    expect([left.states, left.rules]).toEqual([[{ id: 9, state: "left" }], []]);
    const waiting = withStore("needs_domain");
    const gone = { ...waiting, relations: waiting.relations.map((one) => ({ ...one, state: "left" as const })) };
    expect(plan({ joined: [shop("17")] }, gone).states).toEqual([{ id: 9, state: "needs_domain" }]);
  });

  test("has domains that no shop may own: it waits as one without", () => {
    const { newDomains, newRelations } = plan({ joined: [shop("1", "com.br", "localhost", "not a host")] }, known());
    expect([newDomains, newRelations[0]?.state]).toEqual([[], "needs_domain"]);
  });

  test("under an id that no link can carry, or beyond the last store, is told and left out", () => {
    expect(plan({ joined: [shop("a/b", "nova.example")] }, known())).toEqual({
      ...NOTHING,
      warnings: ["Loja a/b: its id is none that a link can carry."],
    });
    const full = known({ nextStoreId: MAX_STORE_ID });
    const { newStores, newRelations, warnings } = plan(
      { joined: [shop("1", "a.example"), shop("2", "b.example")] },
      full,
    );
    expect([newStores.length, newRelations.length]).toEqual([1, 1]);
    expect(warnings).toEqual([expect.stringContaining("room for 46655 stores")]);
  });
});

describe("a programme that was left", () => {
  test("takes its network out of the rule, or closes it", () => {
    expect(plan({ left: ["17"] }, withStore("joined", version(4, AWIN))).rules[0]?.made?.priorities).toEqual([
      { networkId: 4, orderPriority: 0 },
    ]);
    expect(plan({ left: ["17"] }, withStore("joined", version(AWIN))).rules).toEqual([
      { storeId: 1, ends: [{ version: 7, endedAtMs: NOW }], made: null },
    ]);
  });

  test("is in no rule: nothing but its relation changes", () => {
    const { states, rules } = plan({ left: ["17"] }, withStore("joined", version(4)));
    expect([states, rules]).toEqual([[{ id: 9, state: "left" }], []]);
  });

  test("while another one joins the same store leaves the rule as it is", () => {
    const swap = { left: ["17"], joined: [shop("18", "loja.example")] };
    const { states, newRelations, rules } = plan(swap, withStore("joined", version(4, AWIN)));
    expect([states.length, newRelations.length, rules]).toEqual([1, 1, []]);
  });

  test("that nobody knows changes nothing", () => expect(plan({ left: ["99"] }, known())).toEqual(NOTHING));
});

test("a network asked last has the highest number, also where there is none above", () => {
  const last = { networkId: 1, orderPriority: Number.MAX_SAFE_INTEGER };
  expect(appended([last], 2)).toEqual([
    { networkId: 1, orderPriority: 0 },
    { networkId: 2, orderPriority: 1 },
  ]);
  expect(appended([{ networkId: 1, orderPriority: -5 }], 2)[1]).toEqual({ networkId: 2, orderPriority: 0 });
});
