// A stand-in for Lomadee's legacy API (api.lomadee.com), its report and its redirector (redir.lomadee.com).
// It must never give a link for a shop that is no partner: such an entry answers `status: false`.
import type { Context } from "hono";
import { demoCredentials } from "../demo.ts";
import { createLedger } from "../ledger/ledger.ts";
import { createMembership } from "../membership.ts";
import { demoPartners, homeOf, marked, sells, webUrl } from "../partners.ts";
import type { Partner } from "../partners.ts";
import { openSimulator, publicBase } from "../simulator.ts";
import type { LinkOptions, Simulator, SimulatorOptions } from "../simulator.ts";
import { reportDoors } from "./report.ts";
import type { LomadeeDialect } from "./report.ts";

/** The account and the partner shops; the list is read at each call. */
export interface LomadeeOptions extends SimulatorOptions, LinkOptions {
  appToken?: string;
  sourceId?: string;
  publisherId?: string;
  user?: string;
  password?: string;
  stores?: Partner[];
}

/** A link that was created here, by the code that its address ends with. */
export interface LomadeeLink {
  code: string;
  url: string;
  mdasc: string | undefined;
}

/** `links` holds every link created so far: one per `url` of each `_create` call; `dialect` is the report's. */
export interface LomadeeSimulator extends Simulator {
  links: Map<string, LomadeeLink>;
  dialect: LomadeeDialect;
}

const DEFAULT_PAGE_SIZE = 50;

