// mParticle's partner protocol, as far as words go: what a message is, what is answered. Pure: ids and times are handed in.
// Sources: mParticle's Firehose documentation and its Java SDK 2.5.0.
import { invalid } from "../../../src/shared/errors.ts";
import { API_KEY, TENANT_ID } from "../ids.ts";
import { MAX_TYPE_CHARS } from "../schema.ts";
import type { AccountSettings, Envelope } from "../schema.ts";
import { SEGMENT_NAME } from "../segment-name.ts";

/** What we speak where a message names no version. */
const FIREHOSE_VERSION = "2.5.0";
/** The newest event of an MPID wins: one from a clock that is ahead by more would make all that follows it stale. */
const MAX_AHEAD_MS = 5 * 60_000;

/** Message types, without `_request`. */
export const MESSAGE_TYPES = ["module_registration", "audience_subscription", "audience_membership_change"] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

/** The kind of a message. Throws `invalid_request` for one that we did not register for. */
export function messageType({ type }: Envelope): MessageType {
  const known = MESSAGE_TYPES.find((name) => type === `${name}_request`);
  if (known === undefined) throw invalid("type", `unknown request type: ${type}`);
  return known;
}

/** When it happened, ms: the message's own time, or now where it has none, or one too far ahead. */
export function eventTime(timestamp: unknown, nowMs: number): number {
  const given = typeof timestamp === "string" ? Number(timestamp) : timestamp;
  if (typeof given !== "number" || !Number.isSafeInteger(given) || given <= 0) return nowMs;
  return given > nowMs + MAX_AHEAD_MS ? nowMs : given;
}

/** What every answer begins with. */
export interface Stamp {
  /** A fresh GUID. */
  id: string;
  nowMs: number;
  /** The request's, whatever it was. */
  firehoseVersion: unknown;
}

function head(type: MessageType, { id, nowMs, firehoseVersion }: Stamp) {
  const named = typeof firehoseVersion === "string" && /^[\w.+-]{1,50}$/.test(firehoseVersion);
  return {
    type: `${type}_response`,
    id,
    timestamp_ms: nowMs,
    firehose_version: named ? firehoseVersion : FIREHOSE_VERSION,
  };
}

const ACCOUNT = [
  ["apiKey", "Admin API Key", "An admin API key of Split that may edit segments."],
  ["workspaceId", "Workspace ID", "The Split workspace that the segments belong to."],
  ["environmentId", "Environment ID", "The Split environment in which members are kept."],
  ["trafficTypeId", "Traffic type ID", "The Split traffic type whose keys are MPIDs."],
] as const;

/** Who we are, and which settings an account and a subscription have. */
export function registration(stamp: Stamp) {
  return {
    ...head("module_registration", stamp),
    sdk_version: FIREHOSE_VERSION,
    name: "Sluice",
    description: "Keeps the members of mParticle audiences in segments of Split.",
    version: "1.0",
    permissions: { allow_access_mpid: true },
    audience_processing_registration: {
      account_settings: ACCOUNT.map(([id, name, description]) => ({
        type: "text",
        id,
        name,
        description,
        visible: true,
        required: true,
        confidential: true,
      })),
      audience_subscription_settings: [
        {
          type: "text",
          id: "segmentName",
          name: "Segment name",
          visible: false,
          required: false,
          confidential: false,
        },
      ],
    },
  };
}

/** The answer to a subscription: mParticle keeps the settings and sends them with every later change. */
export function subscribed(stamp: Stamp, segmentName: string) {
  return { ...head("audience_subscription", stamp), audience_subscription_settings: { segmentName } };
}

/** The answer to a membership change, and to a heartbeat. */
export function membershipTaken(stamp: Stamp, suspend: boolean) {
  return { ...head("audience_membership_change", stamp), suspend_subscription: suspend };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether this is a message at all, as `schema.envelope` says. */
export function isEnvelope(given: unknown): given is Envelope {
  return isObject(given) && typeof given["type"] === "string" && given["type"].length <= MAX_TYPE_CHARS;
}

/** The settings of a message's account, unread. Throws `<name> not found in account_settings`. */
export function settingsOf(message: Readonly<Record<string, unknown>>): Record<keyof AccountSettings, unknown> {
  const account = message["account"];
  const settings = isObject(account) ? account["account_settings"] : undefined;
  const found = isObject(settings) ? settings : {};
  for (const [name] of ACCOUNT) {
    const value = found[name];
    if (value === undefined || value === null || value === "") {
      throw invalid(`account.account_settings.${name}`, `${name} not found in account_settings`);
    }
  }
  return found as Record<keyof AccountSettings, unknown>;
}

const isId = (value: unknown): value is string => typeof value === "string" && TENANT_ID.test(value);

/** An account whose settings need no reading, as nearly all: `schema.accountSettings` would answer the same. Else null. */
export function plainAccount(settings: Record<keyof AccountSettings, unknown>): AccountSettings | null {
  const { apiKey, workspaceId, environmentId, trafficTypeId } = settings;
  if (typeof apiKey !== "string" || !API_KEY.test(apiKey)) return null;
  if (!isId(workspaceId) || !isId(environmentId) || !isId(trafficTypeId)) return null;
  return { apiKey, workspaceId, environmentId, trafficTypeId };
}

/** The segment's name in a subscription's settings; null where there is none that Split would take. */
export function namedSegment(settings: unknown): string | null {
  const name = isObject(settings) ? settings["segmentName"] : undefined;
  return typeof name === "string" && SEGMENT_NAME.test(name) ? name : null;
}
