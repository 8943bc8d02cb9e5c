// A stand-in for Rakuten Advertising: api.linksynergy.com (token, deep links, lists, report) and
// click.linksynergy.com. It must never answer a data call without a token that it minted.
import { demoCredentials } from "../demo.ts";
import { jsonFields } from "../json-fields.ts";
import { createLedger } from "../ledger/ledger.ts";
import { createMembership } from "../membership.ts";
import { demoPartners, marked, sells, webUrl } from "../partners.ts";
import type { Partner } from "../partners.ts";
import { callQuota } from "../quota.ts";
import { openSimulator, publicBase } from "../simulator.ts";
import type { LinkOptions, Simulator, SimulatorOptions } from "../simulator.ts";
import { advertiserDoors } from "./advertisers.ts";
import { eventDoors } from "./events.ts";
import type { RakutenDialect } from "./events.ts";
import { tokenBook } from "./tokens.ts";

/** An advertiser and how the publisher stands with it; without `status` the partnership is active. */
export interface RakutenAdvertiser extends Partner {
  status?: "active" | "pending" | "removed" | "declined";
  deepLinks?: boolean;
}

/** The account and its advertisers; the list is read at each call. */
export interface RakutenOptions extends SimulatorOptions, LinkOptions {
  clientId?: string;
  clientSecret?: string;
  siteId?: string;
  /** The encrypted publisher id of links, 11 characters; not the site id. */
  linkId?: string;
  advertisers?: RakutenAdvertiser[];
  /** Documented for product search; taken for all data doors here. */
  callsPerMinute?: number;
  newTokenRevokesOld?: boolean;
}

/** `dialect` is the report's. */
export interface RakutenSimulator extends Simulator {
  dialect: RakutenDialect;
}

/** Simulates Rakuten for one site. Errors other than `invalid_client` are inferred. */
export function createRakuten(options: RakutenOptions = {}): RakutenSimulator {
  const clientId = options.clientId ?? demoCredentials.rakuten.clientId;
  const clientSecret = options.clientSecret ?? demoCredentials.rakuten.clientSecret;
  const siteId = options.siteId ?? demoCredentials.rakuten.siteId;
  const linkId = options.linkId ?? demoCredentials.rakuten.linkId;
  const advertisers: RakutenAdvertiser[] = options.advertisers ?? demoPartners("rakuten");
  const now = options.now ?? Date.now;
  const fits = callQuota(options.callsPerMinute ?? 100, now);
  const tokens = tokenBook(now, options.random ?? Math.random, options.newTokenRevokesOld ?? false);
  const ledger = options.ledger ?? createLedger(now);
  const membership = createMembership(advertisers);
  const simulator = openSimulator("rakuten", options, { membership, endTokens: () => tokens.endAll() });
  const { app } = simulator;
  const statusOf = ({ id, status = "active" }: RakutenAdvertiser) => {
    if (membership.joined(id, status === "active")) return "active";
    return status === "active" ? "removed" : status;
  };
  const linkable = (advertiser: RakutenAdvertiser) =>
    statusOf(advertiser) === "active" && advertiser.deepLinks !== false;

  app.post("/token", async (c) => {
    const key = /^(?:Bearer|Basic) (.+)$/i.exec(c.req.header("Authorization") ?? "")?.[1];
    if (key !== btoa(`${clientId}:${clientSecret}`)) {
      return c.json(failure("invalid_client", "Client authentication failed"), 401);
    }
    const form = new URLSearchParams(new TextDecoder().decode(await c.req.arrayBuffer()));
    if (form.get("scope") !== siteId) {
      return c.json(failure("invalid_scope", "The requested scope is invalid"), 400);
    }
    const refreshToken = form.get("refresh_token");
    const grant = refreshToken === null ? tokens.mint(siteId) : tokens.refresh(refreshToken, siteId);
    if (grant === undefined) {
      return c.json(failure("invalid_grant", "The refresh token is invalid"), 400);
    }
    return c.json(grant);
  });

  app.use("/:area{v[12]|events}/*", async (c, next) => {
    const token = /^Bearer (.+)$/i.exec(c.req.header("Authorization") ?? "")?.[1];
    if (token === undefined || !tokens.valid(token)) {
      return c.json(failure("invalid_token", "The access token is invalid or expired"), 401);
    }
    if (!fits(siteId)) return c.json(failure("rate_limit", "Too many requests"), 429);
    await next();
    return undefined;
  });

  app.post("/v1/links/deep_links", async (c) => {
    const ask = await jsonFields(c.req.raw);
    const advertiser = advertisers.find((one) => Number(one.id) === ask.get("advertiser_id"));
    const wanted = ask.get("url");
    const url = webUrl(typeof wanted === "string" ? wanted : undefined);
    if (advertiser === undefined || !linkable(advertiser)) {
      return c.json(failure("invalid_request", "Not an active partnership"), 400);
    }
    if (url === undefined || !sells(advertiser, url)) {
      return c.json(failure("invalid_request", "Invalid url for this advertiser"), 400);
    }
    const subId = ask.get("u1");
    const u1 = typeof subId === "string" ? subId : "";
    const base = options.linkOrigin ?? publicBase(c.req.raw);
    const query = new URLSearchParams({ id: linkId, mid: advertiser.id, u1, murl: url.href });
    return c.json({
      advertiser: {
        id: Number(advertiser.id),
        name: advertiser.name,
        url: `https://www.${advertiser.domains[0] ?? ""}`,
        deep_link: { deep_link_url: `${base}/deeplink?${query.toString()}`, u1 },
      },
      _metadata: {
        api_name_version: "deep_links_v1",
        _links: { self: `${publicBase(c.req.raw)}/v1/links/deep_links` },
      },
    });
  });

  advertiserDoors(app, advertisers, statusOf, membership);
  const dialect: RakutenDialect = { quotedIds: false, booleanEvents: false, pluralListId: false };
  eventDoors(app, ledger, siteId, dialect);

  app.get("/deeplink", (c) => {
    const advertiser = advertisers.find((one) => one.id === c.req.query("mid"));
    const url = webUrl(c.req.query("murl"));
    const ours = c.req.query("id") === linkId;
    if (!ours || advertiser === undefined || url === undefined || !sells(advertiser, url)) {
      // Inferred: a link that does not fit its shop ends on Rakuten's own error page.
      return c.html("<h1>The link you followed is not valid</h1>", 404);
    }
    if (statusOf(advertiser) === "active") {
      const clickId = c.req.query("u1") || null;
      ledger.noteClick({ network: "rakuten", clickId, advertiserId: advertiser.id, url: url.href, at: now() });
    }
    const marks = { ranMID: advertiser.id, ranEAID: linkId, ranSiteID: `${linkId}-sandbox` };
    return c.redirect(marked(url, marks), 302);
  });

  app.notFound((c) => c.json(failure("not_found", "Resource not found"), 404));
  return { ...simulator, dialect };
}

function failure(error: string, description: string) {
  return { error, error_description: description };
}
