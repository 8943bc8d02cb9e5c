// The operator's doors of stores, relations and networks.
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { database } from "../../../src/shared/db/client.ts";
import { audit } from "../../../src/shared/audit/tables.ts";
import { keyWith, makeStore, operator, START_MS } from "../../../test/support/operator.ts";
import { MAX_STORE_ID } from "../clicks/click-id.ts";

const STORES = "/api/clickouts/stores";
const audits = () => database(env).select().from(audit).orderBy(audit.id);

describe("creating a store", () => {
  it("answers it with its relations and a first rule in their order", async () => {
    const answer = await operator().call("POST", STORES, {
      name: " Casa Aroeira ",
      domains: ["www.CasaAroeira.example", "casaaroeira.example", "aroeira.com.br"],
      networks: [
        { network: "lomadee", externalId: 5632 },
        { network: "direto", settings: { parameters: { sub: "{click}" } } },
        { network: "lomadee", externalId: "5633" },
      ],
    });
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({
      storeId: 1,
      name: "Casa Aroeira",
      domains: ["aroeira.com.br", "casaaroeira.example"],
      networks: [
        {
          relationId: 1,
          network: "lomadee",
          externalId: "5632",
          state: "joined",
          since: "2026-11-21T12:00:00Z",
          settings: {},
        },
        expect.objectContaining({ network: "direto", externalId: "", settings: { parameters: { sub: "{click}" } } }),
        expect.objectContaining({ network: "lomadee", externalId: "5633" }),
      ],
      rule: {
        version: 1,
        networks: ["lomadee", "direto"],
        startedAt: "2026-11-21T12:00:00Z",
        endedAt: "9999-12-31T23:59:59Z",
      },
    });
    expect((await operator().call("GET", `${STORES}/1`)).json).toEqual(answer.json);
  });

  it("without networks makes no rule", async () => {
    const answer = await operator().call("POST", STORES, { name: "Só loja", domains: ["loja.com.br"] });
    expect(answer.json).toMatchObject({ networks: [], rule: null });
  });

  it("is audited with who did it", async () => {
    const key = await keyWith("clickouts:write");
    await makeStore(operator(`Bearer ${key}`));
    expect(await audits()).toMatchObject([
      { action: "store.create", subject: "store:1", actor: expect.stringMatching(/^key:/), at: START_MS, before: null },
    ]);
  });

  it("with a domain of another store is 409 and changes nothing", async () => {
    const by = operator();
    const { storeId } = await makeStore(by);
    const answer = await by.call("POST", STORES, { name: "B", domains: ["b.example", "www.casaaroeira.example"] });
    expect(answer).toMatchObject({ status: 409, json: { code: "domain_taken", storeId } });
    expect((await by.call("GET", STORES)).json.items).toHaveLength(1);
    expect(await audits()).toHaveLength(1);
  });

  it("of the same domain by two at once gives it to one", async () => {
    const by = operator();
    const answers = await Promise.all(
      ["A", "B", "C"].map((name) => by.call("POST", STORES, { name, domains: ["loja.example", `${name}.example`] })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 409, 409]);
    const storeId = answers.find(({ status }) => status === 201)!.json.storeId;
    expect(answers.filter(({ status }) => status === 409).map(({ json }) => json)).toEqual([
      expect.objectContaining({ code: "domain_taken", storeId }),
      expect.objectContaining({ code: "domain_taken", storeId }),
    ]);
  });

  it("of different domains by many at once gives each an id of its own", async () => {
    const by = operator();
    const stores = await Promise.all([1, 2, 3, 4, 5].map((n) => makeStore(by, `Loja ${n}`, `loja${n}.example`)));
    expect(stores.map(({ storeId }) => storeId).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5]);
  });

  it("beyond what a click id can hold is 409", async () => {
    const by = operator();
    await env.DB.prepare("INSERT INTO store (id, name, created_at) VALUES (?, 'last', 0)").bind(MAX_STORE_ID).run();
    const answer = await by.call("POST", STORES, { name: "B", domains: ["b.example"] });
    expect(answer).toMatchObject({ status: 409, json: { code: "store_limit" } });
  });

  it("never gives the id of a deleted store again", async () => {
    const by = operator();
    const { storeId } = await makeStore(by);
    expect((await by.call("DELETE", `${STORES}/${storeId}`)).status).toBe(204);
    expect((await makeStore(by)).storeId).toBe(storeId + 1);
  });

  it.each([
    ["an unknown field", { extra: 1 }, "extra"],
    ["no domain", { domains: [] }, "domains"],
    ["a public suffix", { domains: ["ok.example", "com.br"] }, "domains.1"],
    ["an empty name", { name: "  " }, "name"],
    ["an unknown network", { networks: [{ network: "zanox", externalId: "1" }] }, "networks.0.network"],
    ["no external id for awin", { networks: [{ network: "awin" }] }, "networks.0.externalId"],
    [
      "an external id that would break a URL",
      { networks: [{ network: "awin", externalId: "1&x=2" }] },
      "networks.0.externalId",
    ],
    ["direto without parameters", { networks: [{ network: "direto" }] }, "networks.0.settings.parameters"],
    [
      "no parameters at all",
      { networks: [{ network: "direto", settings: { parameters: {} } }] },
      "networks.0.settings.parameters",
    ],
    [
      "parameters for awin",
      { networks: [{ network: "awin", externalId: "1", settings: { parameters: { a: "b" } } }] },
      "networks.0.settings.parameters",
    ],
    [
      "a relation twice",
      {
        networks: [
          { network: "awin", externalId: "1" },
          { network: "awin", externalId: "1" },
        ],
      },
      "networks.1",
    ],
  ])("with %s is 400", async (_, wrong, path) => {
    const answer = await operator().call("POST", STORES, { name: "A", domains: ["a.example"], ...wrong });
    expect(answer).toMatchObject({ status: 400, json: { code: "invalid_request" } });
    expect(answer.json.errors[0].path).toBe(path);
  });
});

