// A company's quarter: 5,000 sales of four networks, read while they happen. What is stored must be what the networks hold
// true, at every look and to the cent; reading again must change nothing.
import { expect, test } from "vitest";
import { createLedger } from "../../../sandbox/ledger/ledger.ts";
import { writePast } from "../../../sandbox/ledger/past.ts";
import { LEDGER_NETWORKS } from "../../../sandbox/ledger/sale.ts";
import { seeded, shuffled } from "../../../sandbox/seeded.ts";
import { trueTotals, trueTransactions } from "../../../sandbox/ledger/truth.ts";
import { sandbox } from "../../../test/support/outgoing.ts";
import { bookTotals, books, logClicks, pollingHouse } from "../../../test/support/polling.ts";
import type { ReportClient } from "../networks/report-client.ts";
import { reportClients } from "../networks/reports.client.ts";

const DAY_MS = 86_400_000;
const END_MS = Date.UTC(2026, 10, 21, 12, 7);
const BEGIN_MS = END_MS - 90 * DAY_MS;
const SALES = 5_000;
const NETWORK_OF = { afilio: "2044", awin: "17648", lomadee: "5632", rakuten: "43984" } as const;

/** Clicks of 90 days on our own logs, as the networks saw them. */
async function ourClicks(count: number) {
  const random = seeded(11);
  const wanted = Array.from({ length: count }, (_, n) => ({
    atMs: BEGIN_MS + Math.floor(random() * 90 * DAY_MS),
    storeId: 1 + (n % 9),
    ref: n % 3 === 0 ? "" : `deal_${n}`,
  }));
  const logged = await logClicks(wanted);
  const seen = logged.map(({ id }, n) => {
    const network = LEDGER_NETWORKS[n % LEDGER_NETWORKS.length]!;
    return {
      network,
      clickId: id,
      advertiserId: NETWORK_OF[network],
      url: "https://loja.example/p",
      at: wanted[n]!.atMs,
    };
  });
  return { logged: new Map(logged.map((click) => [click.id, click])), seen };
}

/** The ledger's words for a status by `<network> <order> <sku or number>`, and those of the books. */
async function statuses() {
  const { ledger } = sandbox();
  const truth = LEDGER_NETWORKS.flatMap((network) =>
    trueTransactions(ledger, network).map(({ id, status }) => `${network} ${id} ${status}`),
  );
  const stored = (await books()).rows.map(({ network, externalId, status }) => {
    const [, order, sku] = externalId.split("/").map(decodeURIComponent);
    return `${network} ${network === "rakuten" ? `${order}/${sku}` : externalId.replace("lead-", "")} ${status}`;
  });
  return { truth: truth.toSorted(), stored: stored.toSorted() };
}

test("every sale of a quarter is there, in its state, with its click, to the cent", { timeout: 300_000 }, async () => {
  const { ledger, clock } = sandbox();
  const house = await pollingHouse(BEGIN_MS, { repeats: 0.1 });
  const clicks = await ourClicks(1_000);
  writePast(ledger, { seed: 5, sales: SALES, endAt: END_MS, clicks: clicks.seen });

  for (let day = 6; day <= 90; day += 6) {
    clock.set(BEGIN_MS + day * DAY_MS);
    expect((await house.run()).state).toBe("done");
    if (day % 18 === 0) {
      const { truth, stored } = await statuses();
      expect(stored).toEqual(truth);
    }
  }
  expect(await bookTotals()).toEqual(trueTotals(ledger));

  const first = await books();
  expect(first.rows.length).toBeGreaterThanOrEqual(SALES);
  for (const row of first.rows) {
    const click = clicks.logged.get(row.clickId!);
    expect([row.clickoutId, row.clickFound, row.storeId, row.ref]).toEqual([
      click!.id,
      true,
      click!.storeId,
      click!.ref,
    ]);
  }
  // A history leads, step by step, from what was first seen to what is stored.
  for (const [id, changes] of Map.groupBy(first.changes, ({ transactionId, field }) => `${transactionId} ${field}`)) {
    for (const [n, { from, to }] of changes.entries()) {
      expect([id, from === to]).toEqual([id, false]);
      if (n > 0) expect([id, from]).toEqual([id, changes[n - 1]!.to]);
    }
  }
  const last = new Map(
    first.changes.filter(({ field }) => field === "status").map((one) => [one.transactionId, one.to]),
  );
  for (const { id, status } of first.rows) expect(last.get(id) ?? status).toBe(status);
  expect(last.size).toBeGreaterThan(SALES / 2);
});

test("windows that overlap, read three times in any order, change nothing", { timeout: 120_000 }, async () => {
  const { ledger, clock } = sandbox();
  // The same past, but what was not decided by the end never is: nothing moves while it is read again.
  const moving = createLedger(() => END_MS);
  writePast(moving, { seed: 9, sales: 300, days: 55, endAt: END_MS });
  for (const sale of LEDGER_NETWORKS.flatMap((network) => moving.sales(network))) {
    const history = sale.history.filter(({ at }) => at <= END_MS);
    if (history.length > 0) ledger.place({ ...sale, history });
  }
  const random = seeded(3);
  const clients = Object.values(reportClients).map((client): ReportClient => ({
    ...client,
    slices() {
      const cut = END_MS - (20 + random() * 20) * DAY_MS;
      const windows = [
        { fromMs: END_MS - 59 * DAY_MS, toMs: cut + 5 * DAY_MS },
        { fromMs: cut, toMs: END_MS },
      ];
      const all = windows.flatMap((window) => [
        ...client.slices(window, "recent"),
        ...client.slices(window, "changes"),
      ]);
      return shuffled(all, random);
    },
  }));
  const byName = Object.fromEntries(clients.map((client) => [client.network, client]));
  const house = await pollingHouse(END_MS, { clients: byName, repeats: 0.2 });
  expect((await house.run()).state).toBe("done");
  const first = await books();
  expect(await bookTotals()).toEqual(trueTotals(ledger));
  for (let again = 0; again < 3; again++) {
    clock.advance(DAY_MS / 24);
    const run = await house.run();
    expect([run.state, ...run.steps.map(({ counts }) => [counts["created"], counts["changed"]])]).toEqual([
      "done",
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    expect(await books()).toEqual(first);
  }
});
