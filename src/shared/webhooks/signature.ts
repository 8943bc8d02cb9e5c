// Secrets and signatures by Standard Webhooks (https://www.standardwebhooks.com, version 1.0.0): symmetric, `v1`. Pure but for
// the chance in a new secret.

/** What every secret begins with, by the specification. */
const PREFIX = "whsec_";
/** The specification asks for 24 to 64; SHA-256 gains nothing from more than 32. */
const SECRET_BYTES = 32;

const encoder = new TextEncoder();

const base64 = (bytes: Uint8Array) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));

/** A new secret: `whsec_` and base64 of 32 bytes of chance. */
export function newSecret(): string {
  return PREFIX + base64(crypto.getRandomValues(new Uint8Array(SECRET_BYTES)));
}

/** What is signed, and sent beside it. */
export interface Signed {
  /** The event's id: the same in every attempt. Holds no `.`. */
  id: string;
  /** When the attempt is made. */
  atMs: number;
  body: string;
}

/** The three headers of an attempt; one signature for each secret, the newest first. */
export async function signatureHeaders(signed: Signed, secrets: readonly string[]): Promise<Record<string, string>> {
  const seconds = Math.floor(signed.atMs / 1_000);
  const content = encoder.encode(`${signed.id}.${seconds}.${signed.body}`);
  const signatures = await Promise.all(secrets.map((secret) => sign(secret, content)));
  return {
    "webhook-id": signed.id,
    "webhook-timestamp": String(seconds),
    "webhook-signature": signatures.join(" "),
  };
}

async function sign(secret: string, content: Uint8Array): Promise<string> {
  const bytes = Uint8Array.from(atob(secret.slice(PREFIX.length)), (character) => character.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return `v1,${base64(new Uint8Array(await crypto.subtle.sign("HMAC", key, content)))}`;
}
