// How networks do at stores over some days: what the report says that they earn, and what the days' totals say that failed.
import { DAY_MS, utcDay } from "../../../src/shared/clock.ts";
import { makeReport } from "../earnings/service-report.ts";
import type { Network } from "../networks.ts";
import type { StoreSet } from "../earnings/store-report.ts";
import type { Operation } from "../service.ts";
import { figuresOf } from "./standing.ts";
import type { Counted, NetworkStanding } from "./standing.ts";
import type { DeskData } from "./store.ts";

/** What is looked back over. */
const STANDING_DAYS = 30;

/** Figures by store and network. */
export type Standings = Map<number, Map<Network, NetworkStanding>>;

/** The figures of these stores over the last `days`, today among them. */
export async function standingsOf(
  op: Operation,
  desk: DeskData,
  storeIds: StoreSet,
  days = STANDING_DAYS,
): Promise<Standings> {
  const found: Standings = new Map();
  if (Array.isArray(storeIds) && storeIds.length === 0) return found;
  const nowMs = op.deps.clock();
  const fromMs = (Math.floor(nowMs / DAY_MS) - days + 1) * DAY_MS;
  const dimensions = ["store", "network"] as const;
  const [report, troubles] = await Promise.all([
    makeReport(op, { dimensions, fromMs, toMs: nowMs + 1, storeIds, named: false }),
    desk.troubles(op.db, storeIds, utcDay(fromMs), fromMs),
  ]);
  const nothing = { ...report.total.epc, value: "0.00" };
  const counted = new Map<string, Counted & { storeId: number }>();
  const at = (storeId: number, network: Network) => {
    const key = `${storeId} ${network}`;
    const fresh = { storeId, network, served: 0, sales: 0, epc: nothing, skipped: {}, approved: 0, declined: 0 };
    const known = counted.get(key) ?? fresh;
    counted.set(key, known);
    return known;
  };
  for (const { store, network, humans, transactions, epc } of report.items) {
    if (typeof store !== "number" || typeof network !== "string") continue;
    Object.assign(at(store, network as Network), { served: humans, sales: transactions, epc });
  }
  for (const { storeId, network, ...trouble } of troubles) Object.assign(at(storeId, network), trouble);
  for (const { storeId, ...one } of counted.values()) {
    const networks = found.get(storeId) ?? new Map<Network, NetworkStanding>();
    networks.set(one.network, figuresOf(one));
    found.set(storeId, networks);
  }
  return found;
}
