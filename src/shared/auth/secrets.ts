// Making and comparing keys. A key is 160 bits of chance, so a plain SHA-256 of it is enough to store.
import { hexOf, randomText } from "../ids.ts";

/** What every key begins with, so that scanners of leaked secrets find it. */
const KEY_PREFIX = "slk_";
const KEY_TEXT_LENGTH = 32;
/** Characters of a key that may be shown: the prefix and six of 32, which leave 134 bits unknown. */
const SHOWN_LENGTH = KEY_PREFIX.length + 6;

const KEY = new RegExp(`^${KEY_PREFIX}[0-9a-z]{${KEY_TEXT_LENGTH}}$`);
const UTF8 = new TextEncoder();

/** A new key. It is shown once and never stored. */
export function newKey(): { key: string; prefix: string } {
  const key = `${KEY_PREFIX}${randomText(KEY_TEXT_LENGTH)}`;
  return { key, prefix: shownPart(key) };
}

/** Whether a text could be a key at all: what could not be is refused without a look-up. */
export function looksLikeKey(text: string): boolean {
  return KEY.test(text);
}

/** The characters of a key that may be shown. */
export function shownPart(key: string): string {
  return key.slice(0, SHOWN_LENGTH);
}

/** Hex SHA-256. */
export async function hashOf(text: string): Promise<string> {
  return hexOf(new Uint8Array(await crypto.subtle.digest("SHA-256", UTF8.encode(text))));
}

/** Compares in constant time; both sides are hashed, so that not even the length is told. */
export async function sameText(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([hashOf(a), hashOf(b)]);
  return sameHash(left, right);
}

/** Compares two hashes in constant time. */
export function sameHash(a: string, b: string): boolean {
  return a.length === b.length && crypto.subtle.timingSafeEqual(UTF8.encode(a), UTF8.encode(b));
}
