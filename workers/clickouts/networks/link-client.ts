// What every client that fetches a link has in common: the ask, the answer, and how a failed call reads as a skip reason.

import type { UpstreamFailure } from "../../../src/shared/http/upstream.ts";
import type { SkipReason } from "../clicks/click.ts";

/** One link to be made. `fields` are the network's credentials; they must reach no message. */
export interface LinkRequest {
  fields: Record<string, string>;
  externalId: string;
  url: string;
  timeoutMs: number;
}

/**
 * A link, or why none. `blame` says who failed: `network` counts against its circuit, `url` concerns this URL alone,
 * `limit` is a request to wait (until `retryAtMs`, if it said so). `refused`: the credentials were, as far as one can tell.
 */
export type LinkResult =
  | { raw: string }
  | {
      skip: SkipReason;
      blame: "network" | "url" | "limit";
      retryAtMs?: number | undefined;
      refused?: true;
      detail: string;
    };

/** Link answers are small; anything larger is not one. */
export const MAX_LINK_BYTES = 64 * 1024;

/** Reads a failed call: a 5xx or a broken connection is told as `rejected`, the nearest word of the contract. */
export function failedCall(failure: UpstreamFailure): LinkResult {
  const { detail } = failure;
  switch (failure.kind) {
    case "timeout":
      return { skip: "timeout", blame: "network", detail };
    case "rate_limited":
      return { skip: "rate_limited", blame: "limit", retryAtMs: failure.retryAtMs, detail };
    case "malformed":
      return { skip: "malformed", blame: "network", detail };
    case "unauthorized":
      return { skip: "rejected", blame: "network", refused: true, detail };
    case "unavailable":
      return { skip: "rejected", blame: "network", detail };
    case "rejected":
      return { skip: "rejected", blame: "url", detail };
  }
}

/** Whether a link that a network returned is on one of its configured hosts (`bases`). Afilio's links are plain http. */
export function onHostOf(link: string, bases: readonly string[]): boolean {
  if (!URL.canParse(link)) return false;
  const { host, protocol } = new URL(link);
  return (protocol === "https:" || protocol === "http:") && bases.some((base) => host === new URL(base).host);
}
