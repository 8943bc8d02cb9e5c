// Stores by the hundred over the door: looked at first, then all or nothing, and again without effect.
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { audit } from "../../../src/shared/audit/tables.ts";
import { database } from "../../../src/shared/db/client.ts";
import { interrupted } from "../../../test/support/interrupted.ts";
import { takeLog } from "../../../test/support/logged.ts";
import { keyWith, makeStore, operator } from "../../../test/support/operator.ts";
import { production } from "../../../test/support/production/index.ts";
import { rule, store, storeImportRow, storeImportStore } from "../tables.ts";

const PATH = "/api/clickouts/stores.csv";
const HEADING = "name,domain,network,externalId,priority";
const CSV = { "Content-Type": "text/csv" };
const FILE = [
  HEADING,
  "Casa,casa.example,awin,17648,1",
  "Casa,casa.example,lomadee,5632,0",
  "Casa,casa-outlet.example,awin,17648,1",
  "Lua,lua.example,rakuten,43984,",
  "Sol,www.sol.example,,,",
].join("\n");

const bring = async (text: string, query = "", by = operator()) => await by.call("PUT", `${PATH}${query}`, text, CSV);
const stores = async () => (await operator().call("GET", "/api/clickouts/stores?limit=500")).json.items;
const leftovers = async () => {
  const db = database(env);
  return [...(await db.select().from(storeImportRow)), ...(await db.select().from(storeImportStore))];
};

