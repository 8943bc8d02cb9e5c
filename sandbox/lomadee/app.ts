// A stand-in for Lomadee's legacy API (api.lomadee.com) and its redirector (redir.lomadee.com).
// It must never give a link for a shop that is no partner: such an entry answers `status: false`.
import type { Context } from "hono";
import { demoCredentials } from "../demo.ts";
import { demoPartners, homeOf, marked, sells, webUrl } from "../partners.ts";
import type { Partner } from "../partners.ts";
import { openSimulator, publicBase } from "../simulator.ts";
import type { LinkOptions, Simulator, SimulatorOptions } from "../simulator.ts";

/** The account and the partner shops; the list is read at each call. */
export interface LomadeeOptions extends SimulatorOptions, LinkOptions {
  appToken?: string;
  sourceId?: string;
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

/** `links` holds every link created so far: one per `url` of each `_create` call. */
export interface LomadeeSimulator extends Simulator {
  links: Map<string, LomadeeLink>;
}

const DEFAULT_PAGE_SIZE = 50;

/** Simulates Lomadee for one source. Error statuses and messages are inferred. */
export function createLomadee(options: LomadeeOptions = {}): LomadeeSimulator {
  const appToken = options.appToken ?? demoCredentials.lomadee.appToken;
  const sourceId = options.sourceId ?? demoCredentials.lomadee.sourceId;
  const user = options.user ?? demoCredentials.lomadee.user;
  const password = options.password ?? demoCredentials.lomadee.password;
  const stores = options.stores ?? demoPartners("lomadee");
  const random = options.random ?? Math.random;
  const simulator = openSimulator("lomadee", options);
  const { app } = simulator;
  const links = new Map<string, LomadeeLink>();
  const storeOf = (url: URL) => stores.find((store) => sells(store, url));

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
    const chosen = stores.filter((store) => asked === undefined || store.id === asked);
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

  app.get("/api/lomadee/createToken", (c) => {
    if (c.req.query("user") !== user || c.req.query("password") !== password) {
      return c.json({ status: "ERROR", message: "Invalid user or password", token: null }, 401);
    }
    return c.json({ status: "OK", message: "SUCCESS", token: btoa(`report:${user}`) });
  });

  app.get("/v2/deeplink", (c) => {
    const url = webUrl(c.req.query("url"));
    if (url === undefined) return c.html("<h1>URL inválida</h1>", 400);
    const partner = c.req.query("sourceId") === sourceId && storeOf(url) !== undefined;
    return c.redirect(partner ? marked(url, shopMarks) : url.href, 302);
  });

  const shopMarks = { utm_source: "lomadee", utm_medium: "afiliados", utm_campaign: sourceId };
  app.get("/v2/:code", (c) => {
    const code = c.req.param("code");
    const link = links.get(code);
    if (link !== undefined) return c.redirect(marked(new URL(link.url), shopMarks), 302);
    const storeId = `${Number.parseInt(code.split("-")[0] ?? "", 36)}`;
    const store = stores.find((one) => one.id === storeId);
    if (store === undefined) return c.html("<h1>Link não encontrado</h1>", 404);
    return c.redirect(homeOf(store), 302);
  });

  app.notFound((c) => c.json(failed("Resource not found"), 404));
  return { ...simulator, links };
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
