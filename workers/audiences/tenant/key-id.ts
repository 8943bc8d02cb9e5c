// A key's name where the key itself must not stand. Pure.
import { hexOf } from "../../../src/shared/ids.ts";

const UTF8 = new TextEncoder();

/** SHA-256 of the key, hex. */
export async function keyIdOf(apiKey: string): Promise<string> {
  return hexOf(new Uint8Array(await crypto.subtle.digest("SHA-256", UTF8.encode(apiKey))));
}

/** What may be shown of a key, at the compat door `/cache` alone. */
export function hintOf(apiKey: string): string {
  return apiKey.slice(0, 4);
}
