// The walk over store, rule and networks: who serves, why others did not, and to which hosts a visitor may be sent at all.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile, ruleAt } from "./compiled.ts";
import { linkFor } from "./links.ts";
import { NETWORKS } from "../networks.ts";
import type { Network } from "../networks.ts";
import { resolve } from "./resolve.ts";
import type { LinkSource } from "./resolve.ts";
import { OPEN_END_MS } from "./table.ts";
import type { RoutingTable, TableNetwork, TableRelation, TableStore } from "./table.ts";

const T = 1_763_700_000_000;
const BASES = {
  awin: "https://www.awin1.com",
  rakuten: "https://click.linksynergy.com",
  digidip: "https://{account}.digidip.net",
  magazineVoce: "https://www.magazinevoce.com.br",
};
const LINK: Partial<Record<Network, Record<string, string>>> = {
  awin: { publisherId: "223344" },
  rakuten: { linkId: "AbCdEfGhIjk" },
  magazinevoce: { store: "magazineacme" },
};

const network = (name: Network, change: Partial<TableNetwork> = {}): TableNetwork => ({
  enabled: true,
  credentials: true,
  revision: 1,
  link: LINK[name] ?? {},
  ...change,
});

const relation = (id: number, name: Network, change: Partial<TableRelation> = {}): TableRelation => ({
  id,
  network: name,
  externalId: `${1_000 + id}`,
  revision: 1,
  ...change,
});

const store = (id: number, domains: string[], networks: Network[], change: Partial<TableStore> = {}): TableStore => {
  const relations = networks.map((name, n) => relation(id * 10 + n, name));
  const rules = [{ version: 1, startsAtMs: 0, endsAtMs: OPEN_END_MS, relationIds: relations.map((one) => one.id) }];
  return { id, name: `Loja ${id}`, domains, relations, rules, ...change };
};

function table(stores: TableStore[], change: Partial<RoutingTable> = {}): RoutingTable {
  const networks = Object.fromEntries(NETWORKS.map((name) => [name, network(name)])) as Record<Network, TableNetwork>;
  return { version: 1, builtAtMs: T, networks, digidipAccount: "acme", stores, ...change };
}

const nobody: LinkSource = async () => ({ skip: "timeout", untilMs: T + 60_000 });
const lomadee: LinkSource = async () => ({ parts: ["https://redir.lomadee.com/v2/a?mdasc=", ""], cache: "object" });

async function walk(routes: RoutingTable, href: string, { source = nobody, atMs = T } = {}) {
  const resolution = await resolve(compile(routes, BASES), new URL(href), atMs, source);
  return { ...resolution, location: resolution.parts === null ? null : linkFor(resolution.parts, "CLICK") };
}

describe("a visit", () => {
  test("is served by the first network of the rule", async () => {
    const routes = table([store(1, ["loja.example"], ["awin", "rakuten"])]);
    const {
      location,
      outcome,
      relation: served,
      ruleVersion,
      tried,
    } = await walk(routes, "https://www.loja.example/p/1?x=1#t");
    expect(location).toBe(
      "https://www.awin1.com/cread.php?awinmid=1010&awinaffid=223344&clickref=CLICK&ued=https%3A%2F%2Fwww.loja.example%2Fp%2F1%3Fx%3D1%23t",
    );
    expect([outcome, served?.network, ruleVersion, tried]).toEqual(["tracked", "awin", 1, []]);
  });

  test("goes on to the next network and says why the others did not serve", async () => {
    const routes = table([store(1, ["loja.example"], ["afilio", "awin", "lomadee", "rakuten"])]);
    routes.networks.awin = network("awin", { enabled: false });
    const { relation: served, tried, untilMs } = await walk(routes, "https://loja.example/");
    expect(served?.network).toBe("rakuten");
    expect(tried).toEqual([
      { network: "afilio", reason: "timeout" },
      { network: "awin", reason: "disabled" },
      { network: "lomadee", reason: "timeout" },
    ]);
    expect(untilMs).toBe(T + 60_000);
  });

  test("never asks a network without credentials", async () => {
    const routes = table([store(1, ["loja.example"], ["lomadee"])]);
    routes.networks.lomadee = network("lomadee", { credentials: false });
    const { tried, outcome } = await walk(routes, "https://loja.example/", {
      source: () => Promise.reject(new Error("asked")),
    });
    expect([tried, outcome]).toEqual([[{ network: "lomadee", reason: "no_credentials" }], "fallback"]);
  });

  test("carries the cache level of the source", async () => {
    const found = await walk(table([store(1, ["loja.example"], ["lomadee"])]), "https://loja.example/", {
      source: lomadee,
    });
    expect([found.location, found.cache]).toEqual(["https://redir.lomadee.com/v2/a?mdasc=CLICK", "object"]);
  });

  test.for([
    ["https://www.magazineluiza.com.br/fone-x/p/238112200/te/fone/", "fone-x/p/238112200/te/fone/"],
    [
      "https://www.magazineluiza.com.br/fone-x/p/gk0h8a3b2c/te/fone/?utm_source=z&seller_id=lojaY",
      "fone-x/p/gk0h8a3b2c/te/fone/",
    ],
    ["https://www.magazinevoce.com.br/magazineother/fone-x/p/238112200/te/fone/", "fone-x/p/238112200/te/fone/"],
    ["https://www.magazineluiza.com.br/p/238112200/", "p/238112200/"],
    ["https://www.magazinevoce.com.br/magazineacme/busca/fone/", "busca/fone/"],
  ] as const)("of %s goes to our partner page", async ([href, path]) => {
    const routes = table([store(1, ["magazineluiza.com.br", "magazinevoce.com.br"], ["magazinevoce"])]);
    expect((await walk(routes, href)).location).toBe(`https://www.magazinevoce.com.br/magazineacme/${path}`);
  });

  test("of another partner's search page, or of another shop, is nothing for magazinevoce and asks no page", async () => {
    const source: LinkSource = () => Promise.reject(new Error("asked"));
    const routes = table([store(1, ["magazinevoce.com.br", "loja.example"], ["magazinevoce"])]);
    for (const href of [
      "https://www.magazinevoce.com.br/magazineother/busca/fone/",
      "https://loja.example/x/p/238112200/",
    ]) {
      expect((await walk(routes, href, { source })).tried).toEqual([{ network: "magazinevoce", reason: "rejected" }]);
    }
  });
});

