// A company's past: as many sales as asked for over as many days, the same for the same seed.
// What the shops had not decided by `endAt` stands in the future of the histories, and appears when the clock gets there.
import { demoPartners } from "../partners.ts";
import type { Partner } from "../partners.ts";
import { between, pick, seeded } from "../seeded.ts";
import type { Ledger } from "./ledger.ts";
import { orderOf, WEEKS } from "./order.ts";
import { LEDGER_NETWORKS } from "./sale.ts";
import type { LedgerClick, LedgerNetwork } from "./sale.ts";

/** What past to invent. */
export interface Past {
  seed: number;
  sales: number;
  days?: number;
  /** The present; no click lies after it. Default: the ledger's. */
  endAt?: number;
  /** Clicks that led to the sales, taken in turn; without any, clicks are invented too. */
  clicks?: readonly LedgerClick[];
  networks?: readonly LedgerNetwork[];
  partners?: (network: LedgerNetwork) => readonly Partner[];
}

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 90;
/** Links that somebody copied, without a click id or with one of another house. */
const NO_CLICK_ID_SHARE = 0.03;
const FOREIGN_CLICK_ID_SHARE = 0.02;

/** Writes the past into the ledger; the number of sales is exact. */
export function writePast(ledger: Ledger, past: Past): void {
  const random = seeded(past.seed);
  const endAt = past.endAt ?? ledger.now();
  for (let index = 0; index < past.sales; index += 1) {
    const click = past.clicks?.[index % past.clicks.length] ?? inventedClick(past, endAt, random);
    // The seed stands in the number, so that two pasts in one ledger do not share an order.
    ledger.place(orderOf(click, `${past.seed}${String(index + 1).padStart(7, "0")}`, WEEKS, random));
  }
}

function inventedClick(past: Past, endAt: number, random: () => number): LedgerClick {
  const network = pick(past.networks ?? LEDGER_NETWORKS, random);
  const partner = pick((past.partners ?? demoPartners)(network), random);
  const at = endAt - Math.floor(random() * (past.days ?? DEFAULT_DAYS) * DAY_MS);
  const url = `https://www.${pick(partner.domains, random)}/produto/${between(1, 500, random)}`;
  return { network, clickId: clickIdAt(at, random), advertiserId: partner.id, url, at };
}

/** Of the form that the house's own ids have (time first), with no store in it. */
function clickIdAt(at: number, random: () => number): string | null {
  const draw = random();
  if (draw < NO_CLICK_ID_SHARE) return null;
  if (draw < NO_CLICK_ID_SHARE + FOREIGN_CLICK_ID_SHARE) return `newsletter-${between(1, 40, random)}`;
  const text = Array.from({ length: 13 }, () => between(0, 35, random).toString(36)).join("");
  return `${at.toString(36).padStart(10, "0")}000${text}`;
}
