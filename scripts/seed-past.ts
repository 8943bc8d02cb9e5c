// The demo company's last 90 days: clicks in the Worker's log, and the sales that came of some of them at the networks.
// Repeating it is harmless: once the networks have sales nothing is added.
import { demoStores } from "../sandbox/demo.ts";
import { pick, seeded } from "../sandbox/seeded.ts";
import { LEDGER_NETWORKS } from "../sandbox/ledger/sale.ts";
import type { LedgerClick } from "../sandbox/ledger/sale.ts";
import { productOf } from "../sandbox/visits.ts";
import { newClickId, storeCode } from "../workers/clickouts/clicks/click-id.ts";
import type { ClickTuple } from "../workers/clickouts/clicks/click.ts";
import { handovers } from "../workers/clickouts/clicks/handover.ts";
import type { Network } from "../workers/clickouts/networks.ts";

const SEED = 20_261;
const DAYS = 90;
const DAY_MS = 86_400_000;
/** One click in twenty led to a sale. */
const CLICKS = 12_000;
const CLICKS_PER_SALE = 20;
/** Sales whose click id is missing, foreign, or of a click that is not in the log. */
const STRAY_SALES = 30;
/** About 600 KB, below what a door of ours takes. */
const CLICKS_PER_CALL = 2_000;
const SHARDS = 1;

interface SeededStore {
  storeId: number;
  domains: string[];
  networks: { network: Network; externalId: string }[];
  rule: { version: number; networks: Network[] } | null;
}

type Call = (url: string, body?: unknown) => Promise<unknown>;

/** Brings the past into the Worker at `origin` and the networks at `sandboxOrigin`; throws if a door refuses. */
export async function seedPast(origin: string, adminToken: string, sandboxOrigin: string): Promise<void> {
  const call: Call = async (url, body) => {
    const response = await fetch(url, {
      method: body === undefined ? "GET" : "POST",
      headers: { Authorization: `Bearer ${adminToken}`, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
    return JSON.parse(text) as unknown;
  };
  const held = (await call(`${sandboxOrigin}/control/ledger`)) as { totals: unknown[] };
  if (held.totals.length > 0) return;
  const listed = (await call(`${origin}/api/clickouts/stores?limit=100`)) as { items: SeededStore[] };
  const { clicks, sold } = pastClicks(listed.items, Date.now());
  for (let from = 0; from < clicks.length; from += CLICKS_PER_CALL) {
    const batch = { clicks: clicks.slice(from, from + CLICKS_PER_CALL), rejected: {}, waitedMs: [] };
    await call(`${origin}/api/clickouts/visits/replay`, { handovers: handovers(batch, SHARDS, Date.now()) });
  }
  const past = `${sandboxOrigin}/control/ledger/past`;
  await call(past, { seed: SEED, sales: sold.length, clicks: sold });
  await call(past, { seed: SEED + 1, sales: STRAY_SALES, days: DAYS });
}

/** Clicks of the days before `nowMs` in order of time, and those that led to a sale as their networks saw them. */
function pastClicks(stores: readonly SeededStore[], nowMs: number): { clicks: ClickTuple[]; sold: LedgerClick[] } {
  const random = seeded(SEED);
  const demoDomains = new Set(demoStores.flatMap(({ domains }) => domains));
  const known = stores.filter(
    ({ domains, rule }) => rule !== null && domains.some((domain) => demoDomains.has(domain)),
  );
  const clicks: ClickTuple[] = [];
  const sold: LedgerClick[] = [];
  for (let n = 0; n < CLICKS; n += 1) {
    const at = Math.floor(nowMs - DAYS * DAY_MS + ((n + random()) * DAYS * DAY_MS) / CLICKS);
    const store = pick(known, random);
    const network = store.rule?.networks[0] ?? "";
    const id = newClickId(at, storeCode(store.storeId));
    const url = productOf(store, random);
    const ref = random() < 0.35 ? `oferta-${1 + Math.floor(random() * 40)}` : "";
    const version = store.rule?.version ?? 0;
    clicks.push([id, url, store.storeId, network, version, "tracked", "", [], "memory", 0, "BR", "", ref, 0, "", ""]);
    const seen = LEDGER_NETWORKS.find((one) => one === network);
    const advertiserId = store.networks.find((one) => one.network === network)?.externalId;
    if (seen !== undefined && advertiserId !== undefined && random() * CLICKS_PER_SALE < 1) {
      sold.push({ network: seen, clickId: id, advertiserId, url, at });
    }
  }
  return { clicks, sold };
}
