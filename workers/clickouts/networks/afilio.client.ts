// Afilio's deep links: each call CREATES a banner there, so nobody may ask twice for the same programme and URL.
// The answer is XML around escaped HTML; errors come with HTTP 200.

import { callUpstream } from "../../../src/shared/http/upstream.ts";
import type { UpstreamDeps } from "../../../src/shared/http/upstream.ts";
import { failedCall, MAX_LINK_BYTES, onHostOf } from "./link-client.ts";
import type { LinkRequest, LinkResult } from "./link-client.ts";

const ERROR = /<error>([^<]{0,200})/i;
const LINK = "<link>";
const HREF = /href=(["'])(.*?)\1/i;

/** Undoes the five XML entities and the usual number; `&amp;` last, so that nothing is undone twice. */
function unescaped(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&");
}

/** The link in Afilio's XML, whether the anchor is in CDATA or escaped; null where there is none. */
export function linkOfXml(xml: string): string | null {
  const start = xml.indexOf(LINK);
  const end = start < 0 ? -1 : xml.indexOf("</link>", start);
  if (end < 0) return null;
  const inner = xml.slice(start + LINK.length, end);
  const markup = inner.includes("<![CDATA[") ? inner.replace("<![CDATA[", "").replace("]]>", "") : unescaped(inner);
  const href = HREF.exec(markup)?.[2];
  return href === undefined || href === "" ? null : unescaped(href);
}

/** Taken out before the text is cut, since half a token would not be found; Afilio may echo the query as it was sent. */
function withoutToken(text: string, token: string): string {
  return token === "" ? text : text.replaceAll(token, "***").replaceAll(encodeURIComponent(token), "***");
}

/** Makes one deep link for a programme (`externalId` is Afilio's progid). */
export async function afilioLink(
  request: LinkRequest,
  bases: { api: string; links: readonly string[] },
  deps: UpstreamDeps,
): Promise<LinkResult> {
  const { token = "", affiliateId = "", siteId = "" } = request.fields;
  const query = new URLSearchParams({
    token,
    affid: affiliateId,
    progid: request.externalId,
    bantitle: "deeplink",
    bandesc: "deeplink",
    siteid: siteId,
    desturl: request.url,
  });
  const answer = await callUpstream(
    {
      upstream: "afilio",
      operation: "deeplink",
      url: `${bases.api}/api/deeplink.php?${query.toString()}`,
      deadlineMs: request.timeoutMs,
      maxBytes: MAX_LINK_BYTES,
      secrets: [token],
    },
    deps,
  );
  if (!answer.ok) return failedCall(answer.failure);
  const text = answer.text();
  const link = linkOfXml(text);
  if (link !== null) {
    if (onHostOf(link, bases.links)) return { raw: link };
    return { skip: "malformed", blame: "network", detail: "The link is not on a host of AFILIO_LINK_URL." };
  }
  if (text.includes(LINK) || /<deeplink/i.test(text)) {
    return { skip: "rejected", blame: "url", detail: "Afilio made no link: the URL does not belong to the programme." };
  }
  const error = ERROR.exec(withoutToken(text, token))?.[1];
  if (error !== undefined)
    return { skip: "rejected", blame: "network", refused: true, detail: `Afilio said: ${error}` };
  return { skip: "malformed", blame: "network", detail: "The answer is not Afilio's XML." };
}
