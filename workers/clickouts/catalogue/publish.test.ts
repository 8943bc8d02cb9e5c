// The routing table from D1 to KV: what it holds, what it never holds, and how a failed publication is made good.
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { demoCredentials } from "../../../sandbox/demo.ts";
import { database, together } from "../../../src/shared/db/client.ts";
import { deleteCredential, sealCredential } from "../../../src/shared/vault/credentials.ts";
import { takeLog } from "../../../test/support/logged.ts";
import { makeStore, operator, START_MS } from "../../../test/support/operator.ts";
import { buildTable, credentialsChanged, outdated, publish, repair } from "./publish.ts";
import { POINTER_KEY, tableKey } from "../redirect/published.ts";
import { OPEN_END_MS } from "../redirect/table.ts";
import type { RoutingTable } from "../redirect/table.ts";

const EVENING = "2026-11-21T18:00:00Z";

const pointer = () => env.KV.get<{ version: number }>(POINTER_KEY, "json");
const valueOf = (version: number) => env.KV.get<RoutingTable>(tableKey(version), "json");
const { deps } = operator();
const build = (nowMs = START_MS) => buildTable(database(env), env, nowMs);

async function seal(
  name: keyof typeof demoCredentials,
  fields: Record<string, string> = demoCredentials[name],
): Promise<void> {
  const { statement } = await sealCredential(env, database(env), name, fields, START_MS);
  await together(database(env), [statement]);
}

/** A KV whose writes fail, or fail from the pointer on. */
function brokenKv(broken: "all" | "pointer"): Env {
  const put = async (key: string, ...rest: [string, KVNamespacePutOptions?]) => {
    if (broken === "all" || key === POINTER_KEY) throw new Error("KV PUT failed: 429 Too Many Requests");
    return env.KV.put(key, ...rest);
  };
  return {
    ...env,
    KV: new Proxy(env.KV, { get: (kv, name) => (name === "put" ? put : Reflect.get(kv, name).bind(kv)) }),
  };
}

