// Reads the SKU off a Magazine Luiza product page. The page's host comes from the configuration, only its path from the visitor.

import { callUpstream } from "../../../src/shared/http/upstream.ts";
import type { UpstreamDeps } from "../../../src/shared/http/upstream.ts";
import { MAGAZINE_LUIZA_HOSTS, partnerPath, skuOfPage } from "./magazineluiza.ts";
import { failedCall } from "./link-client.ts";
import type { LinkRequest, LinkResult } from "./link-client.ts";

/** Product pages are below 1 MB; 2 MiB is the specification's bound. */
const MAX_PAGE_BYTES = 2 * 1024 * 1024;
/** The shop's bot protection answers 403 to clients without these. */
const BROWSER_HEADERS = {
  "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36",
  "Accept-Language": "pt-BR",
  Accept: "text/html",
};
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** The SKU in a path, if the path is a product's. */
function skuOfPath(url: URL): string | null {
  return (
    partnerPath(url)
      ?.match(/(?:^|\/)p\/([a-z0-9]+)\//i)?.[1]
      ?.toLowerCase() ?? null
  );
}

/** Finds the SKU of a product page; `raw` of the answer is the SKU. A redirect to a product answers too; any other means gone. */
export async function magazineLuizaSku(request: LinkRequest, base: string, deps: UpstreamDeps): Promise<LinkResult> {
  const asked = new URL(request.url);
  const answer = await callUpstream(
    {
      upstream: "magazineluiza",
      operation: "product_page",
      url: `${base}${asked.pathname}`,
      init: { headers: BROWSER_HEADERS },
      deadlineMs: request.timeoutMs,
      maxBytes: MAX_PAGE_BYTES,
      secrets: [],
    },
    deps,
  );
  if (!answer.ok) {
    const { failure } = answer;
    const { status } = failure;
    if (status !== undefined && REDIRECTS.has(status)) return redirected(failure.location, asked);
    if (status === 403) return { skip: "rejected", blame: "network", detail: failure.detail };
    return failedCall(failure);
  }
  const sku = skuOfPage(answer.text());
  return sku === null ? { skip: "rejected", blame: "url", detail: "The page names no SKU." } : { raw: sku };
}

function redirected(location: string | undefined, asked: URL): LinkResult {
  const target = location !== undefined && URL.canParse(location, asked.href) ? new URL(location, asked.href) : null;
  const ours =
    target !== null && (target.host === asked.host || MAGAZINE_LUIZA_HOSTS.has(target.hostname.replace(/^www\./, "")));
  const sku = ours ? skuOfPath(target) : null;
  return sku === null
    ? { skip: "rejected", blame: "url", detail: "The page leads elsewhere: the product is gone." }
    : { raw: sku };
}
