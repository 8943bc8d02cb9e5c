// Clickouts from outside: the built Worker, the demo company, simulated networks. Only HTTP is used.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seed } from "../../scripts/seed.ts";
import { House } from "./support/house.ts";
import { recorded, recordedIds } from "./support/recorded.ts";

const CLICK_ID = /^[0-9a-z]{26}$/;
const house = new House();
const clickIds: string[] = [];

beforeAll(async () => {
  await house.open();
  await seed(house.origin, house.adminToken);
});
afterAll(() => house.close());

/** Visits, expects a redirect with a well-formed click id of its own, and answers its target. */
async function redirected(url: string): Promise<{ target: URL; clickId: string }> {
  const { status, headers, text } = await house.visit(url);
  expect(status, text).toBe(302);
  const clickId = headers.get("X-Clickout-Id") ?? "";
  expect(clickId).toMatch(CLICK_ID);
  expect(clickIds).not.toContain(clickId);
  clickIds.push(clickId);
  expect(headers.get("X-Request-Id")).toBe(clickId);
  expect(headers.get("Cache-Control")).toBe("no-store");
  expect(headers.get("X-Robots-Tag")).toBe("noindex");
  return { target: new URL(headers.get("Location") ?? ""), clickId };
}

/** Follows a tracked link at the simulated network and answers where the shopper lands. */
async function landing(target: URL): Promise<string> {
  const response = await fetch(target, { redirect: "manual" });
  return response.headers.get("Location") ?? "";
}

describe("a visit", () => {
  it("to an awin store leads to awin with the product, the advertiser and its own click id", async () => {
    const product = "https://www.casaaroeira.example/produto/mesa?cor=azul&n=1#fotos";
    for (let visit = 0; visit < 2; visit++) {
      const { target, clickId } = await redirected(product);
      expect(target.href.split("?")[0]).toBe(`${house.sandboxOrigin}/awin/cread.php`);
      expect(Object.fromEntries(target.searchParams)).toEqual({
        awinmid: "17648",
        awinaffid: "223344",
        clickref: clickId,
        ued: product,
      });
      expect(await landing(target)).toMatch(/^https:\/\/www\.casaaroeira\.example\/produto\/mesa\?/);
    }
  });

  it("to a rakuten store leads to rakuten with the product and its own click id", async () => {
    const product = "https://petcaramelo.example/racao";
    for (let visit = 0; visit < 2; visit++) {
      const { target, clickId } = await redirected(product);
      expect(target.href.split("?")[0]).toBe(`${house.sandboxOrigin}/rakuten/deeplink`);
      expect(Object.fromEntries(target.searchParams)).toEqual({
        id: "AbCdEfGhIjk",
        mid: "44012",
        u1: clickId,
        murl: product,
      });
      expect(await landing(target)).toMatch(/^https:\/\/petcaramelo\.example\/racao\?/);
    }
  });

  it("to a lomadee store makes one link there and gives each click its own id", async () => {
    for (const tag of ["", "?utm_source=a", "?utm_source=b#fotos"]) {
      const { target, clickId } = await redirected(`https://www.livrariasabia.example/produto/livro${tag}`);
      expect(target.href.startsWith(`${house.sandboxOrigin}/lomadee/`)).toBe(true);
      expect(target.searchParams.getAll("mdasc")).toEqual([clickId]);
      expect(await landing(target)).toMatch(/^https:\/\/www\.livrariasabia\.example\/produto\/livro\?/);
    }
    expect(house.sandbox.simulators.lomadee.links.size).toBe(1);
  });

  it("to an afilio store makes one banner there and gives each click its own id", async () => {
    for (let visit = 0; visit < 3; visit++) {
      const { target, clickId } = await redirected("https://emporiojatoba.example/produto/mochila");
      expect(target.href.split("?")[0]).toBe(`${house.sandboxOrigin}/afilio/tracker.php`);
      expect(target.searchParams.getAll("aff_xtra")).toEqual([clickId]);
    }
    expect(house.sandbox.simulators.afilio.banners.size).toBe(1);
  });

  it("to a magazinevoce store keeps the product's SKU, read from the path or from its page", async () => {
    const fromPath = await redirected("https://www.magazineluiza.com.br/cafeteira-italiana/p/238102300/");
    expect(fromPath.target.origin).toBe(house.sandboxOrigin);
    expect(fromPath.target.pathname).toMatch(/^\/magazinevoce\/magazinesluice\/.*p\/238102300(\/|$)/);
    const fromPage = await redirected("https://www.magazineluiza.com.br/promo/fone-bluetooth-azul");
    expect(fromPage.target.pathname).toMatch(/^\/magazinevoce\/magazinesluice\/.*p\/238112200(\/|$)/);
  });

  it("to a store without network gets the relation's own parameters", async () => {
    const { target, clickId } = await redirected("https://www.viagensipe.example/pacote?utm_source=other&dias=3");
    expect(target.hostname).toBe("www.viagensipe.example");
    expect(Object.fromEntries(target.searchParams)).toEqual({
      dias: "3",
      utm_source: "sluice",
      utm_medium: "parceiro",
      subid: clickId,
    });
  });

  it("to an unknown store leads to the fallback with the click id", async () => {
    const { target, clickId } = await redirected("https://www.lojadesconhecida.example/p/1");
    expect(target.href.split("?")[0]).toBe(`${house.sandboxOrigin}/digidip/sluice/visit`);
    expect(target.searchParams.get("url")).toBe("https://www.lojadesconhecida.example/p/1");
    expect(target.searchParams.get("ref")).toBe(clickId);
  });

  it("takes the next network of the rule where the first is down, and never leaves the shopper waiting", async () => {
    await house.call("/api/clickouts/stores", {
      method: "POST",
      body: {
        name: "Loja Dupla",
        domains: ["lojadupla.example"],
        networks: [
          { network: "afilio", externalId: "2044" },
          { network: "awin", externalId: "17648" },
        ],
      },
    });
    house.sandbox.simulators.afilio.faults.set({ mode: "error", status: 500 });
    const { target } = await redirected("https://lojadupla.example/p/9");
    house.sandbox.simulators.afilio.faults.clear();
    expect(target.pathname).toBe("/awin/cread.php");
  });

  it("is recorded once, with its network and outcome", async () => {
    expect(await recordedIds(house, clickIds.length)).toEqual(clickIds.toSorted());
    const byId = new Map((await recorded(house)).map((click) => [click.clickoutId, click]));
    expect(byId.get(clickIds[0] ?? "")).toMatchObject({ network: "awin", outcome: "tracked" });
    const fallback = [...byId.values()].filter((click) => click.outcome === "fallback");
    expect(fallback.map((click) => click.url)).toEqual(["https://www.lojadesconhecida.example/p/1"]);
  });
});

