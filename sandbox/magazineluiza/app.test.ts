// Holds the simulated shop to the page flavours that are known; it must never reach the network.
import { describe, expect, it } from "vitest";
import { createMagazineLuiza } from "./app.ts";

const browser = { headers: { "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)" } };
const page = async (path: string) => createMagazineLuiza().app.request(path, browser);

it.each([
  ["fone-bluetooth-azul", /Código\s([a-z\d]+)\s/, "238112200"],
  ["cafeteira-italiana", /idSku:'([^']+)'/, "2381023"],
  ["smart-tv-50", /__NEXT_DATA__.*"product":\{"id":"([^"]+)"/, "gk0h8a3b2c"],
  ["liquidificador", /ld\+json.*"sku":"([^"]+)"/, "237951400"],
  ["tenis-corrida", /itemprop="sku" content="([^"]+)"/, "hj7f2d9a1e"],
])("the page of %s keeps its SKU where its flavour does", async (slug, pattern, sku) => {
  const text = await (await page(`/promo/${slug}`)).text();
  expect(pattern.exec(text)?.[1]).toBe(sku);
});

it("a page without a SKU gives none away", async () => {
  const response = await page("/promo/lista-de-casamento");
  expect(response.status).toBe(200);
  expect(await response.text()).not.toContain("236000100");
});

it("a product stands under its SKU whatever the slug", async () => {
  expect((await page("/qualquer/p/238112200/te/fone/")).status).toBe(200);
  expect((await page("/qualquer/p/999999900/te/fone/")).status).toBe(404);
});

describe("what is no product page", () => {
  it("a blocked product is 403", async () => {
    expect((await page("/promo/geladeira")).status).toBe(403);
  });

  it("a product that is gone redirects to the search, which names other SKUs", async () => {
    const response = await page("http://sandbox.test/promo/dvd-player");
    expect(response.status).toBe(301);
    expect(response.headers.get("Location")).toBe("http://sandbox.test/busca/dvd-player/");
    expect(await (await page("/busca/dvd-player/")).text()).toContain("238112200");
  });

  it("an unknown page is 404", async () => {
    expect((await page("/promo/nada")).status).toBe(404);
  });

  it("a caller that is no browser is 403", async () => {
    const { app } = createMagazineLuiza();
    expect((await app.request("/promo/fone-bluetooth-azul")).status).toBe(403);
  });
});
