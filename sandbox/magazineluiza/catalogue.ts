// What the simulated Magazine Luiza sells, and in which of its page flavours each product is shown.
// The flavours are the site's own generations: a reader of SKUs must manage all of them.

/** Where a page keeps the SKU; `none` keeps it nowhere. */
export type Flavour = "header" | "digital_data" | "next_data" | "json_ld" | "meta" | "none";

/** A product page. `gone` redirects to the search, `blocked` meets the bot protection. */
export interface MagaluProduct {
  sku: string;
  slug: string;
  title: string;
  flavour: Flavour;
  state?: "gone" | "blocked";
}

/** The demo's shelf: each flavour once, one page without SKU, one blocked, one gone. */
export const demoProducts: MagaluProduct[] = [
  { sku: "238112200", slug: "fone-bluetooth-azul", title: "Fone Azul", flavour: "header" },
  { sku: "238102300", slug: "cafeteira-italiana", title: "Cafeteira", flavour: "digital_data" },
  { sku: "gk0h8a3b2c", slug: "smart-tv-50", title: "Smart TV 50", flavour: "next_data" },
  { sku: "237951400", slug: "liquidificador", title: "Liquidificador", flavour: "json_ld" },
  { sku: "hj7f2d9a1e", slug: "tenis-corrida", title: "Tênis de corrida", flavour: "meta" },
  { sku: "236000100", slug: "lista-de-casamento", title: "Lista", flavour: "none" },
  { sku: "235990200", slug: "geladeira", title: "Geladeira", flavour: "header", state: "blocked" },
  { sku: "234880300", slug: "dvd-player", title: "DVD Player", flavour: "header", state: "gone" },
];
