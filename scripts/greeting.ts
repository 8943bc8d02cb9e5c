// What a newcomer reads once the house runs: a way into the console, three calls that work when pasted, how to stop, how to start empty.
import { relative } from "node:path";
import { ROOT } from "./worker-process.ts";

/** A shop of the demo, known to be carried by a network. */
const PRODUCT = "https://www.casaaroeira.example/produto/cafeteira-italiana";
/** Read when the line runs, so that the key stands neither on the screen nor in the shell's history. */
const KEY = `-H "Authorization: Bearer $(sed -n 's/^ADMIN_TOKEN=//p' .dev.vars)"`;

/** The text that `npm start` ends its start with. */
export function greeting(house: {
  link: string;
  origin: string;
  sandboxOrigin: string;
  logFile: string;
  empty: boolean;
}): string {
  const { link, origin } = house;
  const visit = `${origin}/visit?url=${encodeURIComponent(PRODUCT)}`;
  const explain = `${origin}/api/clickouts/explain?url=${encodeURIComponent(PRODUCT)}`;
  return `
Open the console, signed in (once, within 15 minutes):

  ${link}

Sluice is up at ${origin}, the simulators of all third parties at ${house.sandboxOrigin}.
Try, from this folder in a second terminal${house.empty ? " (no store is known yet)" : ""}:

  # a shopper clicks a deal
  curl -si '${visit}'

  # why that link
  curl -s ${KEY} '${explain}'

  # what clicks earned, by the networks' word (the first reading takes some minutes: networks limit calls)
  curl -s ${KEY} '${origin}/api/clickouts/transactions?limit=5'

What the Worker logs: ${relative(ROOT, house.logFile)}
Stop: Ctrl-C. The data stays for the next start.
Start empty, without the demo company: npm start -- --empty
`;
}
