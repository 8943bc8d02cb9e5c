// What `explain` says of a link: the same walk as `/visit`, told step by step, without a call and without a click.
import { env } from "cloudflare:workers";
import { beforeEach, expect, it } from "vitest";
import { companyTable, openCompany } from "../../../test/support/company.ts";
import { sandbox } from "../../../test/support/outgoing.ts";
import { compile } from "./compiled.ts";
import { explain } from "./explain.ts";
import { basesOf } from "./published.ts";
import type { RoutingTable } from "./table.ts";

const NOW_MS = Date.UTC(2026, 10, 21, 12);
const deps = { clock: () => NOW_MS, fetch: globalThis.fetch };

const asked = (url: string, change?: (table: RoutingTable) => void) =>
  explain(env, deps, compile(companyTable(1, change), basesOf(env)), { url });

beforeEach(async () => openCompany());

it("shows the link that a visit would get, with a stand-in for its click id", async () => {
  const told = await asked("https://www.casaaroeira.example/p/1");
  expect(told).toMatchObject({
    outcome: "tracked",
    store: { name: "Casa Aroeira", matchedDomain: "casaaroeira.example" },
    steps: [
      { step: "parse", result: "ok" },
      { step: "store", result: "ok" },
      { step: "rule", result: "ok" },
      { step: "network", network: "awin", orderPriority: 0, result: "link" },
    ],
  });
  expect(told.location).toContain("clickref={click}&ued=https%3A%2F%2Fwww.casaaroeira.example%2Fp%2F1");
});

it("gives each network the number that the operator wrote, and says why one is passed over", async () => {
  const told = await asked("https://eletromare.example/p/1", (table) => {
    table.networks.awin.enabled = false;
    for (const store of table.stores) for (const rule of store.rules) rule.priorities = [10, 25, 70];
  });
  expect(told.steps.slice(3)).toEqual([
    { step: "network", network: "awin", orderPriority: 10, result: "skipped", reason: "disabled" },
    {
      step: "network",
      network: "lomadee",
      orderPriority: 25,
      result: "would_call",
      cache: "none",
      ms: 0,
    },
  ]);
});

it("never calls a network: an uncached link of an API is `would_call` without a location", async () => {
  const told = await asked("https://livrariasabia.example/livro/3");
  expect(told).toMatchObject({ outcome: "tracked", location: null });
  expect(told.steps.at(-1)).toMatchObject({ network: "lomadee", result: "would_call" });
  expect(sandbox().simulators.lomadee.requests).toEqual([]);
});

it("says where the fallback takes over", async () => {
  const noRule = await asked("https://casaaroeira.example/p/1", (table) => {
    for (const store of table.stores) store.rules = [];
  });
  expect(noRule.steps.slice(2)).toEqual([
    { step: "rule", result: "failed", reason: "no_rule" },
    { step: "fallback", result: "link", reason: "digidip" },
  ]);
  expect(noRule.rule).toBeNull();
  const nobody = await asked("https://unknown.example/p/1", (table) => {
    table.digidipAccount = null;
  });
  expect(nobody).toMatchObject({ outcome: "unknown_store", location: null, store: null });
  expect(nobody.steps.at(-1)).toEqual({ step: "fallback", result: "failed", reason: "unknown_store" });
});

it("refuses what `/visit` refuses", async () => {
  await expect(asked("javascript:alert(1)")).rejects.toMatchObject({ code: "invalid_url" });
});
