// Invents what a click led to: an order with its lines, and what becomes of it. Pure: chance and pace are passed in.
// It must invent only histories that the network could have, and amounts in whole minor units.
import { between, pick } from "../seeded.ts";
import type { LedgerClick, LedgerNetwork, Sale, SaleChange, SaleLine } from "./sale.ts";

/** How long things take, in ms, each drawn between two bounds. */
export interface Pace {
  /** From the click to the order. */
  toOrder: readonly [number, number];
  /** From the order to the network's report. */
  toReport: readonly [number, number];
  /** From the report to the shop's decision, from there to a correction or a return, and to the payment. */
  toDecision: readonly [number, number];
  toCorrection: readonly [number, number];
  toPayment: readonly [number, number];
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Weeks, as shops take in earnest. Reports may be two days late. */
export const WEEKS: Pace = {
  toOrder: [MINUTE_MS, 26 * HOUR_MS],
  toReport: [0, 2 * DAY_MS],
  toDecision: [HOUR_MS, 40 * DAY_MS],
  toCorrection: [HOUR_MS, 10 * DAY_MS],
  toPayment: [5 * DAY_MS, 20 * DAY_MS],
};

/** Minutes, so that a demonstration can be watched. */
export const MINUTES: Pace = {
  toOrder: [5_000, 40_000],
  toReport: [0, 10_000],
  toDecision: [2 * MINUTE_MS, 8 * MINUTE_MS],
  toCorrection: [MINUTE_MS, 4 * MINUTE_MS],
  toPayment: [5 * MINUTE_MS, 15 * MINUTE_MS],
};

const PRODUCTS = [
  "Fone bluetooth",
  "Cafeteira italiana",
  "Tênis de corrida",
  "Mochila urbana",
  "Panela & tampa",
  "Ração 15 kg",
];
const DECLINE_REASONS = ["Order cancelled", "Order returned", "Payment refused", "Voucher code not permitted"];
const CURRENCIES: Readonly<Record<LedgerNetwork, readonly string[]>> = {
  afilio: ["BRL"],
  // Advertisers sell in their own currency; most here are Brazilian.
  awin: ["BRL", "BRL", "BRL", "BRL", "EUR", "USD"],
  lomadee: ["BRL"],
  rakuten: ["BRL", "BRL", "BRL", "USD", "JPY"],
};
const KINDS: Readonly<Record<LedgerNetwork, readonly Sale["kind"][]>> = {
  afilio: ["sale", "sale", "sale", "sale", "lead"],
  awin: ["sale", "sale", "sale", "sale", "sale", "sale", "bonus"],
  lomadee: ["sale", "sale", "sale", "sale", "sale", "sale", "bonus"],
  rakuten: ["sale"],
};
const UNDECIDED_SHARE = 0.08;
const DECLINED_SHARE = 0.16;
const AMENDED_SHARE = 0.06;
const RETURNED_SHARE = 0.05;
const PAID_SHARE = 0.6;
const DELETED_SHARE = 0.01;

/** A sale that the click led to, with all that will become of it. `orderRef` must be new on its network. */
export function orderOf(click: LedgerClick, orderRef: string, pace: Pace, random: () => number): Omit<Sale, "id"> {
  const wait = ([least, most]: readonly [number, number]) => between(least, most, random);
  const { network, clickId, advertiserId, url, at } = click;
  const lines = newLines(random);
  const occurredAt = at + wait(pace.toOrder);
  const history: SaleChange[] = [{ at: occurredAt + wait(pace.toReport), kind: "placed", lines }];
  const add = (delay: readonly [number, number], change: Fate) => {
    history.push({ ...change, at: (history.at(-1)?.at ?? occurredAt) + wait(delay) });
  };
  const draw = random();
  if (draw < DECLINED_SHARE) {
    add(pace.toDecision, { kind: "declined", reason: pick(DECLINE_REASONS, random) });
  } else if (draw < 1 - UNDECIDED_SHARE) {
    add(pace.toDecision, { kind: "approved" });
    const later = random();
    if (later < RETURNED_SHARE) add(pace.toCorrection, { kind: "declined", reason: "Order returned" });
    else {
      if (later < RETURNED_SHARE + AMENDED_SHARE) {
        add(pace.toCorrection, { kind: "amended", lines: partlyReturned(lines), reason: "Partial return" });
      }
      if (random() < PAID_SHARE) add(pace.toPayment, { kind: "paid", paymentId: between(70_000, 79_999, random) });
    }
  } else if (network === "awin" && random() < DELETED_SHARE / UNDECIDED_SHARE) {
    add(pace.toDecision, { kind: "deleted" });
  }
  const [kind, currency] = [pick(KINDS[network], random), pick(CURRENCIES[network], random)];
  return { network, kind, advertiserId, orderRef, clickId, clickedAt: at, occurredAt, url, currency, history };
}

type Fate = SaleChange extends infer Each ? (Each extends SaleChange ? Omit<Each, "at"> : never) : never;

/** One to three lines; now and then two of them are of the same SKU, as shops send them. */
function newLines(random: () => number): SaleLine[] {
  const rate = between(10, 120, random);
  const lines = Array.from({ length: between(1, 3, random) }, () => {
    const saleMinor = between(1_990, 90_000, random);
    return {
      sku: `SKU${between(1, 4_000, random)}`,
      product: pick(PRODUCTS, random),
      quantity: between(1, 3, random),
      saleMinor,
      commissionMinor: Math.round((saleMinor * rate) / 1000),
    };
  });
  const [first, second] = lines;
  if (first !== undefined && second !== undefined && random() < 0.05) second.sku = first.sku;
  return lines;
}

/** The first line goes back, whole if there are others, else by half. */
function partlyReturned(lines: readonly SaleLine[]): SaleLine[] {
  return lines.map((line, index) => {
    if (index > 0) return line;
    if (lines.length > 1) return { ...line, quantity: 0, saleMinor: 0, commissionMinor: 0 };
    const half = (minor: number) => Math.floor(minor / 2);
    return { ...line, saleMinor: half(line.saleMinor), commissionMinor: half(line.commissionMinor) };
  });
}
