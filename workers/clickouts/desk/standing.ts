// How a network does at a store, out of what the report and the day's totals tell, and what follows for a rule. Pure.
import type { MoneyText } from "../../../src/shared/money.ts";
import type { Network } from "../networks.ts";

/** Reasons that say how we are set up, and nothing of the network. */
const OWN_REASONS: ReadonlySet<string> = new Set(["disabled", "no_credentials"]);
/** Fewer clicks than this say nothing of what a network earns by the click. */
const TELLING_CLICKS = 30;
/** A network that earns this much more is worth being told of. */
const TELLING_GAIN = 0.1;

/** What is known of a network at a store over some days. */
export interface Counted {
  network: Network;
  /** Clicks of people that it served, and the commission of a click. */
  served: number;
  epc: MoneyText;
  /** Sales that were not declined. */
  sales: number;
  /** Clicks of people that passed it over, by reason. */
  skipped: Readonly<Record<string, number>>;
  /** Sales that it decided upon. */
  approved: number;
  declined: number;
}

/** The same as a reader wants it; shares from 0 to 1, null where nothing is known yet. */
export interface NetworkStanding {
  network: Network;
  served: number;
  sales: number;
  epc: MoneyText | null;
  /** Of the sales that were decided upon, those that were approved. */
  approved: number | null;
  /** Of the clicks that asked it, those that it did not serve. */
  failed: number | null;
  /** Why clicks passed it over, the most frequent reason first. */
  reasons: { reason: string; clicks: number }[];
}

const share = (part: number, whole: number) => (whole === 0 ? null : part / whole);

/** One network's figures out of its counts. */
export function figuresOf({ network, served, sales, epc, skipped, approved, declined }: Counted): NetworkStanding {
  const reasons = Object.entries(skipped)
    .map(([reason, clicks]) => ({ reason, clicks }))
    .toSorted((a, b) => b.clicks - a.clicks);
  const failures = reasons.reduce((sum, { reason, clicks }) => (OWN_REASONS.has(reason) ? sum : sum + clicks), 0);
  return {
    network,
    served,
    sales,
    epc: served === 0 ? null : epc,
    approved: share(approved, approved + declined),
    failed: share(failures, failures + served),
    reasons,
  };
}

/** A network that earns clearly more by the click than the one which is asked first: worth putting before it. */
export interface Better {
  network: Network;
  than: Network;
  /** How much more, as a share: 0.41 is 41 %. */
  gain: number;
}

/** The best network behind the first of a rule, if enough clicks say so. */
export function betterThanFirst(
  rule: readonly Network[],
  standing: ReadonlyMap<Network, NetworkStanding>,
): Better | null {
  const [first, ...others] = rule;
  const earns = (network: Network): number | null => {
    const one = standing.get(network);
    return one === undefined || one.epc === null || one.served < TELLING_CLICKS ? null : Number(one.epc.value);
  };
  const now = first === undefined ? null : earns(first);
  if (first === undefined || now === null || now <= 0) return null;
  let best: Better | null = null;
  for (const network of others) {
    const gain = (earns(network) ?? 0) / now - 1;
    if (gain >= TELLING_GAIN && gain > (best?.gain ?? 0)) best = { network, than: first, gain };
  }
  return best;
}
