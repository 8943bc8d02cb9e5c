// Programmes whose network names no domain, and what repeated messages, crashes and torn lists make of a run: nothing else.
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { database } from "../../../src/shared/db/client.ts";
import { interrupted } from "../../../test/support/interrupted.ts";
import { takeLog } from "../../../test/support/logged.ts";
import { sandbox } from "../../../test/support/outgoing.ts";
import { programmesHouse } from "../../../test/support/programmes.ts";
import { audit } from "../../../src/shared/audit/tables.ts";
import { reportClients } from "../networks/reports.client.ts";
import type { ProgrammesPage } from "../networks/report-client.ts";
import { networkStore, programme, programmeListed, rule, store, storeUrl } from "../tables.ts";

const awin = () => sandbox().simulators.awin.membership!;
const lomadee = () => sandbox().simulators.lomadee.membership!;

/** What lies in the tables, without versions and times: how often a thing was tried must not be seen. */
async function tables() {
  const db = database(env);
  const [stores, domains, relations, rules, known] = await db.batch([
    db.select({ id: store.id, name: store.name }).from(store),
    db.select().from(storeUrl),
    db.select().from(networkStore),
    db.select().from(rule),
    db.select().from(programme),
  ]);
  return {
    stores,
    domains,
    relations: relations.map(({ storeId, externalId, state, revision }) => ({ storeId, externalId, state, revision })),
    rules: rules.map(({ storeId, networkId, orderPriority, cause }) => ({ storeId, networkId, orderPriority, cause })),
    known: known.map(({ externalId }) => externalId),
  };
}

/** Shops that awin has, `count` of them. */
function manyShops(count: number): void {
  for (let n = 0; n < count; n++) {
    awin().join(String(500_000 + n), { name: `Loja ${n}`, domains: [`loja${n}.example`] });
  }
}

describe("a list without domains", () => {
  test("is matched to stores by the network's id; what is left waits for an operator, who is told each day", async () => {
    const at = await programmesHouse({ networks: ["lomadee"] });
    await at.by.call("POST", "/api/clickouts/stores", {
      name: "Magalu",
      domains: ["magazineluiza.com.br"],
      networks: [{ network: "lomadee", externalId: "5632" }],
    });
    for (const id of lomadee().list()) if (id !== "5632" && id !== "6101") lomadee().leave(id);
    const run = await at.run();
    expect(run.steps[0]).toMatchObject({ counts: { joined: 2, newStores: 1, rulesChanged: 0 } });
    expect(run.steps[0]!.warnings).toEqual([
      "1 without a domain until an operator gives it to the store: Livraria Sabiá (6101, store 2).",
    ]);
    expect((await at.stores())[1]).toMatchObject({
      storeId: 2,
      name: "Livraria Sabiá",
      domains: [],
      networks: [{ network: "lomadee", externalId: "6101", state: "needs_domain" }],
      rule: null,
    });
    expect((await at.nextDay()).steps[0]!.warnings).toHaveLength(1);
    const found = async (query: string) =>
      (await at.by.call("GET", `/api/clickouts/stores?${query}`)).json.items.map(
        (one: { storeId: number }) => one.storeId,
      );
    expect(await found("state=needs_domain")).toEqual([2]);
    expect(await found("state=needs_domain&network=awin")).toEqual([]);
    expect(await found("network=lomadee")).toEqual([1]);

    const given = await at.by.call("PATCH", "/api/clickouts/stores/2", { addDomains: ["livrariasabia.example"] });
    expect(given.json).toMatchObject({
      domains: ["livrariasabia.example"],
      networks: [{ state: "joined" }],
      rule: { networks: ["lomadee"] },
    });
    expect((await at.rules(2))[0]).toMatchObject({ cause: "programmes", author: "root" });
    expect((await at.nextDay()).steps[0]!.warnings).toEqual([]);
  });

  test("lets go of a waiting store once an operator tied the programme to another", async () => {
    const at = await programmesHouse({ networks: ["lomadee"] });
    for (const id of lomadee().list()) if (id !== "6101") lomadee().leave(id);
    await at.run();
    await at.by.call("POST", "/api/clickouts/stores", {
      name: "Sabiá",
      domains: ["livrariasabia.example"],
      networks: [{ network: "lomadee", externalId: "6101" }],
    });
    const made = await at.store("livrariasabia.example");
    const run = await at.nextDay();
    expect(run.steps[0]).toMatchObject({ counts: { placed: 1 }, warnings: [] });
    expect(await at.stores()).toEqual([made]);
  });

  test("that tells them later, ties what waited to the store that has the domain", async () => {
    const page = (domains: string[]): ProgrammesPage => ({
      programmes: [
        { externalId: "1", name: "Casa", domains },
        { externalId: "2", name: "Nova", domains: domains.map(() => "nova.example") },
      ],
      next: null,
      warnings: [],
    });
    let told: string[] = [];
    const rakuten = {
      ...reportClients.rakuten,
      programmes: async () => ({ ok: true as const, value: page(told) }),
    };
    const at = await programmesHouse({ networks: ["rakuten"], clients: { rakuten } });
    await at.by.call("POST", "/api/clickouts/stores", { name: "Casa", domains: ["casa.example"], networks: [] });
    await at.run();
    told = ["www.casa.example"];
    expect((await at.nextDay()).steps[0]).toMatchObject({ counts: { placed: 2 }, warnings: [] });
    expect(
      (await at.stores()).map(({ name, domains, networks, rule: has }) => [
        name,
        domains,
        networks.length,
        has?.networks,
      ]),
    ).toEqual([
      ["Casa", ["casa.example"], 1, ["rakuten"]],
      ["Nova", ["nova.example"], 1, ["rakuten"]],
    ]);
  });
});

