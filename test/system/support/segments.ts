// Segments of Split for a house under test: members handed in, sent, counted there; workspaces with keys of their own.
import { demoSplit } from "../../../sandbox/demo.ts";
import { until } from "./clock.ts";
import type { House } from "./house.ts";

/** A segment as the operator's door lists it. */
export interface Segment {
  id: string;
  segment: string;
  state: string;
  pendingAdds: number;
  pendingDeletes: number;
  parked: number;
}

/** What differs from members of the demo's workspace to be added. */
export interface Batch {
  verb?: "add" | "delete";
  workspaceId?: string;
  environmentId?: string;
  trafficTypeId?: string;
  apiToken?: string;
}

/** So many MPIDs. */
export const numbers = (from: number, n: number) => Array.from({ length: n }, (_, i) => `-64034789103319${from + i}`);

/** What a test does with the segments of its house. */
export function segmentsOf(house: House) {
  const segment = async (name: string): Promise<Segment> =>
    (await until(
      async () => {
        const { items } = JSON.parse((await house.call("/api/audiences/segments")).text) as { items: Segment[] };
        return items.find((one) => one.segment === name);
      },
      (one) => one !== undefined,
    ))!;
  const flush = async (name: string) =>
    house.call(`/api/audiences/segments/${(await segment(name)).id}/flush`, { method: "POST" });
  const doors = {
    segment,
    flush,
    /** Hands members in at the batch door. */
    put: async (name: string, mpids: readonly string[], batch: Batch = {}): Promise<void> => {
      const { apiKey: apiToken, ...ids } = demoSplit;
      const answer = await house.call("/audiences", {
        method: "POST",
        body: { apiToken, verb: "add", ...ids, segment: name, mpids, ...batch },
      });
      if (answer.status !== 200) throw new Error(answer.text);
    },
    /** Sends what waits and waits until nothing does. */
    drained: async (name: string): Promise<void> => {
      await flush(name);
      await until(
        () => segment(name),
        ({ pendingAdds, pendingDeletes }) => pendingAdds + pendingDeletes === 0,
      );
    },
    members: (name: string, environmentId = demoSplit.environmentId) => [
      ...(house.sandbox.simulators.split.members(environmentId, name) ?? []),
    ],
    /** A workspace of its own with a key that nobody here knows yet. */
    workspaceWith: (suffix: string, key: string) => {
      const [workspaceId, environmentId, trafficTypeId] = ["w", "e", "t"].map(
        (kind) => `${kind}-${suffix}-0242ac120002`,
      ) as [string, string, string];
      house.sandbox.simulators.split.state.add({
        name: suffix,
        keys: { [key]: { kind: "admin" } },
        workspaces: [
          {
            id: workspaceId,
            name: suffix,
            environments: [{ id: environmentId, name: "Production" }],
            trafficTypes: [{ id: trafficTypeId, name: "user" }],
          },
        ],
      });
      return { workspaceId, environmentId, trafficTypeId };
    },
    /** A workspace whose callers bring a wrong key, which Split has refused already; 12 changes wait. */
    refusedTenant: async (suffix: string, key: string) => {
      const ids = doors.workspaceWith(suffix, key);
      const name = `s_newsletter_${suffix}`;
      await doors.put(name, numbers(100, 12), { ...ids, apiToken: "not-the-key" });
      await flush(name);
      await until(
        () => segment(name),
        ({ state }) => state === "paused",
      );
      return ids;
    },
  };
  return doors;
}
