// The hosts that an upstream names for an advertiser, as addresses or bare names. Pure; whether a store may own one is decided
// where stores are registered.

function hostOf(text: string): string | null {
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  return URL.canParse(address) ? new URL(address).hostname.replace(/^www\./, "") : null;
}

/** Hosts in lower case and punycode without a leading `www.`, each once; what is no address is left out. */
export function hostsOf(texts: readonly (string | null | undefined)[]): string[] {
  const hosts = texts.map((text) => (text ? hostOf(text.trim()) : null));
  return [...new Set(hosts.filter((host) => host !== null && host !== ""))] as string[];
}
