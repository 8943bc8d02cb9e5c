// The control doors of sales and time: what the networks hold true, making sales of clicks, changing them, moving the clock.
// For tests and demonstrations on loopback only; it must never be reachable from outside.
import { Hono } from "hono";
import { fieldsOf, jsonFields } from "./json-fields.ts";
import { seeded } from "./seeded.ts";
import type { VirtualClock } from "./ledger/clock.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { MINUTES, orderOf } from "./ledger/order.ts";
import { writePast } from "./ledger/past.ts";
import { LEDGER_NETWORKS } from "./ledger/sale.ts";
import type { LedgerClick, LedgerNetwork, SaleChange } from "./ledger/sale.ts";
import { trueTotals, trueTransactions } from "./ledger/truth.ts";

const MAX_SALES = 100_000;
const RECENT = 100;

/**
 * `GET /control/ledger` (clock, totals, newest clicks), `GET /control/ledger/{network}` (true transactions),
 * `POST /control/ledger/past {seed, sales, days?, clicks?}`, `POST /control/ledger/sales {clickId}` (a click becomes a sale),
 * `POST /control/ledger/{network}/{id} {kind, …}` (a change, now), `PUT /control/clock {now | advanceMs}`.
 */
export function ledgerDoors(ledger: Ledger, clock: VirtualClock): Hono {
  const app = new Hono();

  app.get("/control/ledger", (c) =>
    c.json({ now: clock.now(), totals: trueTotals(ledger), clicks: ledger.clicks.slice(-RECENT) }),
  );

  app.get("/control/ledger/:network", (c) => {
    const network = c.req.param("network");
    if (!isNetwork(network)) return c.json({ error: "unknown network" }, 404);
    return c.json({ transactions: trueTransactions(ledger, network) });
  });

  app.post("/control/ledger/past", async (c) => {
    const fields = await jsonFields(c.req.raw);
    const [seed, sales, days] = [fields.get("seed"), fields.get("sales"), fields.get("days") ?? 90];
    if (!isCount(seed) || !isCount(sales) || !isCount(days) || sales > MAX_SALES) {
      return c.json({ error: `seed, sales (at most ${MAX_SALES}) and days are whole numbers` }, 400);
    }
    const clicks = fields.get("clicks");
    if (clicks !== undefined && !isClicks(clicks)) return c.json({ error: "clicks are not clicks of networks" }, 400);
    writePast(ledger, { seed, sales, days, ...(clicks === undefined ? {} : { clicks }) });
    return c.json({ totals: trueTotals(ledger) });
  });

  app.post("/control/ledger/sales", async (c) => {
    const clickId = (await jsonFields(c.req.raw)).get("clickId");
    const click = ledger.clicks.findLast((one) => one.clickId === clickId);
    if (click === undefined) return c.json({ error: "no network saw this click" }, 404);
    const sale = orderOf(click, `D${click.at}-${ledger.sales(click.network).length}`, MINUTES, seeded(click.at));
    return c.json(ledger.place(sale), 201);
  });

  app.post("/control/ledger/:network/:id{[0-9]+}", async (c) => {
    const [network, id] = [c.req.param("network"), Number(c.req.param("id"))];
    if (!isNetwork(network)) return c.json({ error: "unknown network" }, 404);
    const change = changeOf(fieldsOf(await c.req.json().catch(() => null)), clock.now());
    if (change === undefined) {
      return c.json({ error: "kind must be approved, declined (with reason), paid or deleted" }, 400);
    }
    try {
      return c.json(ledger.change(network, id, change));
    } catch (error) {
      return c.json({ error: error instanceof Error ? error.message : "impossible" }, 409);
    }
  });

  app.put("/control/clock", async (c) => {
    const fields = await jsonFields(c.req.raw);
    const [now, advanceMs] = [fields.get("now"), fields.get("advanceMs")];
    if (isCount(now)) clock.set(now);
    else if (isCount(advanceMs)) clock.advance(advanceMs);
    else return c.json({ error: "now or advanceMs, in whole milliseconds" }, 400);
    return c.json({ now: clock.now() });
  });

  return app;
}

function changeOf(fields: Map<string, unknown>, at: number): SaleChange | undefined {
  const [kind, reason] = [fields.get("kind"), fields.get("reason")];
  if (kind === "approved" || kind === "deleted") return { at, kind };
  if (kind === "paid") return { at, kind, paymentId: Math.floor(at / 1000) % 100_000 };
  return kind === "declined" && typeof reason === "string" ? { at, kind, reason } : undefined;
}

function isClicks(value: unknown): value is LedgerClick[] {
  return Array.isArray(value) && value.length > 0 && value.every(isClick);
}

function isClick(value: unknown): boolean {
  const click = fieldsOf(value);
  const [network, id] = [click.get("network"), click.get("clickId")];
  const texts = ["advertiserId", "url"].every((name) => typeof click.get(name) === "string");
  const named = typeof network === "string" && isNetwork(network);
  return texts && named && (id === null || typeof id === "string") && isCount(click.get("at"));
}

function isNetwork(name: string): name is LedgerNetwork {
  return LEDGER_NETWORKS.some((network) => network === name);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
