// How the objects of audiences are reached by RPC. Stubs are taken anew for each use: one that met a failure stays broken.
import type { AudienceObjects, SegmentBufferDoor, TenantDoor } from "./objects.ts";

/** The objects behind these bindings; the generated types of bindings do not know their classes. */
export function audienceObjects(env: Pick<Env, "SEGMENT_BUFFER" | "TENANT">): AudienceObjects {
  return { buffer: (id) => segmentBuffer(env, id), tenant: (id) => tenant(env, id) };
}

/** A buffer, by its segment's id. */
export function segmentBuffer(env: Pick<Env, "SEGMENT_BUFFER">, id: string): SegmentBufferDoor {
  return env.SEGMENT_BUFFER.getByName(id) as unknown as SegmentBufferDoor;
}

/** A tenant, by its workspace. */
export function tenant(env: Pick<Env, "TENANT">, workspaceId: string): TenantDoor {
  return env.TENANT.getByName(workspaceId) as unknown as TenantDoor;
}
