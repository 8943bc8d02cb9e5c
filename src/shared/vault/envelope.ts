// Envelope encryption of one record: AES-256-GCM under a data key of its own, which a master key wraps.
// The record's identity is additional data of both, so a sealed text moved to another record does not open.
import type { MasterKeys } from "./master-keys.ts";

/** What is stored of a sealed record. */
export interface Envelope {
  sealed: string;
  wrappedKey: string;
  keyVersion: string;
}

/** A sealed record that does not open: changed, moved to another identity, or its master key is gone. */
export class VaultError extends Error {
  override name = "VaultError";
}

const NONCE_BYTES = 12;
const encoder = new TextEncoder();

/** Seals a text for one identity under a fresh data key. */
export async function seal(keys: MasterKeys, identity: string, plain: string): Promise<Envelope> {
  const dataKey = crypto.getRandomValues(new Uint8Array(32));
  return {
    sealed: await encrypt(await imported(dataKey), dataLabel(identity), encoder.encode(plain)),
    ...(await wrap(keys, identity, dataKey)),
  };
}

/** Opens what was sealed for this identity. Throws VaultError. */
export async function open(keys: MasterKeys, identity: string, envelope: Envelope): Promise<string> {
  const dataKey = await unwrap(keys, identity, envelope);
  return new TextDecoder().decode(await decrypt(await imported(dataKey), dataLabel(identity), envelope.sealed));
}

/** The same data key under the newest master key; the sealed text stays as it is. Throws VaultError. */
export async function rewrap(
  keys: MasterKeys,
  identity: string,
  envelope: Envelope,
): Promise<Pick<Envelope, "wrappedKey" | "keyVersion">> {
  return wrap(keys, identity, await unwrap(keys, identity, envelope));
}

const dataLabel = (identity: string) => encoder.encode(`sluice:data:${identity}`);
const keyLabel = (identity: string, version: string) => encoder.encode(`sluice:key:${version}:${identity}`);

async function wrap(keys: MasterKeys, identity: string, dataKey: Uint8Array<ArrayBuffer>) {
  const keyVersion = keys.newest;
  return {
    wrappedKey: await encrypt(masterKey(keys, keyVersion), keyLabel(identity, keyVersion), dataKey),
    keyVersion,
  };
}

async function unwrap(keys: MasterKeys, identity: string, envelope: Envelope) {
  const { keyVersion, wrappedKey } = envelope;
  return new Uint8Array(await decrypt(masterKey(keys, keyVersion), keyLabel(identity, keyVersion), wrappedKey));
}

function masterKey(keys: MasterKeys, version: string): CryptoKey {
  const key = keys.byVersion.get(version);
  if (key === undefined) throw new VaultError(`master key ${version} is not in VAULT_KEYS`);
  return key;
}

function imported(dataKey: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", dataKey, "AES-GCM", false, ["encrypt", "decrypt"]);
}

async function encrypt(key: CryptoKey, label: Uint8Array, plain: Uint8Array): Promise<string> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const algorithm = { name: "AES-GCM", iv: nonce, additionalData: label };
  const cipher = new Uint8Array(await crypto.subtle.encrypt(algorithm, key, plain));
  const whole = new Uint8Array(NONCE_BYTES + cipher.byteLength);
  whole.set(nonce);
  whole.set(cipher, NONCE_BYTES);
  return btoa(Array.from(whole, (byte) => String.fromCharCode(byte)).join(""));
}

async function decrypt(key: CryptoKey, label: Uint8Array, stored: string): Promise<ArrayBuffer> {
  try {
    const whole = Uint8Array.from(atob(stored), (character) => character.charCodeAt(0));
    const algorithm = { name: "AES-GCM", iv: whole.subarray(0, NONCE_BYTES), additionalData: label };
    return await crypto.subtle.decrypt(algorithm, key, whole.subarray(NONCE_BYTES));
  } catch {
    // What failed in there is of no use to anyone who may read it.
    throw new VaultError("the sealed record does not open: it was changed, moved, or sealed under another key");
  }
}
