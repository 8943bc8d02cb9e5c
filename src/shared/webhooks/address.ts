// Where a webhook may lead: https to a public host name; on a developer's machine also http to that machine. Pure.
// In production the platform's `global_fetch_strictly_public` keeps a name that resolves to a private address out as well.
import { LOOPBACK } from "../auth/requires.ts";
import { isPublicHost } from "../public-host.ts";

/** Longest URL of a webhook, in characters. */
export const MAX_URL_LENGTH = 2_048;

/** Why a URL is refused, or null. `development`: the upstreams are simulators on this machine. */
export function addressFault(text: string, development: boolean): string | null {
  if (text.length > MAX_URL_LENGTH) return `has more than ${MAX_URL_LENGTH} characters`;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) return "is not an absolute URL";
  if (url.username !== "" || url.password !== "") return "must not hold a user or a password";
  if (development && url.protocol === "http:" && LOOPBACK.test(url.hostname)) return null;
  if (url.protocol !== "https:") return "must be https";
  return isPublicHost(url.hostname) ? null : "must lead to a public host name";
}
