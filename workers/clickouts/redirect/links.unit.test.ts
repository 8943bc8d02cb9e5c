// How links are put together: the destination survives whole, and each click carries its own id.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  awinHead,
  awinTail,
  digidipParts,
  diretoParts,
  isLinkNetwork,
  linkFor,
  magazineVoceParts,
  rakutenHead,
  rakutenTail,
  subIdParts,
} from "./links.ts";
import type { LinkParts } from "./links.ts";
import { NETWORKS } from "../networks.ts";

const BASES = {
  awin: "https://www.awin1.com",
  rakuten: "https://click.linksynergy.com",
  digidip: "https://{account}.digidip.net",
  magazineVoce: "https://www.magazinevoce.com.br",
};
const CLICK = "0mi8sqk3r00a1x0123456789ab";
const DESTINATION = "https://www.loja.example/p/1?a=b&c=d%26e&q=c%CC%A7+x#avaliacoes";

const awin = (href: string): LinkParts => [awinHead(BASES, "223344", "17648"), awinTail(href)];
const rakuten = (href: string): LinkParts => [rakutenHead(BASES, "AbCdEfGhIjk", "43984"), rakutenTail(href)];
const digidip = (href: string): LinkParts => digidipParts(BASES, "acme", href);
const queryOf = (parts: LinkParts) => new URL(linkFor(parts, CLICK)).searchParams;

const hrefs = fc
  .tuple(fc.webUrl({ withQueryParameters: true, withFragments: true }), fc.string({ unit: "grapheme" }))
  .map(([url, text]) => new URL(`${url}${url.includes("#") ? "" : "?q="}${text}`).href);

describe("a link that is built here", () => {
  test("of awin has the documented form", () => {
    expect(linkFor(awin("https://www.loja.example/p/1?x=1"), CLICK)).toBe(
      `https://www.awin1.com/cread.php?awinmid=17648&awinaffid=223344&clickref=${CLICK}&ued=https%3A%2F%2Fwww.loja.example%2Fp%2F1%3Fx%3D1`,
    );
  });

  test("of rakuten has the documented form", () => {
    expect(linkFor(rakuten("https://www.loja.example/p/1"), CLICK)).toBe(
      `https://click.linksynergy.com/deeplink?id=AbCdEfGhIjk&mid=43984&u1=${CLICK}&murl=https%3A%2F%2Fwww.loja.example%2Fp%2F1`,
    );
  });

  test("of digidip has the documented form", () => {
    expect(linkFor(digidip("https://www.loja.example/p/1?a=b&c=d"), "c_01HXYZ")).toBe(
      "https://acme.digidip.net/visit?url=https%3A%2F%2Fwww.loja.example%2Fp%2F1%3Fa%3Db%26c%3Dd&ref=c_01HXYZ",
    );
    const { href } = new URL("https://a.example/p?x=ção&y=1#t");
    expect(queryOf(digidip(href)).get("url")).toBe(href);
  });

  test("of magazinevoce has the partner's slug and no sub-id", () => {
    const link = linkFor(magazineVoceParts(BASES, "magazineacme", "fone-x/p/238112200/te/fone/"), CLICK);
    expect(link).toBe("https://www.magazinevoce.com.br/magazineacme/fone-x/p/238112200/te/fone/");
  });

  test.for([
    ["awin", awin, "ued", "clickref"],
    ["rakuten", rakuten, "murl", "u1"],
    ["digidip", digidip, "url", "ref"],
  ] as const)("of %s carries the whole destination and the click", ([, build, destination, subId]) => {
    expect(queryOf(build(DESTINATION)).get(destination)).toBe(DESTINATION);
    fc.assert(
      fc.property(hrefs, (href) => {
        const query = queryOf(build(href));
        expect([query.getAll(destination), query.getAll(subId)]).toEqual([[href], [CLICK]]);
      }),
    );
  });

  test("keeps ids of odd characters in their own parameter", () => {
    const query = queryOf([rakutenHead(BASES, "a*b/c.d&x=1", "4&mid=5"), rakutenTail(DESTINATION)]);
    expect([query.get("id"), query.getAll("mid"), query.get("x")]).toEqual(["a*b/c.d&x=1", ["4&mid=5"], null]);
  });
});

