// All simulators under one roof, each below a path prefix, and the control doors beside them.
// It must run in Node and in workerd, so nothing here may import from node.
import { Hono } from "hono";
import { createAfilio } from "./afilio/app.ts";
import { createAwin } from "./awin/app.ts";
import { controlDoors } from "./control.ts";
import { ledgerDoors } from "./control-ledger.ts";
import { programmeDoors } from "./control-programmes.ts";
import { createDigidip } from "./digidip/app.ts";
import { virtualClock } from "./ledger/clock.ts";
import type { VirtualClock } from "./ledger/clock.ts";
import { createLedger } from "./ledger/ledger.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { createLomadee } from "./lomadee/app.ts";
import { createMagazineLuiza } from "./magazineluiza/app.ts";
import { createMagazineVoce } from "./magazinevoce/app.ts";
import { createMaxymiser } from "./maxymiser/app.ts";
import { createRakuten } from "./rakuten/app.ts";
import { PREFIX_HEADER } from "./simulator.ts";
import type { Simulator, SimulatorOptions } from "./simulator.ts";
import { createSplit } from "./split/app.ts";

/** Every simulator with the demo's state, by name, the sales and the clock they share, and the app that serves them. */
export interface Sandbox {
  app: Hono;
  clock: VirtualClock;
  ledger: Ledger;
  simulators: ReturnType<typeof createSimulators>;
}

function createSimulators(options: SimulatorOptions) {
  return {
    awin: createAwin(options),
    lomadee: createLomadee(options),
    rakuten: createRakuten(options),
    afilio: createAfilio(options),
    magazineluiza: createMagazineLuiza(options),
    magazinevoce: createMagazineVoce(options),
    digidip: createDigidip(options),
    split: createSplit(options),
    maxymiser: createMaxymiser(options),
  };
}

/** Builds a sandbox of its own; nothing is shared between two of them. */
export function createSandbox(options: Omit<SimulatorOptions, "ledger"> = {}): Sandbox {
  const clock = virtualClock(options.now ?? Date.now);
  const ledger = createLedger(clock.now);
  const simulators = createSimulators({ ...options, now: clock.now, ledger });
  const app = new Hono();
  const all: Simulator[] = Object.values(simulators);
  for (const simulator of all) {
    app.all(`/${simulator.name}/*`, (c) => simulator.app.fetch(unprefixed(c.req.raw, simulator)));
  }
  app.route("/", controlDoors(all));
  app.route("/", ledgerDoors(ledger, clock));
  app.route("/", programmeDoors(all));
  app.notFound((c) => c.json({ error: "no such simulator or door" }, 404));
  return { app, clock, ledger, simulators };
}

/** A simulator sees its upstream's own paths; the prefix travels in a header for links back. */
function unprefixed(request: Request, simulator: Simulator): Request {
  const prefix = `/${simulator.name}`;
  const url = new URL(request.url);
  url.pathname = url.pathname.slice(prefix.length);
  const inner = new Request(url, request);
  inner.headers.set(PREFIX_HEADER, prefix);
  return inner;
}

/** The application's variables that make it call a sandbox at `origin` instead of the upstreams. */
export function sandboxVars(origin: string): Record<string, string> {
  return {
    AWIN_API_URL: `${origin}/awin`,
    AWIN_LINK_URL: `${origin}/awin`,
    LOMADEE_API_URL: `${origin}/lomadee`,
    LOMADEE_LINK_URL: `${origin}/lomadee`,
    RAKUTEN_API_URL: `${origin}/rakuten`,
    RAKUTEN_LINK_URL: `${origin}/rakuten`,
    AFILIO_API_URL: `${origin}/afilio`,
    AFILIO_LINK_URL: `${origin}/afilio`,
    MAGAZINE_LUIZA_URL: `${origin}/magazineluiza`,
    MAGAZINE_VOCE_URL: `${origin}/magazinevoce`,
    DIGIDIP_URL: `${origin}/digidip/{account}`,
    SPLIT_API_URL: `${origin}/split/internal/api/v2`,
    MAXYMISER_AUTH_URL: `${origin}/maxymiser/{region}`,
    MAXYMISER_DATA_URL: `${origin}/maxymiser/{region}`,
  };
}
