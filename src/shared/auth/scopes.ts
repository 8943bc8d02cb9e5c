// Scopes of keys: which words exist, and what each lets its holder do. Pure.

/** Systems and operator areas with `:read` and `:write`. */
const AREAS = "clickouts audiences visitors contacts campaigns keys credentials webhooks rates jobs".split(" ");

/** Scopes of one word: reading what nobody writes, and intake for partners. */
const SINGLE = "audit:read metrics:read visitors:token audiences:ingest visitors:ingest campaigns:ingest".split(" ");

/** Every scope that has no parameter, in the order in which a form offers them. */
export const SCOPES: readonly string[] = [
  "*",
  ...AREAS.flatMap((area) => [`${area}:read`, `${area}:write`]),
  ...SINGLE,
];

const KNOWN = new RegExp(
  `^(?:\\*|(?:${AREAS.join("|")}):(?:read|write)|${SINGLE.join("|")}|audiences:ingest:[A-Za-z0-9_-]{1,64})$`,
);

/** Whether a key may carry this word. */
export function isKnownScope(scope: string): boolean {
  return KNOWN.test(scope);
}

/**
 * Whether a holder of `held` may do what needs `needed`. `*` is everything; a scope also covers its narrower forms
 * (`audiences:ingest` covers `audiences:ingest:42`); `write` does not imply `read`.
 */
export function grants(held: readonly string[], needed: string): boolean {
  return held.some((scope) => scope === "*" || scope === needed || needed.startsWith(`${scope}:`));
}