describe("a programme that stands in the list but cannot be read", () => {
  test.for([[["18764"]], [[null]]])("has not left: %j", async ([unread]) => {
    let torn = false;
    const client = {
      ...reportClients.awin,
      programmes: async (...call: Parameters<typeof reportClients.awin.programmes>) => {
        const page = await reportClients.awin.programmes(...call);
        return torn && page.ok ? { ok: true as const, value: { ...page.value, unread: unread! } } : page;
      },
    };
    const at = await programmesHouse({ clients: { awin: client } });
    await at.run();
    const before = await at.stores();
    awin().leave("18764");
    torn = true;
    expect((await at.nextDay()).state).toBe("done");
    expect(await at.stores()).toEqual(before);
    torn = false;
    expect((await at.nextDay()).steps[0]!.counts).toMatchObject({ left: 1 });
  });
});

describe("what is done twice or half", () => {
  test("messages that come again change nothing", async () => {
    const days = async (repeats: number) => {
      const at = await programmesHouse({ networks: ["awin", "lomadee", "rakuten", "afilio"], repeats });
      await at.run();
      awin().leave("17648");
      lomadee().leave("5632");
      await at.nextDay();
      awin().join("17648");
      await at.nextDay();
      return await tables();
    };
    const once = await days(0);
    const { reset, applyD1Migrations } = await import("cloudflare:test");
    await reset();
    await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
    awin().reset();
    lomadee().reset();
    expect(await days(0.9)).toEqual(once);
    expect(once.rules.length).toBeGreaterThan(10);
    takeLog();
  });

  test("a run that dies between two portions is carried on, and each programme acts once", async () => {
    const died = async () => {
      throw new Error("D1 is away");
    };
    const at = await programmesHouse({ bindings: interrupted("programme", 2, died) });
    manyShops(700);
    const run = await at.run();
    expect(run).toMatchObject({
      state: "done",
      steps: [{ counts: { joined: 706, newStores: 706, rulesChanged: 706 } }],
    });
    expect(run.steps[0]!.warnings).toEqual([expect.stringContaining("D1 is away")]);
    const after = await tables();
    expect([after.stores.length, after.rules.length, after.known.length]).toEqual([706, 706, 706]);
    const versions = await database(env).selectDistinct({ version: rule.version }).from(rule);
    expect(versions).toHaveLength(706);
    expect(at.published()).toBe(1);
    expect(await database(env).select().from(programmeListed)).toEqual([]);
    const told = await database(env).select().from(audit);
    expect(told.filter(({ action }) => action === "programmes.follow")).toHaveLength(3);
    takeLog();
  });

  test("a list that breaks off half-way leaves everything as it was", async () => {
    let pages = 0;
    const client = {
      ...reportClients.awin,
      programmes: async (cursor: string | null) => {
        pages += 1;
        if (cursor !== null) {
          return { ok: false as const, failure: { kind: "unavailable" as const, detail: "HTTP 503" } };
        }
        return { ok: true as const, value: { programmes: [], next: "2", warnings: [] } };
      },
    };
    const at = await programmesHouse();
    await at.run();
    const before = await tables();
    const torn = await programmesHouse({ clients: { awin: client } });
    const run = await torn.nextDay();
    expect(run).toMatchObject({ state: "failed", steps: [{ error: expect.stringContaining("HTTP 503") }] });
    expect(await tables()).toEqual(before);
    expect(pages).toBeGreaterThan(10);
    takeLog();
  });
});