describe("the list of stores", () => {
  it("is narrowed by text, host and network, and paged", async () => {
    const by = operator();
    await makeStore(by, "Casa Aroeira", "casaaroeira.example");
    await makeStore(by, "Tênis da Vila", "tenis.example");
    await by.call("POST", STORES, { name: "Sem rede", domains: ["semrede.example"] });
    const names = async (query: string) =>
      (await by.call("GET", `${STORES}?${query}`)).json.items.map((s: { name: string }) => s.name);
    expect(await names("q=VILA")).toEqual(["Tênis da Vila"]);
    expect(await names("q=semrede.ex")).toEqual(["Sem rede"]);
    expect(await names("q=%25")).toEqual([]);
    expect(await names("domain=www.m.tenis.example")).toEqual(["Tênis da Vila"]);
    expect(await names("network=lomadee")).toEqual(["Casa Aroeira", "Tênis da Vila"]);
    const first = (await by.call("GET", `${STORES}?limit=2`)).json;
    expect(first.items).toHaveLength(2);
    const second = (await by.call("GET", `${STORES}?limit=2&cursor=${first.nextCursor}`)).json;
    expect(second).toMatchObject({ items: [{ name: "Sem rede" }], nextCursor: null });
  });

  it.each(["cursor=nonsense", "limit=501", "unknown=1", "network=zanox", "domain=%2F%2F"])(
    "refuses %s",
    async (query) => {
      expect(await operator().call("GET", `${STORES}?${query}`)).toMatchObject({
        status: 400,
        json: { code: "invalid_request" },
      });
    },
  );

  it("as CSV runs no formula", async () => {
    const by = operator();
    await makeStore(by, '=HYPERLINK("https://x")', "casaaroeira.example");
    const csv = await by.call("GET", `${STORES}.csv?q=hyper`);
    expect(csv.headers.get("Content-Type")).toContain("text/csv");
    const [heading, row] = csv.text.split("\r\n");
    expect(heading).toBe("storeId,name,domains,networks,ruleVersion,ruleNetworks,ruleStartedAt,ruleEndedAt");
    expect(row).toBe(
      `1,"'=HYPERLINK(""https://x"")",casaaroeira.example,awin:17648:joined lomadee:5632:joined,1,awin lomadee,2026-11-21T12:00:00Z,9999-12-31T23:59:59Z`,
    );
  });
});

describe("changing a store", () => {
  it("renames it and moves its domains", async () => {
    const by = operator();
    const { storeId } = await makeStore(by);
    const change = { name: "Aroeira", addDomains: ["aroeira.example", "casaaroeira.example"], removeDomains: [] };
    expect((await by.call("PATCH", `${STORES}/${storeId}`, change)).json).toMatchObject({
      name: "Aroeira",
      domains: ["aroeira.example", "casaaroeira.example"],
    });
    const less = await by.call("PATCH", `${STORES}/${storeId}`, { removeDomains: ["www.aroeira.example"] });
    expect(less.json).toMatchObject({ name: "Aroeira", domains: ["casaaroeira.example"] });
  });

  it("refuses what is another's, what is not there, nothing, and an unknown store", async () => {
    const by = operator();
    const { storeId } = await makeStore(by);
    const other = await makeStore(by, "B", "b.example");
    const patch = async (id: number, body: unknown) => by.call("PATCH", `${STORES}/${id}`, body);
    expect(await patch(storeId, { addDomains: ["b.example"] })).toMatchObject({
      status: 409,
      json: { storeId: other.storeId },
    });
    expect(await patch(storeId, { removeDomains: ["b.example"] })).toMatchObject({ status: 400 });
    expect(await patch(storeId, {})).toMatchObject({ status: 400 });
    expect(await patch(99, { name: "x" })).toMatchObject({ status: 404, json: { code: "not_found" } });
    expect((await by.call("GET", `${STORES}/${storeId}`)).json.domains).toEqual(["casaaroeira.example"]);
  });
});

describe("deleting a store", () => {
  it("is refused while totals know clickouts of it", async () => {
    const by = operator();
    const { storeId } = await makeStore(by);
    await env.DB.prepare("INSERT INTO clickout_total VALUES ('2026-01-01', 0, ?, 'awin', 'tracked', 1, 3)")
      .bind(storeId)
      .run();
    expect(await by.call("DELETE", `${STORES}/${storeId}`)).toMatchObject({
      status: 409,
      json: { code: "store_in_use" },
    });
    expect((await by.call("GET", `${STORES}/${storeId}`)).status).toBe(200);
  });

  it("takes its domains, relations and rules along", async () => {
    const by = operator();
    const { storeId } = await makeStore(by);
    expect((await by.call("DELETE", `${STORES}/${storeId}`)).status).toBe(204);
    expect((await by.call("GET", `${STORES}/${storeId}`)).status).toBe(404);
    expect((await by.call("GET", `/rule?store_id=${storeId}`)).status).toBe(404);
    expect((await audits()).map(({ action }) => action).toSorted()).toEqual(["store.create", "store.delete"]);
  });
});
