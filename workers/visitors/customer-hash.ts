// How a customer is named where people look: the first half of the SHA-256 of his id. Whoever knows an id finds its lines;
// nobody reads an id out of them. Pure.

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
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.slice(0, HEX_CHARACTERS);
}
