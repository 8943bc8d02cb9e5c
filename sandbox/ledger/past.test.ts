// The invented past: repeatable, exact in number, plausible in shape, and able to ripen with the clock.
import { expect, it } from "vitest";
import { createLedger } from "./ledger.ts";
import { writePast } from "./past.ts";
import { LEDGER_NETWORKS } from "./sale.ts";
import type { LedgerClick } from "./sale.ts";
import { trueTotals, trueTransactions } from "./truth.ts";

const END = Date.UTC(2026, 10, 21, 16);
const DAY_MS = 86_400_000;

function withPast(seed: number, sales: number, clicks?: LedgerClick[]) {
  let now = END;
  const ledger = createLedger(() => now);
  writePast(ledger, { seed, sales, ...(clicks === undefined ? {} : { clicks }) });
  return { ledger, goTo: (ms: number) => (now = ms) };
}

it("holds exactly as many sales as asked for, the same for the same seed", () => {
  const [one, two, three] = [withPast(1, 5_000), withPast(1, 5_000), withPast(2, 5_000)];
  const all = LEDGER_NETWORKS.flatMap((network) => one.ledger.sales(network));
  expect(all).toHaveLength(5_000);
  expect(two.ledger.sales("awin")).toEqual(one.ledger.sales("awin"));
  expect(trueTotals(three.ledger)).not.toEqual(trueTotals(one.ledger));
  expect(new Set(all.map(({ orderRef }) => orderRef)).size).toBe(5_000);
});

it("has every status, several currencies, and clicks without an id", () => {
  const { ledger } = withPast(7, 5_000);
  const seen = new Set(trueTotals(ledger).map(({ network, status }) => `${network} ${status}`));
  for (const network of LEDGER_NETWORKS) {
    for (const status of ["pending", "approved", "declined"]) expect(seen).toContain(`${network} ${status}`);
  }
  expect(seen).toContain("awin paid");
  expect(seen).toContain("afilio paid");
  expect([...seen].filter((one) => /lomadee paid|rakuten paid/.test(one))).toEqual([]);
  const currencies = trueTotals(ledger).flatMap(({ network, currency }) => (network === "rakuten" ? [currency] : []));
  expect([...new Set(currencies)]).toEqual(["BRL", "JPY", "USD"]);
  const withoutId = ledger.sales("awin").filter(({ clickId }) => clickId === null);
  expect(withoutId.length).toBeGreaterThan(10);
});

it("ripens: months later nearly nothing is pending, and no sale has been lost", () => {
  const { ledger, goTo } = withPast(7, 2_000);
  const count = (status?: string) =>
    trueTransactions(ledger, "lomadee").filter((one) => status === undefined || one.status === status).length;
  const [pendingThen, allThen] = [count("pending"), count()];
  goTo(END + 120 * DAY_MS);
  expect(count("pending")).toBeLessThan(pendingThen / 2);
  expect(count()).toBeGreaterThanOrEqual(allThen);
  expect(count()).toBe(ledger.sales("lomadee").length);
});

it("sells by the clicks that it is given", () => {
  const click: LedgerClick = {
    network: "afilio",
    clickId: "k1",
    advertiserId: "2044",
    url: "https://www.emporiojatoba.example/produto/1",
    at: END - 30 * DAY_MS,
  };
  const { ledger } = withPast(3, 20, [click, { ...click, clickId: "k2" }]);
  const ids = ledger.sales("afilio").map(({ clickId }) => clickId);
  expect(ids.filter((id) => id === "k1")).toHaveLength(10);
  expect(ids.filter((id) => id === "k2")).toHaveLength(10);
});
