// The buffer of one segment in the real runtime: doors, alarm, eviction and crash, against the simulated Split. Its tenant is a
// stand-in that gives every slot, or none.
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { demoSplit } from "../../sandbox/demo.ts";
import { database } from "../../src/shared/db/client.ts";
import { sandbox } from "../../test/support/outgoing.ts";
import type { CallOutcome, SegmentBufferDoor, SegmentIdentity, Slot } from "./objects.ts";
import { segmentId } from "./segment-name.ts";
import { segmentById } from "./store-segments.ts";

const identity: SegmentIdentity = {
  workspaceId: demoSplit.workspaceId,
  environmentId: demoSplit.environmentId,
  trafficTypeId: demoSplit.trafficTypeId,
  segment: "sbuyers_7",
  audienceId: "7",
  audienceName: "buyers",
  plainName: null,
};
const GO: Slot = { kind: "go", apiKey: demoSplit.apiKey, keyId: "good", tell: false };
const T = 1_790_000_000_000;

let slot: Slot;
let told: CallOutcome[];
let stub: DurableObjectStub;
let buffer: SegmentBufferDoor;

const split = () => sandbox().simulators.split;
const members = () => [...(split().members(identity.environmentId, identity.segment) ?? [])].toSorted();
const put = (adds: string[], deletes: string[] = [], atMs = T) => buffer.put(identity, { atMs, adds, deletes });

/** A stand-in for the tenant, given to the object that runs now. */
async function giveTenant(): Promise<void> {
  const tenant = {
    slot: async () => slot,
    told: async (_place: unknown, _key: string, outcome: CallOutcome) => {
      told.push(outcome);
      return outcome.kind === "limited"
        ? { kind: "wait", untilMs: outcome.retryAtMs ?? Date.now() + 60_000 }
        : { kind: "needs_credentials", checkAtMs: Date.now() + 60_000 };
    },
  };
  await runInDurableObject(stub, (instance) => {
    Object.assign(instance, {
      env: Object.assign(Object.create(env as object), { TENANT: { getByName: () => tenant } }),
    });
  });
}

/** Fires the alarm as if its time had come. */
async function alarm(): Promise<void> {
  await giveTenant();
  await buffer.flush();
  await runDurableObjectAlarm(stub);
}

beforeEach(async () => {
  slot = GO;
  told = [];
  stub = env.SEGMENT_BUFFER.getByName(await segmentId(identity.workspaceId, identity.environmentId, identity.segment));
  buffer = stub as unknown as SegmentBufferDoor;
});

describe("a segment's buffer", () => {
  test("sends deletes, then adds, and makes the segment that Split does not know", async () => {
    expect(await put(["1", "2"], ["3"])).toEqual({ taken: 3, stale: 0, registered: false });
    expect(await buffer.look()).toMatchObject({ pendingAdds: 2, pendingDeletes: 1, state: "creating" });
    await alarm();
    expect(members()).toEqual(["1", "2"]);
    expect(
      split()
        .memberCalls.filter(({ status }) => status === 200)
        .map(({ operation }) => operation),
    ).toEqual(["remove", "upload"]);
    expect(await buffer.look()).toMatchObject({
      pendingAdds: 0,
      pendingDeletes: 0,
      state: "active",
      members: 2,
      keysToday: 3,
    });
  });
});