describe("a visit that no network serves", () => {
  const routes = table([store(1, ["loja.example"], ["lomadee"]), store(2, ["sem.example"], [], { rules: [] })]);

  test("goes to digidip, and says why", async () => {
    expect(await walk(routes, "https://loja.example/p")).toMatchObject({
      outcome: "fallback",
      reason: "no_link",
      location: "https://acme.digidip.net/visit?url=https%3A%2F%2Floja.example%2Fp&ref=CLICK",
    });
    expect(await walk(routes, "https://sem.example/")).toMatchObject({ outcome: "fallback", reason: "no_rule" });
    expect(await walk(routes, "https://outra.example/")).toMatchObject({
      outcome: "fallback",
      reason: "no_store",
      store: null,
    });
  });

  test.for([
    "https://acme.digidip.net/visit?url=https%3A%2F%2Fb.example%2F",
    "https://acme.digidip.net/visit?ref=old&url=https%3A%2F%2Fb.example%2F",
    "https://acme.digidip.net/visit?url=https%3A%2F%2Facme.digidip.net%2Fvisit%3Furl%3Dhttps%253A%252F%252Fb.example%252F&ref=old",
  ])("is not wrapped twice, and carries its own click: %s", async (href) => {
    expect((await walk(routes, href)).location).toBe(
      "https://acme.digidip.net/visit?url=https%3A%2F%2Fb.example%2F&ref=CLICK",
    );
  });

  test.for(["javascript%3Aalert(1)", "http%3A%2F%2F127.0.0.1%2F", "", "x"])("is not unwrapped to %s", async (inner) => {
    const { location } = await walk(routes, `https://acme.digidip.net/visit?url=${inner}`);
    expect(new URL(location ?? "").searchParams.get("url")).toBe(`https://acme.digidip.net/visit?url=${inner}`);
  });

  test("goes to the product itself when there is no digidip account and the store is known, else nowhere", async () => {
    const bare = { ...routes, digidipAccount: null };
    expect(await walk(bare, "https://loja.example/p#x")).toMatchObject({
      outcome: "direct",
      location: "https://loja.example/p#x",
    });
    expect(await walk(bare, "https://outra.example/")).toMatchObject({ outcome: "unknown_store", location: null });
  });
});

test("a visitor is only ever sent to a host that the configuration names, or to the product's own on a known store", async () => {
  const named = [
    "www.awin1.com",
    "click.linksynergy.com",
    "acme.digidip.net",
    "www.magazinevoce.com.br",
    "redir.lomadee.com",
  ];
  const domains = ["loja.example", "outra.example", "magazineluiza.com.br"];
  const host = fc.constantFrom(
    ...domains,
    "www.loja.example",
    "m.loja.example",
    "loja.example.evil.example",
    "evil.example",
    "xloja.example",
    "acme.digidip.net",
  );
  const path = fc.oneof(
    fc.webPath(),
    fc.constantFrom("/x/p/238112200/", "//evil.example/p/238112200/", "/visit", "/@evil.example/"),
  );
  const query = fc.oneof(
    fc.webQueryParameters(),
    fc.constantFrom("url=https://evil.example/", "", "a=1&url=//evil.example"),
  );
  await fc.assert(
    fc.asyncProperty(
      host,
      path,
      query,
      fc.shuffledSubarray([...NETWORKS]),
      fc.option(fc.constant("acme")),
      fc.boolean(),
      async (name, way, asked, networks, account, answers) => {
        const stores = domains.map((domain, n) => store(n + 1, [domain], networks));
        for (const one of stores)
          for (const each of one.relations)
            if (each.network === "direto") each.parameters = { s: "{click}", url: "https://evil.example/" };
        const url = new URL(`https://${name}${way}?${asked}`);
        const { location, store: known } = await walk(table(stores, { digidipAccount: account }), url.href, {
          source: answers ? lomadee : nobody,
        });
        if (location === null) {
          expect(known).toBeNull();
          return;
        }
        const target = new URL(location).hostname;
        if (target !== url.hostname || known === null) expect(named).toContain(target);
      },
    ),
  );
});

