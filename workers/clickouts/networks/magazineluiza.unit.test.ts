// Magazine Luiza's conventions: product pages become partner pages, and a strange page cannot keep the reader busy.
import { describe, expect, test } from "vitest";
import { isPartnerSite, ownPagePath, PARTNER_SLUG, partnerPath, skuOfPage } from "./magazineluiza.ts";

describe("the partner's path", () => {
  test.for([
    ["https://www.magazineluiza.com.br/fone-x/p/238112200/te/fone/", "fone-x/p/238112200/te/fone/"],
    [
      "https://www.magazineluiza.com.br/fone-x/p/gk0h8a3b2c/te/fone/?utm_source=z&seller_id=lojaY",
      "fone-x/p/gk0h8a3b2c/te/fone/",
    ],
    ["https://www.magazinevoce.com.br/magazineother/fone-x/p/238112200/te/fone/", "fone-x/p/238112200/te/fone/"],
    ["https://www.magazinevoce.com.br./magazineother/fone-x/p/238112200/te/fone/", "fone-x/p/238112200/te/fone/"],
    ["https://magazinevoce.com.br/magazineother/p/238112200", "p/238112200/"],
    ["https://www.magazineluiza.com.br/p/238112200/", "p/238112200/"],
    ["https://m.magazineluiza.com.br//fone-x//p/238112200#avaliacoes", "fone-x/p/238112200/"],
    ["https://www.magazineluiza.com.br/fone-x/p/238112200?x=1", "fone-x/p/238112200/"],
    ["https://www.magazineluiza.com.br/fone/%0D%0ASet-Cookie/p/238112200/", "fone/%0D%0ASet-Cookie/p/238112200/"],
  ] as const)("of %s is %s", ([href, path]) => {
    expect(partnerPath(new URL(href))).toBe(path);
  });

  test.for([
    "https://www.magazineluiza.com.br/promo/fone-x",
    "https://www.magazineluiza.com.br/",
    "https://www.magazineluiza.com.br/fone-x/p/",
    "https://www.magazineluiza.com.br/fone-x/p/abc/",
    "https://www.magazineluiza.com.br/fone-x/p/1234567890123/",
    "https://www.magazineluiza.com.br/fone-x/p/2381-12200/",
    "https://www.magazineluiza.com.br/fone-x/?x=/p/238112200/",
    "https://www.magazinevoce.com.br/magazineacme/busca/fone/",
  ])("does not exist where the path holds no SKU: %s", (href) => {
    expect(partnerPath(new URL(href))).toBeNull();
  });

  test.for([
    ["https://www.magazinevoce.com.br/magazineacme/busca/fone/", "busca/fone/"],
    ["https://www.magazinevoce.com.br/magazineacme/", ""],
    ["https://www.magazinevoce.com.br/magazineacme", ""],
    ["https://www.magazinevoce.com.br/magazineother/busca/fone/", null],
    ["https://www.magazinevoce.com.br/magazineacme2/busca/fone/", null],
    ["https://www.magazineluiza.com.br/magazineacme/busca/fone/", null],
  ] as const)("of %s, on our own partner page, is %s", ([href, path]) => {
    expect(ownPagePath(new URL(href), "magazineacme")).toBe(path);
  });

  test("has nothing of our own while no slug is known", () => {
    expect(ownPagePath(new URL("https://www.magazinevoce.com.br//busca/"), "")).toBeNull();
  });

  test("is looked for below a slug on the partners' site alone", () => {
    expect(isPartnerSite(new URL("https://www.magazinevoce.com.br/x/"))).toBe(true);
    expect(isPartnerSite(new URL("https://www.magazinevoce.com.br.evil.example/x/"))).toBe(false);
  });

  test.for(["magazineacme", "Magazine-Acme_1", "abc"])("begins with a slug such as %s", (slug) => {
    expect(slug).toMatch(PARTNER_SLUG);
  });
});

