// A stand-in for Afilio's v2 host: deep links, the list of programmes, the report, the tracker.
// Like Afilio it answers errors with status 200 and XML text, and makes a banner at every call.
import type { Context } from "hono";
import { demoCredentials } from "../demo.ts";
import { createLedger } from "../ledger/ledger.ts";
import { createMembership } from "../membership.ts";
import { demoPartners, homeOf, marked, sells, webUrl } from "../partners.ts";
import type { Partner } from "../partners.ts";
import { openSimulator, publicBase } from "../simulator.ts";
import type { LinkOptions, Simulator, SimulatorOptions } from "../simulator.ts";
import { leadsaleDoor } from "./leadsale.ts";
import type { AfilioDialect } from "./leadsale.ts";

/** The account and its programmes; the list is read at each call. */
export interface AfilioOptions extends SimulatorOptions, LinkOptions {
  token?: string;
  affiliateId?: string;
  siteId?: string;
  programmes?: Partner[];
  /** How the anchor stands in `<link>`: both forms have been seen. */
  anchor?: "cdata" | "escaped";
}

/** A banner: what one `deeplink.php` call leaves behind for ever. */
export interface AfilioBanner {
  id: string;
  programmeId: string;
  url: string;
}

/** `banners` holds every banner made so far, by id: tests count it; `dialect` is the report's. */
export interface AfilioSimulator extends Simulator {
  banners: Map<string, AfilioBanner>;
  dialect: AfilioDialect;
}

const CAMPAIGN = "61200";

/** Simulates Afilio for one affiliate. Error texts and outer tag names are inferred. */
export function createAfilio(options: AfilioOptions = {}): AfilioSimulator {
  const token = options.token ?? demoCredentials.afilio.token;
  const affiliateId = options.affiliateId ?? demoCredentials.afilio.affiliateId;
  const siteId = options.siteId ?? demoCredentials.afilio.siteId;
  const programmes = options.programmes ?? demoPartners("afilio");
  const random = options.random ?? Math.random;
  const ledger = options.ledger ?? createLedger(options.now ?? Date.now);
  const membership = createMembership(programmes);
  const simulator = openSimulator("afilio", options, { membership });
  const { app } = simulator;
  const banners = new Map<string, AfilioBanner>();

  const newBannerId = (): string => {
    const id = `${9_000_000 + Math.floor(random() * 1_000_000)}`;
    return banners.has(id) ? newBannerId() : id;
  };

  app.use("/api/*", async (c, next) => {
    const known = c.req.query("token") === token && c.req.query("affid") === affiliateId;
    if (!known) return xml(c, "<error>invalid token</error>");
    await next();
    return undefined;
  });

  app.get("/api/deeplink.php", (c) => {
    const programme = programmes.find((one) => one.id === c.req.query("progid"));
    const url = webUrl(c.req.query("desturl"));
    if (c.req.query("siteid") !== siteId) return xml(c, "<error>invalid siteid</error>");
    const joined = programme !== undefined && membership.joined(programme.id);
    if (!joined || url === undefined || !sells(programme, url)) {
      return xml(c, "<deeplink><error>Invalid link to this program</error></deeplink>");
    }
    const id = newBannerId();
    banners.set(id, { id, programmeId: programme.id, url: url.href });
    const base = options.linkOrigin ?? publicBase(c.req.raw);
    const href = `${base}/tracker.php?banid=${id}&campid=${CAMPAIGN};${programme.id}&siteid=${siteId}`;
    const anchor = `<a href="${escaped(href)}" target="_blank">deeplink</a>`;
    const text = options.anchor === "escaped" ? escaped(anchor) : `<![CDATA[${anchor}]]>`;
    return xml(c, `<deeplink><link>${text}</link></deeplink>`);
  });

  app.get("/api/prog_api.php", (c) => {
    const joined = membership.takeEmptyList() ? [] : programmes.filter((one) => membership.joined(one.id));
    // Inferred: PHP writes an empty map as an empty array.
    if (joined.length === 0) return c.json([]);
    return c.json(Object.fromEntries(joined.map((one) => [one.id, programmeBody(one, siteId)])));
  });

  const dialect: AfilioDialect = { statusWords: "english", empty: "list", pageSize: null };
  leadsaleDoor(app, ledger, dialect, (c, why) => xml(c, `<error>${why}</error>`));

  app.get("/tracker.php", (c) => {
    const [, programmeId] = (c.req.query("campid") ?? "").split(";");
    const programme = programmes.find((one) => one.id === programmeId);
    if (programme === undefined) return c.html("<h1>Campanha inválida</h1>", 404);
    // Inferred: a banner that is not known any more lands on the programme's front page.
    const banner = banners.get(c.req.query("banid") ?? "");
    const url = new URL(banner?.url ?? homeOf(programme));
    if (membership.joined(programme.id)) {
      const clickId = c.req.query("aff_xtra") || null;
      ledger.noteClick({ network: "afilio", clickId, advertiserId: programme.id, url: url.href, at: ledger.now() });
    }
    return c.redirect(marked(url, { utm_source: "afilio", utm_medium: "afiliados" }), 302);
  });

  app.notFound((c) => c.html("<h1>Not Found</h1>", 404));
  return { ...simulator, banners, dialect };
}

function xml(c: Context, content: string) {
  const type = { "Content-Type": "text/xml; charset=UTF-8" };
  return c.body(`<?xml version="1.0" encoding="UTF-8"?>${content}`, 200, type);
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** The French field names are Afilio's own; every value is a string. */
function programmeBody(programme: Partner, siteId: string) {
  return {
    id: programme.id,
    nom: programme.name,
    url: homeOf(programme).replace("https:", "http:"),
    description: programme.name,
    siteid: siteId,
    progid: programme.id,
    cpmprice: "0",
    clicprice: "0",
    dblclicprice: "0",
    leadprice: "0",
    saleprice: "7.5",
    downloadprice: "0",
    status: "active",
    progdate: "2016-01-01 00:00:00",
    progdeb: "2016-01-01",
    progfin: "2030-01-01",
  };
}
