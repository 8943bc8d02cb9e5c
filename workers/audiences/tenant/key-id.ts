// A key's name where the key itself must not stand. Pure.

/** SHA-256 of the key, hex. */
export async function keyIdOf(apiKey: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(apiKey)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What may be shown of a key, at the compat door `/cache` alone. */
export function hintOf(apiKey: string): string {
  return apiKey.slice(0, 4);
}
