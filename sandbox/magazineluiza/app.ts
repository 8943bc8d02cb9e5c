// A stand-in for www.magazineluiza.com.br: product pages that have to be read for their SKU.
// It has no API and must never grow one.
import { openSimulator, publicBase } from "../simulator.ts";
import type { Simulator, SimulatorOptions } from "../simulator.ts";
import { demoProducts } from "./catalogue.ts";
import type { MagaluProduct } from "./catalogue.ts";
import { productPage, searchPage } from "./pages.ts";

/** The shelf; `browsersOnly` (on by default) refuses callers that do not look like a browser. */
export interface MagazineLuizaOptions extends SimulatorOptions {
  products?: MagaluProduct[];
  browsersOnly?: boolean;
}

/**
 * Simulates the shop. A product stands at `/{slug}/p/{sku}/…` and, without the SKU in its address, at
 * `/promo/{slug}`. That plain fetches get 403 is observed; going by the user agent is inferred.
 */
export function createMagazineLuiza(options: MagazineLuizaOptions = {}): Simulator {
  const products = options.products ?? demoProducts;
  const browsersOnly = options.browsersOnly ?? true;
  const simulator = openSimulator("magazineluiza", options);
  const { app } = simulator;

  app.use(async (c, next) => {
    const browser = (c.req.header("User-Agent") ?? "").startsWith("Mozilla/");
    if (browsersOnly && !browser) return c.html(DENIED, 403);
    await next();
    return undefined;
  });

  app.get("/busca/:term", (c) => c.html(searchPage(c.req.param("term"), products)));
  app.get("/busca/:term/", (c) => c.html(searchPage(c.req.param("term"), products)));

  app.get("*", (c) => {
    const segments = c.req.path.split("/").filter((segment) => segment !== "");
    const sku = segments[segments.indexOf("p") + 1];
    const product = products.find((one) =>
      segments.includes("p")
        ? one.sku === sku
        : segments[0] === "promo" && segments.length === 2 && one.slug === segments[1],
    );
    if (product === undefined) return c.html("<h1>Página não encontrada</h1>", 404);
    if (product.state === "blocked") return c.html(DENIED, 403);
    if (product.state === "gone") {
      return c.redirect(`${publicBase(c.req.raw)}/busca/${product.slug}/`, 301);
    }
    return c.html(productPage(product));
  });

  return simulator;
}

const DENIED = "<html><head><title>Access Denied</title></head><body>Access Denied</body></html>";