/** Simulates Lomadee for one source. Error statuses and messages are inferred. */
export function createLomadee(options: LomadeeOptions = {}): LomadeeSimulator {
  const appToken = options.appToken ?? demoCredentials.lomadee.appToken;
  const sourceId = options.sourceId ?? demoCredentials.lomadee.sourceId;
  const account = {
    user: options.user ?? demoCredentials.lomadee.user,
    password: options.password ?? demoCredentials.lomadee.password,
    publisherId: options.publisherId ?? demoCredentials.lomadee.publisherId,
    siteId: sourceId,
    nameOf: (id: string) => stores.find((store) => store.id === id)?.name ?? `Loja ${id}`,
  };
  const stores = options.stores ?? demoPartners("lomadee");
  const random = options.random ?? Math.random;
  const ledger = options.ledger ?? createLedger(options.now ?? Date.now);
  const membership = createMembership(stores);
  let forgetTokens = () => {};
  const simulator = openSimulator("lomadee", options, { membership, endTokens: () => forgetTokens() });
  const { app } = simulator;
  const links = new Map<string, LomadeeLink>();
  const storeOf = (url: URL) => stores.find((store) => membership.joined(store.id) && sells(store, url));

  /** The shop's id leads the code, so that a code from an earlier life still finds its shop. */
  const newCode = (store: Partner): string => {
    const digits = Math.floor(random() * 0x1000000);
    const code = `${Number(store.id).toString(36)}-${digits.toString(16).padStart(6, "0")}`;
    return links.has(code) ? newCode(store) : code;
  };

  const refusal = (c: Context): string | undefined => {
    if (c.req.param("token") !== appToken) return "Invalid app-token";
    return c.req.query("sourceId") === sourceId ? undefined : "Invalid sourceId";
  };

  app.get("/:version{v[23]}/:token/store/_all", (c) => {
    const refused = refusal(c);
    if (refused !== undefined) return c.json(failed(refused), 401);
    const asked = c.req.query("storeId");
    const joined = membership.takeEmptyList() ? [] : stores.filter((store) => membership.joined(store.id));
    const chosen = joined.filter((store) => asked === undefined || store.id === asked);
    const size = Math.max(1, Number(c.req.query("size")) || DEFAULT_PAGE_SIZE);
    const page = Math.max(1, Number(c.req.query("page")) || 1);
    const shown = chosen.slice((page - 1) * size, page * size);
    const totalPage = Math.ceil(chosen.length / size);
    const base = options.linkOrigin ?? publicBase(c.req.raw);
    return c.json({
      ...succeeded(),
      pagination: { page, size, totalSize: chosen.length, totalPage },
      stores: shown.map((store) => storeBody(store, base, sourceId)),
    });
  });

  app.get("/:version{v[23]}/:token/deeplink/_create", (c) => {
    const refused = refusal(c);
    if (refused !== undefined) return c.json(failed(refused), 401);
    const urls = c.req.queries("url") ?? [];
    if (urls.length === 0) return c.json(failed("Parameter url is required"), 400);
    const base = options.linkOrigin ?? publicBase(c.req.raw);
    const deeplinks = urls.map((urlOrigin) => {
      const url = webUrl(urlOrigin);
      const store = url && storeOf(url);
      if (url === undefined || store === undefined) {
        return { status: false, message: "Store is not a partner", deeplink: null, urlOrigin };
      }
      const code = newCode(store);
      links.set(code, { code, url: url.href, mdasc: c.req.query("mdasc") });
      return { status: true, message: "SUCCESS", deeplink: `${base}/v2/${code}`, urlOrigin };
    });
    return c.json({ ...succeeded(), deeplinks });
  });

  const dialect: LomadeeDialect = { encoding: "UTF-8", decimalComma: false };
  forgetTokens = reportDoors(app, ledger, account, dialect, random);

  const note = (c: Context, store: Partner, url: string, mdasc?: string) => {
    const clickId = c.req.query("mdasc") || mdasc || null;
    ledger.noteClick({ network: "lomadee", clickId, advertiserId: store.id, url, at: ledger.now() });
  };
  /** To the product with Lomadee's marks; a shop that is no partner is reached, but nothing is tracked. */
  const leave = (c: Context, url: URL, store: Partner | undefined, mdasc?: string) => {
    if (store === undefined) return c.redirect(url.href, 302);
    note(c, store, url.href, mdasc);
    return c.redirect(marked(url, shopMarks), 302);
  };

  app.get("/v2/deeplink", (c) => {
    const url = webUrl(c.req.query("url"));
    if (url === undefined) return c.html("<h1>URL inválida</h1>", 400);
    return leave(c, url, c.req.query("sourceId") === sourceId ? storeOf(url) : undefined);
  });

  const shopMarks = { utm_source: "lomadee", utm_medium: "afiliados", utm_campaign: sourceId };
  app.get("/v2/:code", (c) => {
    const code = c.req.param("code");
    const link = links.get(code);
    if (link !== undefined) return leave(c, new URL(link.url), storeOf(new URL(link.url)), link.mdasc);
    const storeId = `${Number.parseInt(code.split("-")[0] ?? "", 36)}`;
    const store = stores.find((one) => one.id === storeId);
    if (store === undefined) return c.html("<h1>Link não encontrado</h1>", 404);
    if (membership.joined(store.id)) note(c, store, homeOf(store));
    return c.redirect(homeOf(store), 302);
  });

  app.notFound((c) => c.json(failed("Resource not found"), 404));
  return { ...simulator, links, dialect };
}

function succeeded() {
  return { requestInfo: { status: "OK", message: "SUCCESS", generatedDate: null } };
}

function failed(message: string) {
  return { requestInfo: { status: "ERROR", message, generatedDate: null } };
}

function storeBody(store: Partner, base: string, sourceId: string) {
  const home = encodeURIComponent(homeOf(store));
  return {
    id: Number(store.id),
    name: store.name,
    thumbnail: `https://www.lomadee.com/programas/BR/${store.id}/logo_115x76.png`,
    link: `${base}/v2/deeplink?url=${home}&sourceId=${sourceId}`,
    hasOffer: 0,
    maxCommission: 2.97,
    events: [
      {
        event: `${store.name} - Vendas`,
        eventType: "Sale",
        fixedCommission: false,
        commission: 0.0297,
      },
    ],
  };
}
