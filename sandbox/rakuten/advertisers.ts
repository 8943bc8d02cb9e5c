// Rakuten's two lists: partnerships (status, no domain) and advertisers (address, no status).
// It must keep them apart as Rakuten does, so that a client has to join them by id.
import type { Context, Hono } from "hono";
import type { Membership } from "../membership.ts";
import type { Partner } from "../partners.ts";
import { publicBase } from "../simulator.ts";

interface Advertiser extends Partner {
  status?: "active" | "pending" | "removed" | "declined";
  deepLinks?: boolean;
}

const MAX_LIMIT = 200;
const SINCE = "2024-01-01T00:00:00Z";

/** Adds the paged doors `/v1/partnerships`, `/v1/partnerships/{id}` and `/v2/advertisers`. */
export function advertiserDoors(
  app: Hono,
  advertisers: readonly Advertiser[],
  statusOf: (advertiser: Advertiser) => string,
  membership: Membership,
): void {
  const partnership = (advertiser: Advertiser) => partnershipBody(advertiser, statusOf(advertiser));

  app.get("/v1/partnerships", (c) => {
    const asked = c.req.query("partner_status");
    const all = membership.takeEmptyList() ? [] : advertisers;
    const chosen = all.filter((one) => asked === undefined || statusOf(one) === asked);
    const { shown, metadata } = paged(c, chosen, "partnerships_v1");
    return c.json({ _metadata: metadata, partnerships: shown.map(partnership) });
  });

  app.get("/v1/partnerships/:id", (c) => {
    const found = advertisers.find((one) => one.id === c.req.param("id"));
    if (found === undefined) {
      return c.json({ error: "not_found", error_description: "No such partnership" }, 404);
    }
    return c.json({ partnership: partnership(found) });
  });

  app.get("/v2/advertisers", (c) => {
    const wantsDeepLinks = c.req.query("deep_links") === "true";
    const chosen = advertisers.filter((one) => !wantsDeepLinks || one.deepLinks !== false);
    const { shown, metadata } = paged(c, chosen, "advertisers_v2");
    return c.json({ _metadata: metadata, advertisers: shown.map(advertiserBody) });
  });
}

function paged(c: Context, all: readonly Advertiser[], name: string) {
  const limit = Math.min(MAX_LIMIT, Math.max(1, Number(c.req.query("limit")) || MAX_LIMIT));
  const page = Math.max(1, Number(c.req.query("page")) || 1);
  const address = (number: number) => {
    const query = new URLSearchParams(c.req.query());
    query.set("page", `${number}`);
    query.set("limit", `${limit}`);
    return `${publicBase(c.req.raw)}${c.req.path}?${query.toString()}`;
  };
  const more = page * limit < all.length;
  const links = { self: address(page), ...(more ? { next: address(page + 1) } : {}) };
  return {
    shown: all.slice((page - 1) * limit, page * limit),
    metadata: { api_name_version: name, _links: links, page, limit, total: all.length },
  };
}

function partnershipBody(advertiser: Advertiser, status: string) {
  return {
    advertiser: {
      id: Number(advertiser.id),
      name: advertiser.name,
      network: 8,
      status: "active",
      categories: [],
      details: `/v2/advertisers/${advertiser.id}`,
    },
    status,
    status_update_datetime: SINCE,
    approve_datetime: SINCE,
    apply_datetime: SINCE,
    offers: { applied: [], available: [] },
  };
}

function advertiserBody(advertiser: Advertiser) {
  return {
    id: Number(advertiser.id),
    name: advertiser.name,
    network: 8,
    url: `https://www.${advertiser.domains[0] ?? ""}`,
    description: advertiser.name,
    policies: { international_capabilities: { ships_to: ["BR"] } },
    features: { deep_links: advertiser.deepLinks !== false, product_feed: false },
  };
}
