// The HTML of the simulated shop: one product page per flavour, and the search page.
// The SKU may stand only where the flavour says, or a reader would find it by luck.
import type { MagaluProduct } from "./catalogue.ts";

/** A product page in the product's flavour. */
export function productPage(product: MagaluProduct): string {
  const { head, body } = marker(product);
  return `<!DOCTYPE html>
<html lang="pt-BR"><head><meta charset="utf-8"><title>${product.title} | Magazine Luiza</title>
${head}</head>
<body><h1 class="header-product__title">${product.title}</h1>
${body}<p class="price">R$ 199,90</p></body></html>`;
}

/** The search page. It names SKUs of other products, so reading one here would be a wrong link. */
export function searchPage(term: string, products: readonly MagaluProduct[]): string {
  const cards = products
    .filter((product) => product.state === undefined)
    .map(({ sku, slug, title }) => `<li data-product-id="${sku}"><a href="/${slug}/p/${sku}/">${title}</a></li>`);
  return `<!DOCTYPE html>
<html lang="pt-BR"><head><meta charset="utf-8"><title>Busca por ${escaped(term)}</title></head>
<body><ul>${cards.join("")}</ul></body></html>`;
}

function marker(product: MagaluProduct): { head: string; body: string } {
  const { sku, title } = product;
  switch (product.flavour) {
    case "header":
      return {
        head: "",
        body: `<small class="header-product__code">Código ${sku} | Ver descrição completa</small>\n`,
      };
    case "digital_data": {
      // Older pages carry the short form: the code of addresses without its last two zeros.
      const idSku = sku.replace(/^(\d{7})00$/, "$1");
      const item = `idSku:'${idSku}',title:'${title}',salePrice:'199.90',stockAvailability:true`;
      return {
        head: `<script>digitalData = {site:{name:'magazineluiza'},page:{product:{${item}}}}; </script>\n`,
        body: "",
      };
    }
    case "next_data": {
      const data = { props: { pageProps: { data: { product: { id: sku, title } } } } };
      const script = `<script id="__NEXT_DATA__" type="application/json">`;
      return { head: "", body: `${script}${JSON.stringify(data)}</script>\n` };
    }
    case "json_ld": {
      const data = { "@context": "https://schema.org", "@type": "Product", name: title, sku };
      const script = `<script type="application/ld+json">`;
      return { head: `${script}${JSON.stringify(data)}</script>\n`, body: "" };
    }
    case "meta":
      return { head: `<meta itemprop="sku" content="${sku}">\n`, body: "" };
    case "none":
      return { head: "", body: "" };
  }
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