describe("the table", () => {
  it("of a new deployment is empty and whole", async () => {
    const table = await build();
    expect(table).toMatchObject({ version: 0, builtAtMs: START_MS, digidipAccount: null, stores: [] });
    expect(table.networks.awin).toEqual({ enabled: true, credentials: false, revision: 0, link: { publisherId: "" } });
    expect(table.networks.direto).toMatchObject({ credentials: true });
  });

  it("holds a store with its domains, joined relations, and rules that end in the future", async () => {
    const by = operator();
    const { storeId, networks } = await makeStore(by);
    const [awin, lomadee] = networks.map(({ relationId }) => relationId);
    by.setNow(START_MS + 1_000);
    const rule = (ids: number[], more = {}) =>
      by.call("POST", "/rule", {
        store_id: storeId,
        network_priorities: ids.map((network_id, order_priority) => ({ network_id, order_priority })),
        ...more,
      });
    await rule([4, 2, 6]);
    await rule([2], { started_at: EVENING });
    const [store] = (await build(START_MS + 2_000)).stores;
    expect(store).toEqual({
      id: storeId,
      name: "Casa Aroeira",
      domains: ["casaaroeira.example"],
      relations: [
        { id: awin, network: "awin", externalId: "17648", revision: 1 },
        { id: lomadee, network: "lomadee", externalId: "5632", revision: 1 },
      ],
      rules: [
        // rakuten has no relation with the store: it is in the rule, but there is nothing to ask.
        {
          version: 2,
          startsAtMs: START_MS + 1_000,
          endsAtMs: Date.parse(EVENING),
          relationIds: [lomadee, awin],
          priorities: [0, 1],
        },
        { version: 3, startsAtMs: Date.parse(EVENING), endsAtMs: OPEN_END_MS, relationIds: [awin], priorities: [0] },
      ],
    });
    await by.call("PATCH", `/api/clickouts/stores/${storeId}/networks/${awin}`, { state: "left" });
    expect((await build()).stores[0]!.relations.map(({ id }) => id)).toEqual([lomadee]);
  });

  it("leaves out a cancelled version, and counts a relation's revision with each change", async () => {
    const by = operator();
    const { storeId, networks } = await makeStore(by);
    const scheduled = await by.call("POST", "/rule", {
      store_id: storeId,
      network_priorities: [{ network_id: 2, order_priority: 1 }],
      started_at: EVENING,
    });
    await by.call("DELETE", `/api/clickouts/rules/${scheduled.headers.get("ETag")!.slice(1, -1)}`);
    await by.call("PATCH", `/api/clickouts/stores/${storeId}/networks/${networks[0]!.relationId}`, { externalId: "9" });
    const [store] = (await build()).stores;
    expect(store!.rules).toHaveLength(1);
    expect(store!.relations[0]).toMatchObject({ externalId: "9", revision: 2 });
  });

  it("carries direto's parameters", async () => {
    await operator().call("POST", "/api/clickouts/stores", {
      name: "A",
      domains: ["a.example"],
      networks: [{ network: "direto", settings: { parameters: { sub: "{click}" } } }],
    });
    expect((await build()).stores[0]!.relations[0]).toMatchObject({ parameters: { sub: "{click}" } });
  });

  it("publishes what stands in links anyway, and no other field of any credentials", async () => {
    for (const name of Object.keys(demoCredentials)) await seal(name as keyof typeof demoCredentials);
    const table = await build();
    expect(table.digidipAccount).toBe("sluice");
    expect(table.networks.awin).toEqual({
      enabled: true,
      credentials: true,
      revision: 1,
      link: { publisherId: "223344" },
    });
    expect(table.networks.lomadee).toEqual({ enabled: true, credentials: true, revision: 1, link: {} });
    const text = JSON.stringify(table);
    const { awin, lomadee, rakuten, afilio } = demoCredentials;
    for (const secret of [
      awin.token,
      lomadee.appToken,
      lomadee.password,
      rakuten.clientSecret,
      rakuten.clientId,
      afilio.token,
    ]) {
      expect(text).not.toContain(secret);
    }
  });

  it("is built even if a credential does not open: its network has none", async () => {
    await seal("awin");
    await seal("rakuten");
    await env.DB.prepare("UPDATE credential SET sealed = 'AAAA' WHERE name = 'awin'").run();
    const { networks } = await build();
    expect([networks.awin.credentials, networks.rakuten.credentials]).toEqual([false, true]);
    expect(takeLog()).toMatchObject([{ event: "credential_unreadable", level: "error", name: "awin" }]);
  });

  it("of 20,000 stores takes a dozen queries and one value that KV takes", async () => {
    await env.DB.batch([
      env.DB.prepare(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO store SELECT i, 'Loja ' || i, 0, i FROM n",
      ),
      env.DB.prepare("INSERT INTO store_url SELECT 'loja' || id || '.com.br', id FROM store"),
      env.DB.prepare("INSERT INTO network_store SELECT NULL, id, 2, id, '{}', 'joined', 0, 1 FROM store"),
      env.DB.prepare("INSERT INTO rule SELECT id, id, 2, 0, 0, ?, 'root', 'seed', 0 FROM store").bind(OPEN_END_MS),
      env.DB.prepare("INSERT INTO routing_version (id, version) VALUES (1, 20000)"),
    ]);
    const table = await publish(env, deps);
    expect(table.stores).toHaveLength(20_000);
    expect(table.stores.at(-1)).toMatchObject({
      id: 20_000,
      domains: ["loja20000.com.br"],
      rules: [{ relationIds: [20_000] }],
    });
    expect(JSON.stringify(table).length).toBeLessThan(10 * 1024 * 1024);
    expect((await valueOf(20_000))!.stores).toHaveLength(20_000);
  });
});

