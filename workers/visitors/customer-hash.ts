// How a customer is named where people look: the first half of the SHA-256 of his id. Whoever knows an id finds its lines;
// nobody reads an id out of them. Pure.
import { hexOf } from "../../src/shared/ids.ts";

const HEX_CHARACTERS = 32;

/** 32 hex digits. */
export async function customerIdHash(customerId: string): Promise<string> {
  return await sha256Hex(customerId);
}

/** Whether a text could be such a hash. */
export function isCustomerIdHash(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

/** The first 32 hex digits of the SHA-256 of a text. */
export async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return hexOf(new Uint8Array(digest)).slice(0, HEX_CHARACTERS);
}