describe("a file of stores", () => {
  test("is looked at, then brought; brought again it changes nothing", async () => {
    const counts = { stores: 3, relations: 3, rules: 1, errors: [] };
    expect((await bring(FILE, "?dryRun=1")).json).toEqual(counts);
    expect(await stores()).toEqual([]);
    const answer = await bring(FILE);
    expect([answer.status, answer.json]).toEqual([200, counts]);
    expect(await stores()).toEqual([
      expect.objectContaining({
        storeId: 1,
        name: "Casa",
        domains: ["casa-outlet.example", "casa.example"],
        rule: expect.objectContaining({ networks: ["lomadee", "awin"] }),
      }),
      expect.objectContaining({ storeId: 2, networks: [expect.objectContaining({ externalId: "43984" })], rule: null }),
      expect.objectContaining({ storeId: 3, domains: ["sol.example"], networks: [], rule: null }),
    ]);
    const before = await stores();
    expect((await bring(FILE)).json).toEqual({ stores: 0, relations: 0, rules: 0, errors: [] });
    expect(await stores()).toEqual(before);
    const told = (await database(env).select().from(audit)).filter(({ action }) => action === "stores.import");
    expect(told).toMatchObject([{ actor: "root", after: { rows: 5, stores: 3, relations: 3, rules: 1 } }]);
    expect(await leftovers()).toEqual([]);
    const pointer = await env.KV.get<{ version: number }>("routes:pointer", "json");
    expect(await env.KV.get(`routes:${pointer!.version}`)).toContain("casa-outlet.example");
    expect((await operator().call("GET", "/rule?store_id=1")).json.network_priorities).toEqual([
      { network_id: 4, order_priority: 0 },
      { network_id: 2, order_priority: 1 },
    ]);
  });

  test("adds to stores that have one of its domains, and leaves their names and rules", async () => {
    const { storeId, rule: had } = await makeStore(operator(), "Aroeira", "casa.example");
    expect((await bring(FILE)).json).toEqual({ stores: 2, relations: 1, rules: 0, errors: [] });
    const [first] = await stores();
    expect(first).toMatchObject({
      storeId,
      name: "Aroeira",
      domains: ["casa-outlet.example", "casa.example"],
      rule: had,
    });
  });

  test("that is wrong anywhere brings nothing, and says where", async () => {
    await makeStore(operator(), "A", "a.example");
    await makeStore(operator(), "B", "b.example");
    const wrong = [
      HEADING,
      "Casa,casa.example,awin,1,0",
      "Lua,casa.example,awin,2,0",
      "Duas,a.example,,,",
      "Duas,b.example,,,",
      "Sol,sol.example,awin,3,0",
      "Sol,sol.example,lomadee,3,0",
      "Mar,mar.example,awin,4,0",
      "Mar,mar.example,awin,4,1",
      "Rio,rio.example,ebay,4,1",
    ].join("\n");
    const errors = [
      [3, "domain: casa.example stands under two names"],
      [5, "name: the domains of Duas belong to the stores 1 and 2"],
      [7, "priority: Sol gives two networks the priority 0"],
      [9, "priority: Mar gives a network two priorities"],
      [10, "network: must be one of afilio, awin, direto, lomadee, magazinevoce, rakuten"],
    ] as const;
    const dry = await bring(wrong, "?dryRun=1");
    expect([dry.status, dry.json.errors]).toEqual([200, errors.map(([line, message]) => ({ line, message }))]);
    const answer = await bring(wrong);
    expect(answer).toMatchObject({ status: 400, json: { code: "invalid_request" } });
    expect(answer.json.errors).toEqual(errors.map(([line, message]) => ({ path: `line ${line}`, message })));
    expect(await stores()).toHaveLength(2);
    expect(await leftovers()).toEqual([]);
  });

  test("of a thousand stores takes a few calls of D1, also in production, and each has a rule version of its own", async () => {
    const lines = Array.from({ length: 1_000 }, (_, n) => [
      `Loja ${n},loja${n}.example,awin,${n},0`,
      `Loja ${n},loja${n}.example,lomadee,${n},1`,
    ]).flat();
    const bindings = production(env, { clock: () => 0 });
    let calls = 0;
    const DB = { withSession: (start?: string) => counted(bindings.DB.withSession(start), () => void (calls += 1)) };
    const by = operator(undefined, { ...bindings, DB: DB as unknown as D1Database, KV: env.KV });
    const answer = await bring([HEADING, ...lines].join("\n"), "", by);
    expect(answer.json).toEqual({ stores: 1_000, relations: 2_000, rules: 1_000, errors: [] });
    expect(calls).toBeLessThan(15);
    const db = database(env);
    const versions = await db.selectDistinct({ version: rule.version, storeId: rule.storeId }).from(rule);
    expect(new Set(versions.map(({ version }) => version)).size).toBe(1_000);
    expect(versions).toHaveLength(1_000);
    const guards = await db.select({ id: store.id, guard: store.ruleVersion }).from(store);
    expect(guards.every(({ guard }) => guard > 0)).toBe(true);
  });

  test("that meets another change is planned anew; one that dies leaves nothing and may be sent again", async () => {
    const first = operator();
    const meanwhile = async () => void (await makeStore(first, "Meanwhile", "casa.example"));
    const met = operator(undefined, interrupted("store_url", 1, meanwhile)(env));
    expect((await bring(FILE, "", met)).json).toEqual({ stores: 2, relations: 1, rules: 0, errors: [] });
    const before = await stores();
    const away = async () => {
      throw new Error("D1 is away");
    };
    const more = `${FILE}\nNova,nova.example,awin,9,0`;
    expect((await bring(more, "", operator(undefined, interrupted("store_url", 1, away)(env)))).status).toBe(500);
    expect(await stores()).toEqual(before);
    expect((await bring(more)).json).toMatchObject({ stores: 1, relations: 1, rules: 1 });
    takeLog();
  });

  test.for([
    ["", "there are no rows"],
    [HEADING, "there are no rows"],
    ["store,url\na,b", 'the column "store" is not known'],
  ])("without rows or heading is refused: %j", async ([text, why]) => {
    const answer = await bring(text!);
    expect([answer.status, answer.json.errors[0].message]).toEqual([400, expect.stringContaining(why!)]);
  });

  test("over 32 MiB is 413, and only a key that writes may send one", async () => {
    const large = await operator().call("PUT", PATH, "x", { ...CSV, "Content-Length": String(32 * 1024 * 1024 + 1) });
    expect(large).toMatchObject({ status: 413, json: { code: "body_too_large" } });
    const reader = operator(`Bearer ${await keyWith("clickouts:read")}`);
    expect((await bring(FILE, "", reader)).status).toBe(403);
    expect((await operator(null).call("PUT", PATH, FILE, CSV)).status).toBe(401);
  });
});

/** A session that says when it is called. */
function counted(inner: D1DatabaseSession, called: () => void): D1DatabaseSession {
  return {
    prepare: (sql: string) => inner.prepare(sql),
    batch: async (statements: D1PreparedStatement[]) => {
      called();
      return await inner.batch(statements);
    },
    getBookmark: () => inner.getBookmark(),
  } as unknown as D1DatabaseSession;
}
