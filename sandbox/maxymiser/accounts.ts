// What Maxymiser holds: logins of its OAuth clients, sites of a region, customers' attributes.
// Doors are elsewhere; a profile here is what a page of the customer would see next.
import { demoMaxymiser } from "../demo.ts";

/** A user behind an OAuth client, and the sites that both may write to. */
export interface MaxymiserLogin {
  region: string;
  clientId: string;
  clientSecret: string;
  username: string;
  password: string;
  siteIds: string[];
}

/** A site. Without `attributes` it takes any name; with them it refuses all others. */
export interface MaxymiserSite {
  id: string;
  region: string;
  /** Whether customer data may be written by programs: a switch in the console of Maxymiser. */
  apiAccess: boolean;
  attributes?: string[] | undefined;
  profiles: Map<string, Map<string, string>>;
}

/** Everything that one Maxymiser knows; all of it is live. */
export interface MaxymiserState {
  logins: MaxymiserLogin[];
  sites: Map<string, MaxymiserSite>;
  /** Adds a login and those of its sites that are not there yet. */
  add(login: MaxymiserLogin): void;
}

/** The account of the demo company. */
export const demoLogin: MaxymiserLogin = { ...demoMaxymiser.credentials, siteIds: [demoMaxymiser.siteId] };

/** A Maxymiser with these logins and their sites, which are open for programs. */
export function maxymiserState(logins: readonly MaxymiserLogin[]): MaxymiserState {
  const state: MaxymiserState = {
    logins: [],
    sites: new Map(),
    add(login) {
      state.logins.push({ ...login });
      for (const id of login.siteIds) {
        if (state.sites.has(id)) continue;
        state.sites.set(id, { id, region: login.region, apiAccess: true, profiles: new Map() });
      }
    },
  };
  for (const login of logins) state.add(login);
  return state;
}
