// The master keys of `VAULT_KEYS`: the first seals, all open. Neither their bytes nor their text ever leave this file.

/** The imported keys. */
export interface MasterKeys {
  /** The version that seals: the first one named. */
  newest: string;
  byVersion: ReadonlyMap<string, CryptoKey>;
}

const VERSION = /^[A-Za-z0-9_-]{1,32}$/;
const KEY_BYTES = 32;

const remembered = new Map<string, MasterKeys>();

/** Reads `k2:<base64 of 32 bytes>,k1:<…>`. Throws an Error that says what is wrong without repeating any of it. */
export async function masterKeys(env: Pick<Env, "VAULT_KEYS">): Promise<MasterKeys> {
  const given = env.VAULT_KEYS ?? "";
  const known = remembered.get(given);
  if (known !== undefined) return known;
  const byVersion = new Map<string, CryptoKey>();
  for (const [position, part] of given.split(",").entries()) {
    const at = part.indexOf(":");
    const version = part.slice(0, Math.max(at, 0)).trim();
    const bytes = decoded(part.slice(at + 1).trim());
    if (!VERSION.test(version) || bytes?.byteLength !== KEY_BYTES || byVersion.has(version)) {
      throw new Error(
        `VAULT_KEYS: entry ${position + 1} is not \`<version>:<base64 of 32 bytes>\` with a version of its own`,
      );
    }
    byVersion.set(version, await crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]));
  }
  const [newest] = byVersion.keys();
  const keys = { newest: newest!, byVersion };
  remembered.clear();
  remembered.set(given, keys);
  return keys;
}

function decoded(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
