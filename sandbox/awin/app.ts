// A stand-in for Awin: api.awin.com (accounts, programmes, transactions, link builder) and www.awin1.com (clicks).
// It must refuse what Awin refuses: a wrong token, a foreign publisher, the 21st call in a minute.
import type { Context } from "hono";
import { demoCredentials } from "../demo.ts";
import { fieldsOf, jsonFields } from "../json-fields.ts";
import { createLedger } from "../ledger/ledger.ts";
import { createMembership } from "../membership.ts";
import { demoPartners, homeOf, marked, sells, webUrl } from "../partners.ts";
import type { Partner } from "../partners.ts";
import { callQuota } from "../quota.ts";
import { openSimulator, publicBase } from "../simulator.ts";
import type { LinkOptions, Simulator, SimulatorOptions } from "../simulator.ts";
import { transactionDoors } from "./transactions.ts";

/** An advertiser and how the publisher stands with it; without `relationship` it is joined. */
export interface AwinProgramme extends Partner {
  relationship?: "joined" | "pending" | "suspended" | "rejected" | "notjoined";
  /** False: the link builder answers `deeplinkNotPermitted`. */
  deeplinks?: boolean;
}

/** The account and its advertisers; the list is read at each call, so a test may change it. */
export interface AwinOptions extends SimulatorOptions, LinkOptions {
  token?: string;
  publisherId?: string;
  programmes?: AwinProgramme[];
  /** Awin's documented limit per user over all API doors is 20. */
  callsPerMinute?: number;
}

/** Simulates Awin for one publisher. Error texts beyond the 401 envelope are inferred. */
export function createAwin(options: AwinOptions = {}): Simulator {
  const token = options.token ?? demoCredentials.awin.token;
  const publisherId = options.publisherId ?? demoCredentials.awin.publisherId;
  const programmes: AwinProgramme[] = options.programmes ?? demoPartners("awin");
  const now = options.now ?? Date.now;
  const ledger = options.ledger ?? createLedger(now);
  const fits = callQuota(options.callsPerMinute ?? 20, now);
  const membership = createMembership(programmes);
  const simulator = openSimulator("awin", options, { membership });
  const { app } = simulator;
  const relationshipOf = ({ id, relationship = "joined" }: AwinProgramme) => {
    if (membership.joined(id, relationship === "joined")) return "joined";
    return relationship === "joined" ? "notjoined" : relationship;
  };
  const linkBase = (c: Context) => options.linkOrigin ?? publicBase(c.req.raw);

  app.use("/:area{publishers|accounts}/*", async (c, next) => {
    const bearer = /^Bearer (.+)$/i.exec(c.req.header("Authorization") ?? "")?.[1];
    const sent = bearer ?? c.req.query("accessToken");
    if (sent !== token) {
      const description = "Full authentication is required to access this resource";
      return c.json({ error: "unauthorized", description }, 401);
    }
    if (!fits(sent)) {
      return c.json({ error: "too_many_requests", description: "API rate limit exceeded" }, 429);
    }
    const asked = /^\/publishers\/([^/]+)/.exec(c.req.path)?.[1];
    if (asked !== undefined && asked !== publisherId) {
      return c.json({ error: "forbidden", description: "No access to this publisher" }, 403);
    }
    await next();
    return undefined;
  });

  app.get("/accounts", (c) =>
    c.json({
      userId: 1,
      accounts: [
        {
          accountId: Number(publisherId),
          accountName: "Sluice",
          accountType: "publisher",
          userRole: "owner",
        },
      ],
    }),
  );

  app.get("/publishers/:publisher/programmes", (c) => {
    const asked = c.req.query("relationship");
    const country = c.req.query("countryCode");
    const listed = programmes.filter((programme) => asked === undefined || relationshipOf(programme) === asked);
    const inCountry = country === undefined || country.toUpperCase() === "BR";
    if (!inCountry || membership.takeEmptyList()) return c.json([]);
    return c.json(listed.map((one) => programmeBody(one, linkBase(c), publisherId)));
  });

  transactionDoors(app, ledger, publisherId);

  app.post("/publishers/:publisher/linkbuilder/generate", async (c) => {
    const ask = await jsonFields(c.req.raw);
    const programme = programmes.find((one) => Number(one.id) === ask.get("advertiserId"));
    if (programme === undefined || relationshipOf(programme) !== "joined") {
      return c.json({ error: "bad_request", description: "advertiserId is invalid" }, 400);
    }
    const wanted = ask.get("destinationUrl") ?? homeOf(programme);
    const url = webUrl(typeof wanted === "string" ? wanted : undefined);
    if (programme.deeplinks === false || url === undefined || !sells(programme, url)) {
      return c.json({ destinationUrl: "deeplinkNotPermitted" }, 400);
    }
    const link = new URL(`${linkBase(c)}/cread.php`);
    link.searchParams.set("awinmid", programme.id);
    link.searchParams.set("awinaffid", publisherId);
    for (const [name, value] of fieldsOf(ask.get("parameters"))) {
      if (typeof value === "string") link.searchParams.set(name, value);
    }
    link.searchParams.set("ued", url.href);
    return c.json({ url: link.href });
  });

  app.get("/cread.php", (c) => {
    const programme = programmes.find((one) => one.id === c.req.query("awinmid"));
    const affiliate = c.req.query("awinaffid");
    if (programme === undefined || affiliate === undefined) return c.text("Invalid link", 400);
    const wanted = webUrl(c.req.query("ued") ?? c.req.query("p"));
    // Inferred: a destination that is not the advertiser's lands on the advertiser's front page.
    const url = wanted !== undefined && sells(programme, wanted) ? wanted : new URL(homeOf(programme));
    // Inferred: a shop that one has left still opens, but nothing is tracked.
    if (affiliate === publisherId && relationshipOf(programme) === "joined") {
      const clickId = c.req.query("clickref") || null;
      ledger.noteClick({ network: "awin", clickId, advertiserId: programme.id, url: url.href, at: now() });
    }
    return c.redirect(marked(url, { awc: `${programme.id}_${affiliate}` }), 302);
  });

  app.get("/awclick.php", (c) => {
    const programme = programmes.find((one) => one.id === c.req.query("mid"));
    if (programme === undefined) return c.text("Invalid link", 400);
    const awc = `${programme.id}_${c.req.query("id") ?? ""}`;
    return c.redirect(marked(new URL(homeOf(programme)), { awc }), 302);
  });

  app.notFound((c) => c.json({ error: "exception", description: "No such resource" }, 404));
  return simulator;
}

function programmeBody(programme: AwinProgramme, linkBase: string, publisherId: string) {
  return {
    id: Number(programme.id),
    name: programme.name,
    displayUrl: homeOf(programme),
    clickThroughUrl: `${linkBase}/awclick.php?mid=${programme.id}&id=${publisherId}`,
    logoUrl: `https://ui.awin.com/images/upload/merchant/profile/${programme.id}.png`,
    currencyCode: "BRL",
    primaryRegion: { name: "Brazil", countryCode: "BR" },
    status: "Active",
    validDomains: programme.domains.map((domain) => ({ domain: `www.${domain}` })),
    deeplinkEnabled: programme.deeplinks !== false,
  };
}
