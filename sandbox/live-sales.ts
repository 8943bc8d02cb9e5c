// The demo's buyers: a few of the clicks that a network sees become sales that ripen over minutes.
// It must never sell what no network saw clicked.
import type { Ledger } from "./ledger/ledger.ts";
import { MINUTES, orderOf } from "./ledger/order.ts";

/** More than shops see, so that a demonstration has something to show. */
const BUYING_SHARE = 0.08;

/** Lets clicks noted from here on become sales; `random` answers 0 to 1. */
export function sellClicks(ledger: Ledger, random: () => number): void {
  let sold = 0;
  ledger.onClick((click) => {
    if (random() >= BUYING_SHARE) return;
    sold += 1;
    ledger.place(orderOf(click, `${click.at}${String(sold % 1_000).padStart(3, "0")}`, MINUTES, random));
  });
}
