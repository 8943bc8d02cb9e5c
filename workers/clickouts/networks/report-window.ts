// Windows of time within what an upstream answers at once: cut by its limit, halved when an answer is too large.
// Pure. A cursor names the window it is about, so that a run which died goes on without anything else.

/** From an instant up to another. */
export interface Window {
  fromMs: number;
  toMs: number;
}

/** Where a window ends that begins at `fromMs` and lasts `count` units: hours, or days of a place. */
export type Advance = (fromMs: number, count: number) => number;

/** Cuts a window into pieces of at most `count` units, oldest first; an empty window has none. */
export function piecesOf(window: Window, count: number, advance: Advance): Window[] {
  const pieces: Window[] = [];
  for (let fromMs = window.fromMs; fromMs < window.toMs;) {
    const toMs = Math.min(advance(fromMs, count), window.toMs);
    pieces.push({ fromMs, toMs });
    fromMs = toMs;
  }
  return pieces;
}

const CURSOR = /^(\d{1,15})-(\d{1,15})(?:\?(.*))?$/;

/** The window of a cursor within its slice, and what the upstream said to ask next. No cursor: the whole slice. */
export function readCursor(slice: Window, cursor: string | null): Window & { more: string | null } {
  const match = CURSOR.exec(cursor ?? "");
  if (match === null) return { fromMs: slice.fromMs, toMs: slice.toMs, more: null };
  return { fromMs: Number(match[1]), toMs: Number(match[2]), more: match[3] ?? null };
}

/** The cursor of a window; `more` is what the upstream said to ask next in it. */
export function cursorOf({ fromMs, toMs }: Window, more: string | null = null): string {
  return `${fromMs}-${toMs}${more === null ? "" : `?${more}`}`;
}

/** What follows a window of `count` units that was answered: one as long, to the slice's end; null when that is reached. */
export function afterWindow(slice: Window, { toMs }: Window, count: number, advance: Advance): string | null {
  return toMs >= slice.toMs ? null : cursorOf({ fromMs: toMs, toMs: Math.min(slice.toMs, advance(toMs, count)) });
}

/** The first half of a window of `count` units, whose answer was too large; null when it cannot be halved. */
export function firstHalf({ fromMs }: Window, count: number, advance: Advance): string | null {
  return count < 2 ? null : cursorOf({ fromMs, toMs: advance(fromMs, Math.floor(count / 2)) });
}
