// mParticle's messages as JSON values, drawn by chance: profiles with 64-bit ids, identities, audiences.
// Empty containers are left out, as its serialiser does; a draw must always be a message it could send.
import { between, pick } from "../seeded.ts";

/** A customer's account at the integration; an id may be a string in custom set-ups. */
export interface MparticleAccount {
  id: number | string;
  settings: Record<string, string>;
}

/** One audience of one profile in a message. */
export interface AudienceChange {
  audience_id: number;
  audience_name: string;
  audience_subscription_settings?: Record<string, string>;
  action: "add" | "delete" | "attribute_update";
  user_attributes?: object[];
}

/** One person in a message. */
export interface Profile {
  mpid?: string;
  user_identities?: object[];
  device_identities?: object[];
  audiences?: AudienceChange[];
}

/** Any message: what all have, and what its type adds. */
export interface Message {
  type: string;
  id: string;
  timestamp_ms: number;
  firehose_version: string;
  user_profiles?: Profile[];
  [field: string]: unknown;
}

export const FIREHOSE_VERSION = "2.5.0";

const NAMELESS_SHARE = 0.03;
const ATTRIBUTE_SHARE = 0.1;
const DELETE_SHARE = 0.4;

/** Signed integers of 64 bits as decimal strings: about half of them negative, most beyond Number. */
export function drawMpids(count: number, random: () => number): string[] {
  const word = () => BigInt(Math.floor(random() * 2 ** 32));
  return Array.from({ length: count }, () => BigInt.asIntN(64, (word() << 32n) | word()).toString());
}

/** A GUID of version 4. */
export function drawGuid(random: () => number): string {
  const hex = (digits: number) => Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join("");
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${pick(["8", "9", "a", "b"], random)}${hex(3)}-${hex(12)}`;
}

/**
 * A person's changes in one to three of the audiences, mostly adds and deletes. A few profiles come
 * without mpid, as when the customer did not allow it; the lists of the others are never empty.
 */
export function drawProfile(
  mpid: string,
  audiences: readonly Omit<AudienceChange, "action">[],
  random: () => number,
): Profile {
  const left = [...audiences];
  const changes: AudienceChange[] = [];
  for (let many = Math.min(left.length, between(1, 3, random)); many > 0; many -= 1) {
    const [audience] = left.splice(Math.floor(random() * left.length), 1);
    if (audience !== undefined) changes.push(drawChange(audience, random));
  }
  return {
    ...(random() < NAMELESS_SHARE ? {} : { mpid }),
    user_identities: [
      { type: "customer", encoding: "raw", value: `u-${between(1, 99_999, random)}` },
      { type: "email", encoding: "sha256", value: drawGuid(random).replaceAll("-", "").repeat(2) },
    ],
    ...(random() < 0.5
      ? { device_identities: [{ type: "google_advertising_id", encoding: "raw", value: drawGuid(random) }] }
      : {}),
    ...(changes.length === 0 ? {} : { audiences: changes }),
  };
}

function drawChange(audience: Omit<AudienceChange, "action">, random: () => number): AudienceChange {
  if (random() < ATTRIBUTE_SHARE) {
    const upsert = { key: "ltv", value: `${between(1, 999, random)}`, action: "upsert" };
    // mParticle's own sample holds an empty attribute.
    return { ...audience, action: "attribute_update", user_attributes: [upsert, {}, { key: "old", action: "delete" }] };
  }
  return { ...audience, action: random() < DELETE_SHARE ? "delete" : "add" };
}
