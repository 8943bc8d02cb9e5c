// What the doors of audiences take and answer. Callers outside are met with tolerance: unknown fields are nobody's business,
// ids come as text or as numbers. Profiles and MPIDs are not here: a body holds half a million (`membership.ts`).
import { z } from "@hono/zod-openapi";
import { API_KEY, AUDIENCE_ID, TENANT_ID, UNSAFE_INTEGER, isUnsafe } from "./ids.ts";
import { SEGMENT_STATES } from "./objects.ts";
import { SEGMENT_NAME } from "./segment-name.ts";

/** Text without the blanks that come along when it is pasted, or a safe integer as its digits. */
const outsideText = z
  .unknown()
  .optional()
  .transform((value, ctx) => {
    if (typeof value === "string" && value.trim() !== "") return value.trim();
    if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
    ctx.addIssue({ code: "custom", message: isUnsafe(value) ? UNSAFE_INTEGER : "is missing" });
    return z.NEVER;
  });

const words = (shape: RegExp, what: string) => outsideText.pipe(z.string().regex(shape, what));

const tenantId = words(TENANT_ID, "must be 1 to 64 letters, digits, dashes or underscores");

/** An admin key of Split: becomes a header. */
const apiToken = z.string().trim().regex(API_KEY, "must be visible ASCII characters");

/** The names that mParticle's account settings must hold, as the registration asked for them. */
export const accountSettings = z.object({
  apiKey: apiToken,
  workspaceId: tenantId,
  environmentId: tenantId,
  trafficTypeId: tenantId,
});
export type AccountSettings = z.output<typeof accountSettings>;

/** The longest word for a message's type. */
export const MAX_TYPE_CHARS = 100;

/** What every message has. */
export const envelope = z.looseObject({
  type: z.string().max(MAX_TYPE_CHARS),
  timestamp_ms: z.unknown().optional(),
  firehose_version: z.unknown().optional(),
});
export type Envelope = z.output<typeof envelope>;

/** A subscription, besides its account and settings. */
export const subscription = z.object({
  audience_id: words(AUDIENCE_ID, "is not an audience id"),
  audience_name: z.string().max(1_000).nullish(),
  action: z.enum(["add", "update", "remove"]),
});

/** The batch door's body, without its `mpids`. Messages are never told: the door answers one text. */
export const batch = z.object({
  apiToken,
  workspaceId: tenantId,
  environmentId: tenantId,
  trafficTypeId: tenantId,
  verb: z.string(),
  segment: z.string().regex(SEGMENT_NAME),
});

const time = z.string().openapi({ format: "date-time" });
const whole = z.int();

/** A segment as an operator sees it. */
export const segmentView = z
  .object({
    id: z.string(),
    workspaceId: z.string(),
    environmentId: z.string(),
    segment: z.string(),
    audienceId: z.string().nullable(),
    state: z.enum(SEGMENT_STATES),
    pendingAdds: whole,
    pendingDeletes: whole,
    oldestPendingAt: time.nullable(),
    members: whole.nullable(),
    membersAt: time.nullable(),
    lastFlushAt: time.nullable(),
    nextFlushAt: time.nullable(),
    callsToday: whole,
    keysToday: whole,
    parked: whole,
  })
  .openapi("Segment");
export type SegmentView = z.output<typeof segmentView>;

/** A parked change. */
export const parkedView = z
  .object({ mpid: z.string(), verb: z.enum(["add", "delete"]), reason: z.string(), detail: z.string(), at: time })
  .openapi("ParkedMembership");
export type ParkedView = z.output<typeof parkedView>;

/** A tenant. */
export const tenantView = z
  .object({
    workspaceId: z.string(),
    state: z.enum(["ok", "needs_credentials"]),
    segments: whole,
    pending: whole,
    since: time,
    lastError: z.string().nullable(),
  })
  .openapi("Tenant");
export type TenantView = z.output<typeof tenantView>;

export const segmentPath = z.object({ id: z.string().regex(/^[0-9a-f]{32}$/, "must be 32 hex digits") });
export const tenantPath = z.object({
  workspaceId: z.string().regex(TENANT_ID, "must be 1 to 64 letters, digits, dashes or underscores"),
});

/** Where pages of lists end. */
export const segmentPosition = z.tuple([z.string(), z.string(), z.string()]);
export const parkedPosition = z.string();
export const tenantPosition = z.string();

export const segmentsFilter = {
  workspace_id: z.string().regex(TENANT_ID).optional(),
  state: z.enum(SEGMENT_STATES).optional(),
};

/** MPIDs of one replay: text, or safe integers. */
export const replayBody = z.strictObject({
  mpids: z
    .array(words(/^[^\p{Cc}]{1,250}$/u, "is not an MPID"))
    .min(1)
    .max(10_000)
    .optional()
    .openapi({ type: "array", items: { type: "string" } }),
});
export const renameBody = z.strictObject({
  segmentName: z.string().regex(SEGMENT_NAME, "must be 1 to 100 letters, digits, dashes or underscores"),
});
export const tenantBody = z.strictObject({ apiToken });