describe("a change", () => {
  it("is in the published table when it is answered", async () => {
    const by = operator();
    const { storeId } = await makeStore(by);
    const { version } = (await pointer())!;
    expect((await valueOf(version))!.stores.map(({ id }) => id)).toEqual([storeId]);
    await by.call("PATCH", "/api/clickouts/networks/awin", { enabled: false });
    expect((await pointer())!.version).toBe(version + 1);
    expect((await valueOf(version + 1))!.networks.awin.enabled).toBe(false);
    expect(await valueOf(version)).not.toBeNull();
  });

  it.each(["all", "pointer"] as const)("stands although KV fails (%s), and the sweep publishes it", async (broken) => {
    await makeStore(operator(undefined, brokenKv(broken)));
    expect(takeLog()).toContainEqual(expect.objectContaining({ event: "publish_failed", level: "error" }));
    expect(await pointer()).toBeNull();
    const used: number[] = [];
    const table = await repair(env, deps, ({ version }) => used.push(version));
    expect(table!.stores).toHaveLength(1);
    expect(await pointer()).toEqual({ version: table!.version });
    expect(used).toEqual([table!.version]);
    expect(await repair(env, deps)).toBeNull();
  });

  it("of many at once ends with a pointer to the newest version", async () => {
    const by = operator();
    await Promise.all([1, 2, 3, 4].map((n) => makeStore(by, `Loja ${n}`, `loja${n}.example`)));
    const { version } = (await pointer())!;
    expect((await valueOf(version))!.stores).toHaveLength(4);
    expect(await repair(env, deps)).toBeNull();
  });
});

describe("the sweep", () => {
  it("publishes the first table of a new deployment, once", async () => {
    expect(await repair(env, deps)).toMatchObject({ version: 0, stores: [] });
    expect(await pointer()).toEqual({ version: 0 });
    expect(await repair(env, deps)).toBeNull();
  });

  it("brings a pointer that an overtaken writer left behind to D1's version", async () => {
    await makeStore(operator());
    const { version } = (await pointer())!;
    await env.KV.put(POINTER_KEY, JSON.stringify({ version: version - 1 }));
    await repair(env, deps);
    expect(await pointer()).toEqual({ version });
  });

  it("notices credentials that changed while nobody published", async () => {
    await publish(env, deps);
    await seal("awin");
    const table = (await repair(env, deps))!;
    expect(table).toMatchObject({ version: 1, networks: { awin: { credentials: true } } });
    await seal("awin", { ...demoCredentials.awin, publisherId: "1" });
    expect((await repair(env, deps))!).toMatchObject({
      version: 2,
      networks: { awin: { revision: 2, link: { publisherId: "1" } } },
    });
    await together(database(env), [deleteCredential(database(env), "awin", START_MS)]);
    expect((await repair(env, deps))!).toMatchObject({ version: 3, networks: { awin: { credentials: false } } });
    expect(await repair(env, deps)).toBeNull();
  });
});

it("credentials that a link is made of count the version up; others do not", async () => {
  await seal("digidip");
  const used: RoutingTable[] = [];
  await credentialsChanged(env, deps, "digidip", (table) => used.push(table));
  expect(used).toMatchObject([{ version: 1, digidipAccount: "sluice" }]);
  await credentialsChanged(env, deps, "eloqua");
  expect(await pointer()).toEqual({ version: 1 });
});

it("published versions stay while an isolate may still read them", () => {
  const minute = 60_000;
  const values = [1, 2, 3, 4].map((version) => ({ version, atMs: version * minute }));
  expect(outdated(values, 5 * minute)).toEqual([]);
  expect(outdated(values, 12.5 * minute)).toEqual([1]);
  expect(outdated(values, 60 * minute)).toEqual([2, 1]);
  // The one that was in use for days until a minute ago stays too.
  expect(
    outdated(
      [{ version: 1, atMs: 0 }, ...[7, 8, 9].map((version) => ({ version, atMs: 10_000 * minute }))],
      10_001 * minute,
    ),
  ).toEqual([]);
});
