// Which host names a store may own. Pure; it knows the public suffix list, so it belongs to administration, never to `/visit`.
import { parse } from "tldts";
import { isPublicHost } from "../../../src/shared/public-host.ts";

/** A host name with nothing around it: no scheme, port, path, user info, wildcard or blank. */
const BARE_HOST = /^[^\s/\\:@?#%*[\]]+$/u;

/** A domain as it is stored, or why it is refused. */
export type DomainResult = { ok: true; domain: string } | { ok: false; message: string };

function refuse(message: string): DomainResult {
  return { ok: false, message };
}

/**
 * Normalises a host for registration: lower-case, punycode, without a final dot and a leading `www.`.
 * It must be public and below a public suffix: owning `com.br` would mean owning every shop of a country.
 */
export function normaliseDomain(text: string): DomainResult {
  const trimmed = text.trim();
  if (!BARE_HOST.test(trimmed)) return refuse("A domain is a bare host name such as `loja.com.br`.");
  const address = `http://${trimmed}/`;
  if (!URL.canParse(address)) return refuse("This is not a valid host name.");
  const { hostname } = new URL(address);
  const host = hostname.endsWith(".") ? hostname.slice(0, -1) : hostname;
  const domain = host.startsWith("www.") ? host.slice(4) : host;
  if (domain.length > 253 || !isPublicHost(domain)) return refuse("This is not a public host name.");
  const { domain: registrable, publicSuffix } = parse(domain, { allowPrivateDomains: true });
  if (publicSuffix === domain) return refuse("This is a public suffix: anyone may register names under it.");
  return registrable === null ? refuse("This host name has no registrable domain.") : { ok: true, domain };
}

/** A normalised domain and its parents, nearest first: where a host's store is looked for. */
export function withParents(domain: string): string[] {
  const found: string[] = [];
  for (let rest = domain; rest.includes("."); rest = rest.slice(rest.indexOf(".") + 1)) found.push(rest);
  return found;
}
