// Magazine Luiza's URL and page conventions (it has no API): how a product page becomes a partner page. Pure.

/** Hosts whose pages may be fetched and rewritten; without `www.`. */
export const MAGAZINE_LUIZA_HOSTS: ReadonlySet<string> = new Set([
  "magazineluiza.com.br",
  "m.magazineluiza.com.br",
  "magalu.com",
  "magazinevoce.com.br",
]);

/** A partner's slug: the only thing that a sale is attributed by. */
export const PARTNER_SLUG = /^[a-z0-9][a-z0-9_-]{2,40}$/i;

const SKU = /^[a-z0-9]{5,12}$/i;

/**
 * The partner page's path below the slug for a product URL, or null when the path holds no SKU: `fone-x/p/238112200/te/fone/`.
 * The query is dropped; another partner's slug is replaced, since the first segment of magazinevoce.com.br is a slug.
 */
export function partnerPath(url: URL): string | null {
  const segments = url.pathname.split("/").filter((segment) => segment !== "");
  if (isPartnerSite(url)) segments.shift();
  const mark = segments.indexOf("p");
  const sku = segments[mark + 1];
  return mark < 0 || sku === undefined || !SKU.test(sku) ? null : `${segments.join("/")}/`;
}

/** Whether the URL is on the partners' site already. */
export function isPartnerSite(url: URL): boolean {
  return url.hostname.replace(/^www\./, "") === "magazinevoce.com.br";
}

/** Where pages keep the SKU, most reliable first: JSON-LD, Next.js data, the older `digitalData`, the printed code. */
const MARKERS: readonly RegExp[] = [
  /"@type"\s*:\s*"Product"[^<]{0,4000}?"sku"\s*:\s*"([a-z0-9]{5,12})"/i,
  /"sku"\s*:\s*"([a-z0-9]{5,12})"[^<]{0,4000}?"@type"\s*:\s*"Product"/i,
  /id="__NEXT_DATA__"[^>]{0,200}>[^<]{0,200000}?"product"\s*:\s*\{\s*"id"\s*:\s*"([a-z0-9]{5,12})"/i,
  /digitalData\s*=[^<]{0,20000}?idSku\s*:\s*'([a-z0-9]{5,12})'/i,
  /header-product__code[^>]{0,200}>\s*Código\s+([a-z\d]{5,12})\s/i,
];

/** The SKU that a product page names, lower-case, or null. */
export function skuOfPage(html: string): string | null {
  for (const marker of MARKERS) {
    const sku = marker.exec(html)?.[1];
    if (sku !== undefined) return sku.toLowerCase();
  }
  return null;
}
