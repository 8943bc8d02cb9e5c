// Lomadee's deep links (legacy API): one GET makes one link. The app token stands in the path, so the URL is a secret.

import * as z from "zod";
import { callUpstream } from "../../../src/shared/http/upstream.ts";
import type { UpstreamDeps } from "../../../src/shared/http/upstream.ts";
import { failedCall, MAX_LINK_BYTES, onHostOf } from "./link-client.ts";
import type { LinkRequest, LinkResult } from "./link-client.ts";

const Answer = z.object({
  requestInfo: z.object({ status: z.string(), message: z.string().nullish() }).optional(),
  deeplinks: z.array(z.object({ status: z.boolean(), message: z.string().nullish(), deeplink: z.string().nullish() })),
});

/** Makes one deep link. `bases.links`: hosts that it may be on. */
export async function lomadeeLink(
  request: LinkRequest,
  bases: { api: string; links: readonly string[] },
  deps: UpstreamDeps,
): Promise<LinkResult> {
  const { appToken = "", sourceId = "", password = "", user = "" } = request.fields;
  const query = new URLSearchParams({ sourceId, url: request.url });
  const answer = await callUpstream(
    {
      upstream: "lomadee",
      operation: "deeplink",
      url: `${bases.api}/v2/${encodeURIComponent(appToken)}/deeplink/_create?${query.toString()}`,
      deadlineMs: request.timeoutMs,
      maxBytes: MAX_LINK_BYTES,
      secrets: [appToken, password, user],
    },
    deps,
  );
  if (!answer.ok) return failedCall(answer.failure);
  const parsed = Answer.safeParse(parseJson(answer.text()));
  if (!parsed.success)
    return { skip: "malformed", blame: "network", detail: "The answer is not a list of deep links." };
  const info = parsed.data.requestInfo;
  if (info !== undefined && info.status !== "OK") {
    return {
      skip: "rejected",
      blame: "network",
      detail: `Lomadee said ${info.status}: ${info.message ?? "no reason"}`,
    };
  }
  const [link] = parsed.data.deeplinks;
  if (link === undefined || !link.status || !link.deeplink) {
    return { skip: "rejected", blame: "url", detail: `Lomadee made no link: ${link?.message ?? "no reason"}` };
  }
  if (!onHostOf(link.deeplink, bases.links)) {
    return { skip: "malformed", blame: "network", detail: "The link is not on a host of LOMADEE_LINK_URL." };
  }
  return { raw: link.deeplink };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
