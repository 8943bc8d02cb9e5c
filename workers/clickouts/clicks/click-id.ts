// The click id: 26 characters of [0-9a-z] in three fixed parts, so that time and store can be read back from any report.
// 10 time (ms, base 36), 3 store, 13 random (at least 64 bits). It sorts by time and passes every network's sub-id field.

const TIME_LENGTH = 10;
const STORE_LENGTH = 3;
const LENGTH = 26;

/** The largest store id that three base-36 digits hold. */
export const MAX_STORE_ID = 36 ** STORE_LENGTH - 1;

/** Two base-36 digits by value: cheaper than `toString(36)` on the path of every click. */
const PAIRS = Array.from({ length: 1296 }, (_, n) => n.toString(36).padStart(2, "0"));
/** Random words drawn at once, since a call to the generator costs more than an id. Seven 16-bit words make one id. */
const WORDS_PER_ID = 7;
const words = new Uint16Array(WORDS_PER_ID * 256);
let nextWord = words.length;
let lastMs = -1;
let lastTime = "";

/** The store's part of a click id; `000` when no store is known. */
export function storeCode(storeId: number): string {
  return storeId.toString(36).padStart(STORE_LENGTH, "0");
}

/** The time part of a click id, also the lower bound of all ids of that instant. */
export function timeCode(ms: number): string {
  return ms.toString(36).padStart(TIME_LENGTH, "0");
}

function pair(at: number): string {
  return PAIRS[words[at]! % 1296]!;
}

/** A new click id for a click at `nowMs` on the store of `code` (see `storeCode`). */
export function newClickId(nowMs: number, code: string): string {
  if (nextWord === words.length) {
    crypto.getRandomValues(words);
    nextWord = 0;
  }
  if (nowMs !== lastMs) {
    lastMs = nowMs;
    lastTime = timeCode(nowMs);
  }
  const at = nextWord;
  nextWord += WORDS_PER_ID;
  const random =
    pair(at) + pair(at + 1) + pair(at + 2) + pair(at + 3) + pair(at + 4) + pair(at + 5) + pair(at + 6).charAt(1);
  return lastTime + code + random;
}

/** The time (ms) of a click id that is known to be one. */
export function timeOf(id: string): number {
  return Number.parseInt(id.slice(0, TIME_LENGTH), 36);
}

/** What a click id says by itself, or null if it is none. `storeId` 0 means no store. */
export function readClickId(id: string): { atMs: number; storeId: number } | null {
  if (!/^[0-9a-z]{26}$/.test(id) || id.length !== LENGTH) return null;
  return {
    atMs: timeOf(id),
    storeId: Number.parseInt(id.slice(TIME_LENGTH, TIME_LENGTH + STORE_LENGTH), 36),
  };
}
