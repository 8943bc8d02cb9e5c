// What Split holds: organisations, their keys, workspaces, environments and segments with members.
// Doors are elsewhere; a change here is a fact at once, as after an answered call.
import { demoSplit } from "../demo.ts";

/** A kind of thing that segments hold: the path of a call takes its name or its id. */
export interface TrafficType {
  id: string;
  name: string;
}

/** Where segments are active. `approval` is the status that refuses direct changes of keys, if any does. */
export interface SplitEnvironment {
  id: string;
  name: string;
  approval?: 403 | 409 | undefined;
}

/** A workspace as it is set up; segments come by calls. */
export interface WorkspaceSetup {
  id: string;
  name: string;
  environments: SplitEnvironment[];
  trafficTypes: TrafficType[];
}

/**
 * What a key may: `admin` everything that it reaches, `viewer` only look. `sdk` is a key for SDKs and
 * `revoked` one that was taken back. It reaches its organisation, or one workspace or environment of it.
 */
export interface SplitKey {
  kind: "admin" | "viewer" | "sdk" | "revoked";
  workspaceId?: string;
  environmentId?: string;
}

/** An organisation: rate limits count by it. */
export interface OrganisationSetup {
  name: string;
  keys: Record<string, SplitKey>;
  workspaces: WorkspaceSetup[];
}

/** A segment of a workspace. `active` has the members by environment id. */
export interface SplitSegment {
  name: string;
  description: string;
  trafficType: TrafficType;
  creationTime: number;
  tags: unknown[];
  active: Map<string, Set<string>>;
  /** A feature flag targets it, so it cannot be deleted. */
  usedByFlag: boolean;
}

/** A workspace and whose it is. */
export interface Workspace extends WorkspaceSetup {
  organisation: string;
  segments: Map<string, SplitSegment>;
}

/** Everything that one Split knows; the maps are live. */
export interface SplitState {
  keys: Map<string, SplitKey & { organisation: string }>;
  workspaces: Map<string, Workspace>;
  /** The workspace of an environment. */
  homes: Map<string, Workspace>;
  /** Keys of members that are refused with 400 for reasons of Split's own. */
  refusedMembers: Set<string>;
  add(setup: OrganisationSetup): void;
}

/** The organisation of the demo company. */
export const demoOrganisation: OrganisationSetup = {
  name: "sluice",
  keys: { [demoSplit.apiKey]: { kind: "admin" } },
  workspaces: [
    {
      id: demoSplit.workspaceId,
      name: "Default",
      environments: [{ id: demoSplit.environmentId, name: "Production" }],
      trafficTypes: [{ id: demoSplit.trafficTypeId, name: "user" }],
    },
  ],
};

/** A Split with these organisations; ids of workspaces and environments are unique in all of it. */
export function splitState(setups: readonly OrganisationSetup[]): SplitState {
  const state: SplitState = {
    keys: new Map(),
    workspaces: new Map(),
    homes: new Map(),
    refusedMembers: new Set(),
    add(setup) {
      for (const [key, rights] of Object.entries(setup.keys)) {
        state.keys.set(key, { ...rights, organisation: setup.name });
      }
      for (const each of setup.workspaces) {
        const environments = each.environments.map((environment) => ({ ...environment }));
        const workspace = { ...each, environments, organisation: setup.name, segments: new Map() };
        state.workspaces.set(each.id, workspace);
        for (const { id } of environments) state.homes.set(id, workspace);
      }
    },
  };
  for (const setup of setups) state.add(setup);
  return state;
}

/** The environment of that id, if there is one. */
export function environmentOf(state: SplitState, id: string): SplitEnvironment | undefined {
  return state.homes.get(id)?.environments.find((environment) => environment.id === id);
}
