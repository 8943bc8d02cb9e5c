// Which product URLs a visit accepts, and how they are cleaned before they key a template.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isPublicHost } from "../../../src/shared/public-host.ts";
import { parseDestination, storeHost, withoutCampaignTags } from "./destination.ts";

const accepted = (text: string): URL => {
  const url = parseDestination(text);
  if (typeof url === "string") throw new Error(url);
  return url;
};

describe("a destination", () => {
  test.for([
    null,
    "",
    "loja",
    "/p/1",
    "//loja.example/p/1",
    "https://",
    "https://%zz/",
    "http://a b/",
    "https://loja.example:99999/",
  ])("is refused when it is no absolute URL: %j", (text) => {
    expect(parseDestination(text)).toBeTypeOf("string");
  });

  test.for([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "blob:https://loja.example/1",
    "file:///etc/passwd",
    "ftp://loja.example/p",
    "ws://loja.example/",
    "view-source:https://loja.example/",
    "intent://loja.example/#Intent;end",
  ])("is refused when its scheme is not of the web: %j", (text) => {
    expect(parseDestination(text)).toBeTypeOf("string");
  });

  test.for([
    "https://user@loja.example/",
    "https://user:pass@loja.example/",
    "https://:pass@loja.example/",
    "https://loja.example@evil.example/",
    "https://loja%2eexample%40@evil.example/",
  ])("is refused with user info: %s", (text) => {
    expect(parseDestination(text)).toBe("A URL with user info is not redirected.");
  });

  test.for([
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "127.0.0.1.",
    "１２７.0.0.1",
    "127。0。0。1",
    "%31%32%37.0.0.1",
    "0",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "8.8.8.8",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[fe80::1]",
    "[fc00::1]",
    "[2001:db8::1]",
    "[64:ff9b::10.0.0.1]",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "loja.localhost",
    "printer.local",
    "db.internal",
    "wiki.corp",
    "nas.home.arpa",
    "router.lan",
    "loja.onion",
    "intranet",
    "com",
    "loja..example",
    ".loja.example",
    "-loja.example",
    "loja-.example",
    `${"a".repeat(64)}.example`,
  ])("is refused when its host is an address or not public: %s", (host) => {
    expect(parseDestination(`http://${host}/p/1`)).toBeTypeOf("string");
    expect(parseDestination(`https://${host}:8443/p/1`)).toBeTypeOf("string");
  });

  test.for([
    ["https://www.loja.example/p/1", "loja.example"],
    ["HTTPS://WWW.LOJA.EXAMPLE/p/1", "loja.example"],
    ["http://loja.example:8080/p/1", "loja.example"],
    ["https://www.loja.example./p/1", "loja.example"],
    ["https://m.loja.example/p/1", "m.loja.example"],
    ["https://www.pão.com.br/p/1", "xn--po-sia.com.br"],
    ["https://LOJA。com.br/", "loja.com.br"],
    ["https://minha_loja.example/", "minha_loja.example"],
    ["https://127.0.0.1.nip.example/", "127.0.0.1.nip.example"],
    ["https://www.com.br/", "com.br"],
  ] as const)("of the host of %s belongs to the store of %s", ([text, host]) => {
    expect(storeHost(accepted(text))).toBe(host);
  });

  test("may be written in any alphabet and is kept in punycode", () => {
    expect(accepted("https://loja-pão.com.br/café?q=ção#fim").href).toBe(
      "https://xn--loja-po-2wa.com.br/caf%C3%A9?q=%C3%A7%C3%A3o#fim",
    );
  });

  test("may have 8,192 characters and no more, before and after it is encoded", () => {
    const base = "https://loja.example/";
    expect(accepted(base + "a".repeat(8_192 - base.length)).href).toHaveLength(8_192);
    expect(parseDestination(base + "a".repeat(8_193 - base.length))).toBeTypeOf("string");
    expect(parseDestination(base + "a".repeat(10_240))).toBeTypeOf("string");
    expect(parseDestination(base + "ã".repeat(4_000))).toBeTypeOf("string");
  });

  test("that was encoded twice is no URL, and one with an encoded URL inside keeps it", () => {
    expect(parseDestination(encodeURIComponent("https://loja.example/p/1"))).toBeTypeOf("string");
    const inner = "https://loja.example/r?to=https%253A%252F%252Fb.example%252F";
    expect(accepted(inner).href).toBe(inner);
  });

  test("is never an address, whatever the text", () => {
    const hosts = fc.oneof(
      fc.ipV4(),
      fc.ipV4Extended(),
      fc.ipV6().map((address) => `[${address}]`),
    );
    fc.assert(
      fc.property(hosts, fc.webPath(), (host, path) => {
        expect(parseDestination(`http://${host}${path}`)).toBeTypeOf("string");
      }),
    );
  });

  test("with a web address of any kind is accepted with its public host or refused, never thrown", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.webUrl({ withQueryParameters: true, withFragments: true }), fc.string({ unit: "binary" })),
        (text) => {
          const url = parseDestination(text);
          if (typeof url !== "string") expect(isPublicHost(url.hostname)).toBe(true);
        },
      ),
    );
  });
});

describe("the URL that a network is asked for", () => {
  test.for([
    ["https://a.example/p", "https://a.example/p"],
    ["https://a.example/p#x?utm_source=y", "https://a.example/p"],
    ["https://a.example/p?utm_source=x", "https://a.example/p"],
    ["https://a.example/p?a=1&utm_source=x&b=2#t", "https://a.example/p?a=1&b=2"],
    ["https://a.example/p?UTM_Campaign=x&GCLID=1&fbclid=2&msclkid=3&ttclid=4&cor=azul", "https://a.example/p?cor=azul"],
    ["https://a.example/p?xutm_source=1&gclid2=1", "https://a.example/p?xutm_source=1&gclid2=1"],
    ["https://a.example/p?q=%C3%A7+x&y=%2F", "https://a.example/p?q=%C3%A7+x&y=%2F"],
    ["https://a.example/p?utm_source", "https://a.example/p"],
  ] as const)("of %s is %s", ([href, asked]) => {
    expect(withoutCampaignTags(href)).toBe(asked);
  });

  test("is the same whatever campaign tags stand in it", () => {
    const tag = fc.constantFrom("utm_source", "utm_medium", "UTM_ID", "gclid", "fbclid", "msclkid", "ttclid");
    fc.assert(
      fc.property(fc.webUrl(), fc.array(fc.tuple(tag, fc.webFragments())), (text, tags) => {
        const { href } = new URL(text);
        const bare = withoutCampaignTags(href);
        const query = tags.map(([name, value]) => `&${name}=${encodeURIComponent(value)}`).join("");
        expect(withoutCampaignTags(`${href}?x=1${query}#end`)).toBe(`${href}?x=1`);
        expect(withoutCampaignTags(bare)).toBe(bare);
      }),
    );
  });
});
