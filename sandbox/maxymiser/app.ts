// A stand-in for Oracle Maxymiser: OAuth tokens and the Customer Data API, one path prefix per region.
// Profiles are plain maps that tests may read; it must never take a token that it did not mint.
import { openSimulator } from "../simulator.ts";
import type { Simulator, SimulatorOptions } from "../simulator.ts";
import { demoLogin, maxymiserState } from "./accounts.ts";
import type { MaxymiserLogin, MaxymiserState } from "./accounts.ts";
import { maxymiserSwitches } from "./controls.ts";
import { profileDoor } from "./profiles.ts";
import type { ProfilePut } from "./profiles.ts";
import { tokenDoor } from "./tokens.ts";
import type { MaxymiserTokens } from "./tokens.ts";

const MAX_RECORDED = 10_000;

/** The logins to begin with; default: the demo company's. */
export interface MaxymiserOptions extends SimulatorOptions {
  logins?: MaxymiserLogin[];
}

/** Maxymiser. `state` and `tokens` are live. */
export interface MaxymiserSimulator extends Simulator {
  state: MaxymiserState;
  tokens: MaxymiserTokens;
  /** The newest 10,000 writes that came with a valid token, oldest first. */
  puts: readonly ProfilePut[];
  /** A customer's attributes as they stand; undefined if nothing was ever written. */
  attributes(siteId: string, customerId: string): Record<string, string> | undefined;
}

/** Simulates Maxymiser. The hosts of the real one become `/{region}`, with the paths of both hosts below. */
export function createMaxymiser(options: MaxymiserOptions = {}): MaxymiserSimulator {
  const now = options.now ?? Date.now;
  const simulator = openSimulator("maxymiser", options);
  const { app } = simulator;
  const state = maxymiserState(options.logins ?? [demoLogin]);
  const tokens = tokenDoor(app, state, now, options.random ?? Math.random);
  const puts: ProfilePut[] = [];
  profileDoor(app, state, tokens, (put) => {
    if (puts.length >= MAX_RECORDED) puts.shift();
    puts.push({ at: now(), ...put });
  });
  app.notFound((c) => c.json({ errors: [{ code: "404", message: "not found" }] }, 404));

  return {
    ...simulator,
    state,
    tokens,
    puts,
    attributes(siteId, customerId) {
      const profile = state.sites.get(siteId)?.profiles.get(customerId);
      return profile === undefined ? undefined : Object.fromEntries(profile);
    },
    switches: maxymiserSwitches(state, tokens),
  };
}
