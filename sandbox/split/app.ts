// A stand-in for Split's Admin API (v2, segments), as far as an audience sync needs it.
// Members are plain sets that tests may read; an answered call has taken effect, a refused one has not.
import { HTTPException } from "hono/http-exception";
import { openSimulator } from "../simulator.ts";
import type { Simulator, SimulatorOptions } from "../simulator.ts";
import { splitSwitches } from "./controls.ts";
import { callWindows } from "./limits.ts";
import type { CallWindow } from "./limits.ts";
import { memberDoors } from "./members.ts";
import type { MemberCall } from "./members.ts";
import { demoOrganisation, splitState } from "./organisations.ts";
import type { OrganisationSetup, SplitState } from "./organisations.ts";
import { reachOver } from "./reach.ts";
import { envelope, refuse } from "./refusals.ts";
import { membersOf, segmentDoors } from "./segments.ts";

const BASE = "/internal/api/v2";
const MAX_RECORDED = 10_000;

/** The organisations to begin with (default: the demo company), and the limits of each and of an address. */
export interface SplitOptions extends SimulatorOptions {
  organisations?: OrganisationSetup[];
  limits?: { organisation: CallWindow; address: CallWindow };
}

/** Split. `state` and `limits` are live: keys are revoked, organisations added and limits changed there. */
export interface SplitSimulator extends Simulator {
  state: SplitState;
  limits: { organisation: CallWindow; address: CallWindow };
  /** The newest 10,000 calls that changed members or tried to, oldest first. */
  memberCalls: readonly MemberCall[];
  /** Who is in the segment now; undefined while it is not active there. */
  members(environmentId: string, segment: string): ReadonlySet<string> | undefined;
}

/**
 * Simulates Split. Quotas are not published: 80 calls a minute and organisation is the one figure that a third
 * party names; that of an address is a guess above it.
 */
export function createSplit(options: SplitOptions = {}): SplitSimulator {
  const now = options.now ?? Date.now;
  const simulator = openSimulator("split", options);
  const { app } = simulator;
  const state = splitState(options.organisations ?? [demoOrganisation]);
  const limits = {
    organisation: options.limits?.organisation ?? { calls: 80, seconds: 60 },
    address: options.limits?.address ?? { calls: 600, seconds: 60 },
  };
  const count = callWindows(now);
  const reach = reachOver(state);
  const memberCalls: MemberCall[] = [];
  let transactions = 0;

  app.onError((error, c) => {
    if (!(error instanceof HTTPException)) throw error;
    transactions += 1;
    return c.json(envelope(error.status, error.message, `sandbox-${transactions}`), error.status);
  });
  app.notFound(() => refuse(404, "Not found"));

  app.use(`${BASE}/*`, async (c, next) => {
    const address = count(`address ${c.req.header("X-Forwarded-For") ?? ""}`, limits.address);
    c.header("X-RateLimit-Remaining-IP", `${address.remaining}`);
    c.header("X-RateLimit-Reset-Seconds-IP", `${address.resetSeconds}`);
    const organisation = count(`organisation ${reach.organisation(c)}`, limits.organisation);
    c.header("X-RateLimit-Remaining-Org", `${organisation.remaining}`);
    c.header("X-RateLimit-Reset-Seconds-Org", `${organisation.resetSeconds}`);
    if (!address.fits || !organisation.fits) refuse(429, "Too many requests");
    await next();
  });

  segmentDoors(app, BASE, state, reach, now);
  memberDoors(app, BASE, state, reach, (call) => {
    if (memberCalls.length >= MAX_RECORDED) memberCalls.shift();
    memberCalls.push({ at: now(), ...call });
  });

  return {
    ...simulator,
    state,
    limits,
    memberCalls,
    members: (environmentId, segment) => membersOf(state, environmentId, segment),
    switches: splitSwitches(state),
  };
}
