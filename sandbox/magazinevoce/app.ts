// A stand-in for www.magazinevoce.com.br, the partner shops: a store's slug, then the shop's own path.
// It must refuse a slug that is not the partner's: a sale there would be someone else's.
import { demoCredentials } from "../demo.ts";
import { openSimulator } from "../simulator.ts";
import type { Simulator, SimulatorOptions } from "../simulator.ts";

/** The slugs of the partners that exist. */
export interface MagazineVoceOptions extends SimulatorOptions {
  stores?: string[];
}

const SKU = /^[a-z0-9]{5,12}$/i;

/** Simulates the partner site: `/{store}/`, `/{store}/busca/{term}/` and `/{store}/…/p/{sku}/…`. */
export function createMagazineVoce(options: MagazineVoceOptions = {}): Simulator {
  const stores = options.stores ?? [demoCredentials.magazinevoce.store];
  const simulator = openSimulator("magazinevoce", options);

  simulator.app.get("*", (c) => {
    const [store, ...rest] = c.req.path.split("/").filter((segment) => segment !== "");
    if (store === undefined || !stores.includes(store)) return c.html(NOT_FOUND, 404);
    const sku = rest.includes("p") ? rest[rest.indexOf("p") + 1] : undefined;
    if (sku !== undefined && SKU.test(sku)) {
      return c.html(`<h1>${store}</h1><p>Código ${sku}</p>`);
    }
    if (rest.length === 0 || (rest[0] === "busca" && rest.length === 2)) {
      return c.html(`<h1>${store}</h1>`);
    }
    return c.html(NOT_FOUND, 404);
  });

  return simulator;
}

const NOT_FOUND = "<h1>Página não encontrada</h1>";
