// What every simulator is: a Hono app, its fault switch and the list of calls that it got.
// It knows no upstream and must never share code with the application that it stands in for.
import { Hono } from "hono";
import { createFaults, faultSwitch } from "./faults.ts";
import type { Faults } from "./faults.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Membership } from "./membership.ts";

/** One call as it arrived, before any fault; `query` holds the first value of each name. */
export interface RecordedRequest {
  method: string;
  path: string;
  query: Record<string, string>;
  /** Milliseconds since the epoch by the simulator's clock. */
  at: number;
}

/** A stand-in for one upstream. `requests` keeps the newest 10,000 calls, oldest first. */
export interface Simulator {
  name: string;
  app: Hono;
  faults: Faults;
  requests: RecordedRequest[];
  /** Doors of its own below `/control/{name}`, for what a person can switch at the real upstream. */
  switches?: Hono;
  /** Affiliate networks: which shops are joined. */
  membership?: Membership;
  /** Upstreams that mint tokens: ends every token minted so far. */
  endTokens?: () => void;
}

/** Time and chance, injected so that a test can hold them still, and the sales that reports are read from. */
export interface SimulatorOptions {
  now?: () => number;
  random?: () => number;
  ledger?: Ledger;
}

/** What a simulator that hands out links also needs: where those links must lead. */
export interface LinkOptions {
  /** Base of the links in answers, no trailing slash; default: where the request was sent. */
  linkOrigin?: string;
}

/** Carries the path under which a simulator is mounted, so that its links lead back to it. */
export const PREFIX_HEADER = "X-Forwarded-Prefix";

const MAX_RECORDED = 10_000;

/** A simulator without doors: every call is recorded, then meets the fault switch. `extras` are its own switches. */
export function openSimulator(
  name: string,
  options: SimulatorOptions,
  extras: Pick<Simulator, "membership" | "endTokens"> = {},
): Simulator {
  const now = options.now ?? Date.now;
  const app = new Hono();
  const faults = createFaults(options.random ?? Math.random);
  const requests: RecordedRequest[] = [];
  app.use(async (c, next) => {
    if (requests.length >= MAX_RECORDED) requests.shift();
    requests.push({ method: c.req.method, path: c.req.path, query: c.req.query(), at: now() });
    await next();
  });
  app.use(faultSwitch(faults, () => extras.endTokens?.()));
  return { name, app, faults, requests, ...extras };
}

/** The address under which the caller reached this simulator: origin and mount path. */
export function publicBase(request: Request): string {
  return `${new URL(request.url).origin}${request.headers.get(PREFIX_HEADER) ?? ""}`;
}
