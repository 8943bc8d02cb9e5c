// Magazine Luiza's URL and page conventions (it has no API): how a product page becomes a partner page. Pure.
import { storeHost } from "../redirect/destination.ts";

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
  return storeHost(url) === "magazinevoce.com.br";
}

/** The path below the slug of a page that is our own partner page already, product or not; else null. */
export function ownPagePath(url: URL, slug: string): string | null {
  const root = `/${slug}/`;
  return isPartnerSite(url) && slug !== "" && `${url.pathname}/`.startsWith(root)
    ? url.pathname.slice(root.length)
    : null;
}

interface Script {
  attributes: string;
  body: string;
}

/** The page's scripts in one pass: a page is a stranger's text, so nothing here may look back or look twice. */
function scriptsOf(html: string): Script[] {
  const scripts: Script[] = [];
  for (let at = html.indexOf("<script"); at >= 0; at = html.indexOf("<script", at)) {
    const open = html.indexOf(">", at);
    if (open < 0) break;
    const close = html.indexOf("</script", open);
    scripts.push({ attributes: html.slice(at, open), body: html.slice(open + 1, close < 0 ? undefined : close) });
    if (close < 0) break;
    at = close;
  }
  return scripts;
}

// Each begins with a literal and holds no gap that could run over another beginning: linear on any text.
const PRODUCT_TYPE = /"@type"\s*:\s*\[?\s*"Product"/;
const SKU_FIELD = /"sku"\s*:\s*"([a-z0-9]{5,12})"/gi;
const NEXT_PRODUCT = /"product"\s*:\s*\{\s*"id"\s*:\s*"([a-z0-9]{5,12})"/i;
const DIGITAL_SKU = /idSku\s*:\s*['"]([a-z0-9]{5,12})['"]/i;
const PRINTED_CODE = /header-product__code[^>]{0,60}>\s*Código\s+([a-z\d]{5,12})\s/i;

/** JSON-LD: the first `sku` after the product's type, else the last one before it. */
function jsonLdSku({ body }: Script): string | undefined {
  const at = body.search(PRODUCT_TYPE);
  if (at < 0) return undefined;
  const [after] = body.slice(at).matchAll(SKU_FIELD);
  return (after ?? [...body.slice(0, at).matchAll(SKU_FIELD)].at(-1))?.[1];
}

function nextDataSku({ attributes, body }: Script): string | undefined {
  return attributes.includes("__NEXT_DATA__") ? NEXT_PRODUCT.exec(body)?.[1] : undefined;
}

function digitalDataSku({ body }: Script): string | undefined {
  const at = body.indexOf("digitalData");
  return at < 0 ? undefined : DIGITAL_SKU.exec(body.slice(at))?.[1];
}

/** The SKU that a product page names, lower-case, or null. Most reliable first; the printed code is the oldest form. */
export function skuOfPage(html: string): string | null {
  const scripts = scriptsOf(html);
  for (const read of [jsonLdSku, nextDataSku, digitalDataSku]) {
    for (const script of scripts) {
      const sku = read(script);
      if (sku !== undefined) return sku.toLowerCase();
    }
  }
  return PRINTED_CODE.exec(html)?.[1]?.toLowerCase() ?? null;
}
