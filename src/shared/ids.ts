// Ids that we make: sortable by time, unguessable in the rest. The click id has its own file in clickouts.

const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";

/** `length` characters of `[0-9a-z]`, drawn without bias from the platform's generator. */
export function randomText(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length * 2))) {
      if (byte < 252 && text.length < length) text += ALPHABET[byte % 36];
    }
  }
  return text;
}

/** The beginning of all ids of this kind and millisecond: ids of before stand below it. */
export function firstIdAt(prefix: string, ms: number): string {
  return `${prefix}_${Math.max(0, ms).toString(36).padStart(9, "0")}`;
}

/** A sortable id with a prefix that tells its kind: `key_0mhb2k9x3f…` (9 characters of time, 12 of chance). */
export function newId(prefix: string, nowMs: number): string {
  return `${firstIdAt(prefix, nowMs)}${randomText(12)}`;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Bytes as hex digits. */
export function hexOf(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX[byte]!;
  return text;
}

const REQUEST_ID = /^[A-Za-z0-9_-]{8,64}$/;

/** The caller's request id if it is well formed, else null. */
export function callersRequestId(headers: Headers): string | null {
  const given = headers.get("X-Request-Id");
  return given !== null && REQUEST_ID.test(given) ? given : null;
}
