// Which host names are public: what a stranger names must lead nowhere else. Pure.

/** Names that are never public hosts (RFC 6761, RFC 6762, RFC 8375 and common private suffixes). */
const PRIVATE_SUFFIXES = new Set([
  "localhost",
  "local",
  "internal",
  "intranet",
  "lan",
  "home",
  "corp",
  "onion",
  "invalid",
  "arpa",
]);

const LABEL = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;

/** The last dot of a fully qualified name means nothing to its server. */
export function withoutRootDot(hostname: string): string {
  return hostname.endsWith(".") ? hostname.slice(0, -1) : hostname;
}

/** Whether a WHATWG-normalised host name is a public name: not an address, not a single label, not a private suffix. */
export function isPublicHost(hostname: string): boolean {
  const labels = withoutRootDot(hostname).split(".");
  const last = labels.at(-1)!;
  return (
    labels.length > 1 && labels.every((label) => LABEL.test(label)) && /[a-z]/.test(last) && !PRIVATE_SUFFIXES.has(last)
  );
}
