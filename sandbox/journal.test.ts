// The demo's sales over restarts, also after a kill in the middle of a line.
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { keepJournal } from "./journal.ts";
import { createLedger } from "./ledger/ledger.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { writePast } from "./ledger/past.ts";
import { LEDGER_NETWORKS } from "./ledger/sale.ts";
import { sellClicks } from "./live-sales.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-journal-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const NOW = Date.UTC(2026, 10, 21, 16);
const opened = (file: string) => {
  const ledger = createLedger(() => NOW);
  keepJournal(ledger, join(folder, file));
  return ledger;
};
const allOf = (ledger: Ledger) => LEDGER_NETWORKS.flatMap((network) => ledger.sales(network));

it("a ledger is the same after a restart", () => {
  const first = opened("a.jsonl");
  writePast(first, { seed: 1, sales: 50 });
  const pending = first.known("awin").find(({ state }) => state.status === "pending")?.sale;
  if (pending !== undefined) first.change("awin", pending.id, { at: NOW, kind: "declined", reason: "x" });
  expect(pending).toBeDefined();
  const second = opened("a.jsonl");
  expect(allOf(second)).toEqual(allOf(first));
});

it("a cut line costs only itself", () => {
  const first = opened("b.jsonl");
  writePast(first, { seed: 1, sales: 3 });
  appendFileSync(join(folder, "b.jsonl"), '{"sale":{"id":');
  writePast(opened("b.jsonl"), { seed: 2, sales: 4 });
  expect(allOf(opened("b.jsonl"))).toHaveLength(7);
});

it("some clicks of the demo become sales of the shop that was clicked, decided within half an hour", () => {
  let now = NOW;
  const ledger = createLedger(() => now);
  let draw = 0;
  sellClicks(ledger, () => (draw = (draw + 0.618_034) % 1));
  for (let n = 0; n < 200; n += 1) {
    const url = "https://www.emporiojatoba.example/p";
    ledger.noteClick({ network: "afilio", clickId: `k${n}`, advertiserId: "2044", url, at: NOW });
  }
  const sold = ledger.sales("afilio");
  expect(sold.length).toBeGreaterThan(3);
  expect(sold.length).toBeLessThan(60);
  expect(new Set(sold.map(({ orderRef }) => orderRef)).size).toBe(sold.length);
  expect(ledger.known("afilio")).toEqual([]);
  now = NOW + 60_000;
  expect(ledger.known("afilio").map(({ state }) => state.status)).toEqual(sold.map(() => "pending"));
  now = NOW + 1_800_000;
  const statuses = ledger.known("afilio").map(({ state }) => state.status);
  expect(statuses.filter((status) => status !== "pending").length).toBeGreaterThan(sold.length / 2);
});
