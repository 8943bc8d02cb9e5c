// What a demo visitor does: which product, with which browser, from where. Pure: chance is passed in.
// It must stay plausible: mostly people on known shops, some machines, some unknown shops.
import { demoStores } from "./demo.ts";
import type { DemoStore } from "./demo.ts";
import { demoProducts } from "./magazineluiza/catalogue.ts";
import { pick } from "./seeded.ts";

/** One call of `/visit`, as a browser or a machine would make it. */
export interface Visit {
  method: "GET" | "HEAD";
  /** Path and query below the Worker's address. */
  path: string;
  headers: Record<string, string>;
  /** Machines look at the answer; people go where it sends them. */
  person: boolean;
}

const BROWSERS = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
  "Mozilla/5.0 (Linux; Android 15; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
  "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0",
];
const BOTS = [
  "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
  "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
  "WhatsApp/2.24.1 A",
  "curl/8.9.1",
];
const PRODUCTS = [
  "fone-bluetooth",
  "cafeteira-italiana",
  "tenis-corrida",
  "mochila-urbana",
  "panela-de-pressao",
  "teclado-mecanico",
  "racao-premium-15kg",
  "livro-dom-casmurro",
];
const UNKNOWN_HOSTS = ["lojadesconhecida.example", "bazardoze.example"];
const REFERRERS = ["https://ofertas.example/", "https://blog-de-promos.example/"];

const BOT_SHARE = 0.08;
const UNKNOWN_SHARE = 0.04;
const REF_SHARE = 0.35;
const CAMPAIGN_SHARE = 0.2;
const REFERRER_SHARE = 0.6;

/** Draws the next visit; `random` answers 0 to 1. */
export function nextVisit(random: () => number): Visit {
  const bot = random() < BOT_SHARE;
  const query = new URLSearchParams({ url: productUrl(random) });
  if (random() < REF_SHARE) query.set("ref", `oferta-${Math.floor(random() * 40) + 1}`);
  const headers: Record<string, string> = {
    "User-Agent": pick(bot ? BOTS : BROWSERS, random),
    "Accept-Language": "pt-BR,pt;q=0.9",
    Accept: "text/html",
  };
  if (!bot && random() < REFERRER_SHARE) headers["Referer"] = pick(REFERRERS, random);
  const method = bot && random() < 0.3 ? "HEAD" : "GET";
  return { method, path: `/visit?${query.toString()}`, headers, person: !bot };
}

function productUrl(random: () => number): string {
  const campaign = random() < CAMPAIGN_SHARE ? "?utm_source=newsletter&utm_campaign=semana" : "";
  if (random() < UNKNOWN_SHARE) {
    return `https://www.${pick(UNKNOWN_HOSTS, random)}/p/${pick(PRODUCTS, random)}`;
  }
  return `${productOf(pick(demoStores, random), random)}${campaign}`;
}

/** A product page of a demo shop. */
export function productOf(store: Pick<DemoStore, "domains">, random: () => number): string {
  const domain = pick(store.domains, random);
  if (domain === "magazineluiza.com.br" || domain === "magalu.com") {
    const { slug, sku } = pick(demoProducts, random);
    const path = random() < 0.5 ? `${slug}/p/${sku}/` : `promo/${slug}`;
    return `https://www.magazineluiza.com.br/${path}`;
  }
  return `https://www.${domain}/produto/${pick(PRODUCTS, random)}`;
}
