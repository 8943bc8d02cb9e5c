// The words of the replaced batch server, which its callers read. Pure. The wording is the contract: never improve it.

export const TEXT = {
  methodNotAllowed: "method not allowed",
  wrongToken: "auth token doesn't match",
  invalidBody: "invalid POST body",
  cacheEmpty: "cache empty",
  pong: "pong",
} as const;

/** Of a verb that is none; a long one is cut. */
export function invalidVerb(verb: string): string {
  return `invalid verb "${verb.slice(0, 100)}"; must be add or delete`;
}

/** What was taken, the verb as it was sent. */
export function taken(verb: string): string {
  return `MPIDs ${verb}`;
}

/** The verb that is meant; null for another word. */
export function verbOf(verb: string): "add" | "delete" | null {
  const lower = verb.toLowerCase();
  return lower === "add" || lower === "delete" ? lower : null;
}

/** `{d}d:{h}h:{m}m:{s}s` between two instants in ms; none at all where the first is not known or lies ahead. */
export function uptime(sinceMs: number, nowMs: number): string {
  const seconds = Number.isNaN(sinceMs) ? 0 : Math.max(0, Math.floor((nowMs - sinceMs) / 1_000));
  const [d, h, m] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60];
  return `${d}d:${h}h:${m}m:${seconds % 60}s`;
}