describe("the SKU of a page", () => {
  const page = (text: string) =>
    `<!DOCTYPE html><html><head><title>Fone</title></head><body>${text}<p>R$ 1</p></body></html>`;
  const script = (text: string, attributes = "") => page(`<script${attributes}>${text}</script>`);
  const product = (value: object) => script(JSON.stringify(value), ` type="application/ld+json"`);

  test.for([
    ["the printed code", page(`<small class="header-product__code">Código 238112200 | Ver descrição</small>`)],
    ["digitalData", script("digitalData = {page:{product:{idSku:'238112200',title:'x'}}}; ")],
    [
      "Next.js data",
      script('{"props":{"pageProps":{"data":{"product":{"id":"238112200","title":"x"}}}}}', ` id="__NEXT_DATA__"`),
    ],
    ["JSON-LD after the type", product({ "@type": "Product", name: "x".repeat(9_000), sku: "238112200" })],
    ["JSON-LD before the type", product({ sku: "238112200", "@type": "Product" })],
    ["JSON-LD with spaces", script(JSON.stringify({ "@type": ["Product"], sku: "238112200" }, null, 2))],
    ["JSON-LD of a page torn at its end", `<script>{"@type":"Product","sku":"238112200"`],
    ["capitals", page(`<small class="header-product__code">Código 238112200 | `)],
  ] as const)("is read from %s", ([, html]) => {
    expect(skuOfPage(html)).toBe("238112200");
  });

  test("is lower-case", () => {
    expect(skuOfPage(product({ "@type": "Product", sku: "GK0H8A3B2C" }))).toBe("gk0h8a3b2c");
  });

  test("is that of JSON-LD before all others", () => {
    const old = `<small class="header-product__code">Código 111111111 | </small>`;
    const digital = "<script>digitalData = {idSku:'222222222'}</script>";
    const next = `<script id="__NEXT_DATA__">{"product":{"id":"333333333"}}</script>`;
    const linked = `<script>{"@type":"Product","sku":"444444444"}</script>`;
    expect(skuOfPage(old + digital + next + linked)).toBe("444444444");
    expect(skuOfPage(old + digital + next)).toBe("333333333");
    expect(skuOfPage(old + digital)).toBe("222222222");
  });

  test.for([
    ["no marker", page("nada")],
    ["nothing", ""],
    ["another type", product({ "@type": "BreadcrumbList", sku: "238112200" })],
    ["a SKU that is none", product({ "@type": "Product", sku: "2381/../12200" })],
    ["a list of other products", page(`<li data-product-id="238112200"><a href="/x/p/238112200/">x</a></li>`)],
  ] as const)("is not found in a page with %s", ([, html]) => {
    expect(skuOfPage(html)).toBeNull();
  });

  const HOSTILE = [
    '"@type":"Product"',
    '"sku":"abcde"',
    '"sku" : "',
    "<script>",
    "<script></script>",
    '<script>"@type":"Product"</script>',
    "<script ",
    '<script id="__NEXT_DATA__">',
    '<script id="__NEXT_DATA__">"product":{',
    '"product" : { ',
    "<script>digitalData =",
    "digitalData",
    "idSku:'",
    "header-product__code",
    "header-product__code>",
    "Código ",
    " ",
    '"@type" ',
    "<",
    '"',
  ];
  const MIB = 1024 * 1024;

  test.for(
    HOSTILE.flatMap((piece) =>
      ["", `<script id="__NEXT_DATA__">digitalData"@type":"Product"`].map((head) => [piece, head] as const),
    ),
  )("is sought in 2 MiB of %j behind %j without delay", ([piece, head]) => {
    const html = (head + piece.repeat(Math.ceil((2 * MIB) / piece.length))).slice(0, 2 * MIB);
    const startedMs = performance.now();
    skuOfPage(html);
    // Measured below 60 ms; a quadratic reader takes minutes.
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });
});