describe("a direct link", () => {
  const direto = (href: string, parameters: Record<string, string>) => linkFor(diretoParts(href, parameters), CLICK);

  test.for([
    ["https://a.example/p", { sub: "{click}" }, `https://a.example/p?sub=${CLICK}`],
    ["https://a.example/p#t", { sub: "{click}" }, `https://a.example/p?sub=${CLICK}#t`],
    ["https://a.example/p?x=1", { sub: "a-{click}-b" }, `https://a.example/p?x=1&sub=a-${CLICK}-b`],
    ["https://a.example/p?sub=old&x=1&sub=older", { sub: "{click}" }, `https://a.example/p?x=1&sub=${CLICK}`],
    ["https://a.example/p?s%75b=old&x=1", { sub: "new" }, "https://a.example/p?x=1&sub=new"],
    ["https://a.example/p?SUB=old", { sub: "new" }, "https://a.example/p?SUB=old&sub=new"],
    ["https://a.example/p??sub=1", { sub: "new" }, "https://a.example/p??sub=1&sub=new"],
    ["https://a.example/p?x=%C3%A7+y&%=1", { a: "b" }, "https://a.example/p?x=%C3%A7+y&%=1&a=b"],
    ["https://a.example/p", { "a b": "ç&d=1", e: "" }, "https://a.example/p?a%20b=%C3%A7%26d%3D1&e="],
    [
      "https://a.example/p",
      { one: "{click}", two: "{click}{click}" },
      `https://a.example/p?one=${CLICK}&two=${CLICK}${CLICK}`,
    ],
    ["https://a.example/p?x={click}", { a: "{Click}" }, "https://a.example/p?x={click}&a=%7BClick%7D"],
    ["https://a.example/p", {}, "https://a.example/p"],
    ["https://a.example/p#t", {}, "https://a.example/p#t"],
    ["https://a.example/p?toString=1", { constructor: "x" }, "https://a.example/p?toString=1&constructor=x"],
  ] as const)("of %s with %j is %s", ([href, parameters, link]) => {
    expect(direto(href, parameters)).toBe(link);
  });

  test("keeps path, fragment and every parameter that it does not set, and sets each of its own once", () => {
    const parameters = fc.dictionary(fc.string({ minLength: 1, unit: "grapheme" }), fc.string({ unit: "binary" }), {
      maxKeys: 4,
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(hrefs, parameters, (href, set) => {
        const [before, after] = [new URL(href), new URL(direto(href, set))];
        expect([after.origin, after.pathname, after.hash]).toEqual([before.origin, before.pathname, before.hash]);
        const names = Object.keys(set);
        const others = [...before.searchParams].filter(
          ([name, value]) => !names.includes(name) && `${name}${value}` !== "",
        );
        expect(
          [...after.searchParams].filter(([name, value]) => !names.includes(name) && `${name}${value}` !== ""),
        ).toEqual(others);
        for (const [name, value] of Object.entries(set)) {
          expect(after.searchParams.getAll(name)).toEqual([value.toWellFormed().replaceAll("{click}", CLICK)]);
        }
      }),
    );
  });
});

describe("a network's own link", () => {
  test.for([
    ["lomadee", "https://redir.lomadee.com/v2/2a1b3c", `https://redir.lomadee.com/v2/2a1b3c?mdasc=${CLICK}`],
    ["lomadee", "https://redir.lomadee.com/v2/2a?mdasc=old", `https://redir.lomadee.com/v2/2a?mdasc=${CLICK}`],
    [
      "afilio",
      "http://v2.afilio.com.br/tracker.php?banid=9120033&campid=61200;2044&siteid=30021",
      `http://v2.afilio.com.br/tracker.php?banid=9120033&campid=61200;2044&siteid=30021&aff_xtra=${CLICK}`,
    ],
  ] as const)("of %s, %s, gets the click in the sub-id", ([network, link, tracked]) => {
    expect(linkFor(subIdParts(network, link), CLICK)).toBe(tracked);
  });

  test.for([
    " https://redir.lomadee.com/v2/a",
    "https://redir.lomadee.com/v2/a\r\nSet-Cookie: x=1",
    "https://redir.lomadee.com/v2/ção\0",
  ])("can stand in a header, whatever the network sent: %j", (link) => {
    const parts = subIdParts("lomadee", link);
    expect(parts).toHaveLength(2);
    expect(linkFor(parts, CLICK)).toMatch(/^https:\/\/redir\.lomadee\.com\/v2\/[!-~]+$/);
  });
});

test("only afilio, lomadee and magazinevoce are ever asked for links", () => {
  expect(NETWORKS.filter(isLinkNetwork)).toEqual(["afilio", "lomadee", "magazinevoce"]);
});