describe("a compiled table", () => {
  const routes = table([
    store(1, ["loja.example"], ["awin"]),
    store(2, ["outlet.loja.example"], ["rakuten"]),
    store(0x1234, ["z.example"], ["awin"]),
  ]);
  const compiled = compile(routes, BASES);

  test.for([
    ["loja.example", 1, "loja.example"],
    ["m.loja.example", 1, "loja.example"],
    ["outlet.loja.example", 2, "outlet.loja.example"],
    ["a.b.outlet.loja.example", 2, "outlet.loja.example"],
  ] as const)("finds %s in store %i by %s", ([host, id, domain]) => {
    const found = compiled.storeOf(host);
    expect([found?.store.id, found?.domain]).toEqual([id, domain]);
  });

  test.for(["xloja.example", "loja.example.evil.example", "example", "", "constructor", "loja"])(
    "finds no store of %j",
    (host) => {
      expect(compiled.storeOf(host)).toBeNull();
    },
  );

  test("compiles a store once, and knows its code in click ids", () => {
    expect(compiled.storeOf("loja.example")?.store).toBe(compiled.storeOf("m.loja.example")?.store);
    expect(compiled.storeOf("z.example")?.store.code).toBe("3lg");
  });

  test("names relation and credentials with their versions in the key, so a change of either asks anew", () => {
    const key = (change: Partial<TableRelation>, revision: number) => {
      const one = store(1, ["loja.example"], [], { relations: [relation(10, "lomadee", change)] });
      one.rules = [{ version: 1, startsAtMs: 0, endsAtMs: OPEN_END_MS, relationIds: [10] }];
      const changed = table([one]);
      changed.networks.lomadee = network("lomadee", { revision });
      return compile(changed, BASES).storeOf("loja.example")?.store.rules[0]?.relations[0]?.key;
    };
    expect(new Set([key({}, 1), key({ revision: 2 }, 1), key({}, 2), key({}, 1)]).size).toBe(3);
  });

  test("leaves relations out of a rule that are not joined any more", () => {
    const left = store(1, ["loja.example"], ["awin"]);
    left.rules = [{ version: 3, startsAtMs: 0, endsAtMs: OPEN_END_MS, relationIds: [99, 10] }];
    expect(
      compile(table([left]), BASES)
        .storeOf("loja.example")
        ?.store.rules[0]?.relations.map((one) => one.id),
    ).toEqual([10]);
  });

  test("changes from one rule to the scheduled one on its second", () => {
    const rules = [
      { version: 1, startsAtMs: T - 1_000, endsAtMs: T + 1_000, relationIds: [] },
      { version: 2, startsAtMs: T + 1_000, endsAtMs: T + 2_000, relationIds: [] },
      { version: 3, startsAtMs: T + 5_000, endsAtMs: OPEN_END_MS, relationIds: [] },
    ];
    const found = compile(table([store(1, ["loja.example"], [], { rules })]), BASES).storeOf("loja.example")?.store;
    if (found === undefined) throw new Error("no store");
    const at = (ms: number) => {
      const { rule, untilMs } = ruleAt(found, ms);
      return [rule?.version ?? null, untilMs];
    };
    expect(at(T - 1_001)).toEqual([null, T - 1_000]);
    expect(at(T - 1_000)).toEqual([1, T + 1_000]);
    expect(at(T + 999)).toEqual([1, T + 1_000]);
    expect(at(T + 1_000)).toEqual([2, T + 2_000]);
    expect(at(T + 2_000)).toEqual([null, T + 5_000]);
    expect(at(T + 5_000)).toEqual([3, OPEN_END_MS]);
  });

  test("of twenty thousand stores is ready in a fraction of a second", () => {
    const many = Array.from({ length: 20_000 }, (_, n) =>
      store(n + 1, [`loja${n}.example`, `loja${n}.com.br`], ["awin", "lomadee"]),
    );
    const startedMs = performance.now();
    const ready = compile(table(many), BASES);
    expect(ready.storeOf("www2.loja19999.com.br")?.store.id).toBe(20_000);
    // A busy machine may take some times as long.
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});