describe("a bad visit", () => {
  const refused = [
    ["nothing", ""],
    ["words", "not a url"],
    ["a path", "/produto/1"],
    ["javascript", "javascript:alert(1)"],
    ["data", "data:text/html,<script>alert(1)</script>"],
    ["ftp", "ftp://casaaroeira.example/x"],
    ["user info", "https://casaaroeira.example@evil.example/"],
    ["a password", "https://a:b@casaaroeira.example/"],
    ["an IPv4 address", "http://127.0.0.1/admin"],
    ["a disguised IPv4 address", "http://0x7f.1/admin"],
    ["an IPv6 address", "http://[::1]/"],
    ["localhost", "http://localhost:8787/"],
    ["a single label", "http://intranet/"],
    ["a private suffix", "https://router.local/"],
    ["ten kilobytes", `https://casaaroeira.example/${"a".repeat(10_240)}`],
    ["a double-encoded URL", encodeURIComponent("https://casaaroeira.example/p")],
  ] as const;

  it.each(refused)("with %s is answered 400 invalid_url and leads nowhere", async (_name, url) => {
    const { status, headers, text } = await house.visit(url);
    expect(status, text).toBe(400);
    expect(headers.get("Location")).toBeNull();
    expect(headers.get("Content-Type")).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(text)).toMatchObject({ status: 400, code: "invalid_url" });
  });

  it("without the parameter is answered 400 invalid_url", async () => {
    const { status, text } = await house.call("/visit", { key: null });
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({ code: "invalid_url" });
  });

  it("from a browser gets a small page instead of JSON", async () => {
    const { status, headers, text } = await house.visit("javascript:alert(1)", { Accept: "text/html" });
    expect(status).toBe(400);
    expect(headers.get("Content-Type")).toMatch(/^text\/html/);
    expect(text).not.toContain("alert(1)");
  });

  it("by another method is answered 405 with the methods that are allowed", async () => {
    const { status, headers } = await house.call("/visit?url=https://casaaroeira.example", {
      method: "POST",
      key: null,
    });
    expect(status).toBe(405);
    expect(headers.get("Allow")).toMatch(/GET/);
  });

  it("never leads to a host that no configuration names", async () => {
    const hosts = new Set([new URL(house.sandboxOrigin).host, "viagensipe.example", "www.viagensipe.example"]);
    const tricks = [
      "https://evil.example/",
      "https://viagensipe.example.evil.example/",
      "https://evil.example/?url=https://viagensipe.example",
      "https://viagensipe.example\\@evil.example/",
      "https://viagensipe.example%2eevil.example/",
      "https:evil.example",
      "https://evil.example#viagensipe.example",
      "https://EVIL.example./",
      "https://xn--viagensip-f1a.example/",
    ];
    for (const trick of tricks) {
      const { status, headers } = await house.visit(trick);
      if (status !== 302) continue;
      expect(hosts, trick).toContain(new URL(headers.get("Location") ?? "").host);
    }
  });

  it("with no fallback account is answered 404 unknown_store", async () => {
    await house.call("/api/credentials/digidip", { method: "DELETE" });
    const { status, headers, text } = await house.visit("https://evil.example/");
    expect(status).toBe(404);
    expect(headers.get("Location")).toBeNull();
    expect(JSON.parse(text)).toMatchObject({ code: "unknown_store" });
  });
});
