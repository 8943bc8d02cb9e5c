// Which host names may be registered, and under which spelling.
import { describe, expect, it } from "vitest";
import { normaliseDomain, withParents } from "./domains.ts";

describe("a domain is registered", () => {
  it.each([
    ["Loja.COM.br", "loja.com.br"],
    [" www.loja.com.br. ", "loja.com.br"],
    ["WWW.Ofertas.Loja.com.br", "ofertas.loja.com.br"],
    ["pão.com.br", "xn--po-sia.com.br"],
    ["xn--po-sia.com.br", "xn--po-sia.com.br"],
    ["minha-loja.myshopify.com", "minha-loja.myshopify.com"],
    ["casaaroeira.example", "casaaroeira.example"],
    ["ｌｏｊａ.com", "loja.com"],
  ])("%s as %s", (text, domain) => expect(normaliseDomain(text)).toEqual({ ok: true, domain }));

  it("under one spelling, however often it is normalised", () => {
    const once = normaliseDomain("www.PÃO.com.br");
    expect(once.ok && normaliseDomain(once.domain)).toEqual(once);
  });
});

describe("a domain is refused", () => {
  it.each([
    ["nothing", ""],
    ["a URL", "https://loja.com.br"],
    ["a path", "loja.com.br/p"],
    ["a port", "loja.com.br:8080"],
    ["user info", "a@loja.com.br"],
    ["a wildcard", "*.loja.com.br"],
    ["two names", "loja.com.br outra.com.br"],
    ["an escaped slash", "loja.com.br%2fx"],
    ["an IPv4 address", "192.0.2.7"],
    ["a number that is an address", "0x7f000001"],
    ["an IPv6 address", "[2001:db8::1]"],
    ["a single label", "loja"],
    ["localhost", "localhost"],
    ["a private suffix", "loja.internal"],
    ["a country's suffix", "com.br"],
    ["a suffix behind www.", "www.com.br"],
    ["a shop platform's suffix", "myshopify.com"],
    ["an empty label", "loja..com"],
    ["a label over 63 characters", `${"a".repeat(64)}.com`],
    ["a name over 253 characters", `${"abcdefgh.".repeat(30)}com`],
  ])("that is %s", (_, text) => expect(normaliseDomain(text).ok).toBe(false));
});

it("a host is looked for under itself and its parents, nearest first", () => {
  expect(withParents("m.loja.com.br")).toEqual(["m.loja.com.br", "loja.com.br", "com.br"]);
});
