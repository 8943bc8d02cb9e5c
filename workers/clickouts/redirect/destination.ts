// The product URL that a visit asks for: what is accepted, and how it is cleaned before it keys a template. Pure.
import { isPublicHost, withoutRootDot } from "../../../src/shared/public-host.ts";

/** Longest URL that is accepted, in characters; the platform ends at 16 KB after encoding. */
const MAX_URL_LENGTH = 8_192;

/** One absolute http(s) URL with a public host and no user info, or the reason why it is refused. */
export function parseDestination(text: string | null): URL | string {
  if (text === null || text === "") return "The parameter `url` is missing.";
  if (text.length > MAX_URL_LENGTH) return `The URL has more than ${MAX_URL_LENGTH} characters.`;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null) return "The parameter `url` is not an absolute URL.";
  if (url.protocol !== "https:" && url.protocol !== "http:") return "Only http and https URLs are redirected.";
  if (url.username !== "" || url.password !== "") return "A URL with user info is not redirected.";
  if (!isPublicHost(url.hostname)) return "The URL's host is not a public host name.";
  if (url.href.length > MAX_URL_LENGTH) return `The URL has more than ${MAX_URL_LENGTH} characters.`;
  return url;
}

/** The host as stores are registered: without `www.` and a final dot. */
export function storeHost(url: URL): string {
  const host = withoutRootDot(url.hostname);
  return host.startsWith("www.") ? host.slice(4) : host;
}

const CAMPAIGN_TAGS = new Set(["gclid", "fbclid", "msclkid", "ttclid"]);

/**
 * The URL that lomadee and afilio are asked for: without fragment and campaign tags, else every tag would make a banner there.
 * A URL without tags keeps its query byte for byte.
 */
export function withoutCampaignTags(href: string): string {
  const hash = href.indexOf("#");
  const bare = hash < 0 ? href : href.slice(0, hash);
  const mark = bare.indexOf("?");
  if (mark < 0) return bare;
  const kept = bare
    .slice(mark + 1)
    .split("&")
    .filter((parameter) => {
      const name = parameter.split("=", 1)[0]!.toLowerCase();
      return !name.startsWith("utm_") && !CAMPAIGN_TAGS.has(name);
    });
  return kept.length === 0 ? bare.slice(0, mark) : `${bare.slice(0, mark)}?${kept.join("&")}`;
}
