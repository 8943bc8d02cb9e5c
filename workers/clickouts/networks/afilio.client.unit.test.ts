// Afilio's XML: the link is found in each form that has been seen, and errors that come with HTTP 200 are told apart.
import { describe, expect, test } from "vitest";
import { afilioLink, linkOfXml } from "./afilio.client.ts";

const HEAD = `<?xml version="1.0" encoding="UTF-8"?>`;
const LINK = "http://v2.afilio.com.br/tracker.php?banid=9120033&campid=61200;2044&siteid=30021";
const anchor = (href: string) => `<a href="${href.replaceAll("&", "&amp;")}" target="_blank">deeplink</a>`;
const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

describe("afilio's link", () => {
  test.for([
    ["in CDATA", `${HEAD}<deeplink><link><![CDATA[${anchor(LINK)}]]></link></deeplink>`],
    [
      "in CDATA with plain ampersands",
      `<deeplink><link><![CDATA[<a href="${LINK}" target="_blank">x</a>]]></link></deeplink>`,
    ],
    ["escaped", `${HEAD}<deeplink><link>${escaped(anchor(LINK))}</link></deeplink>`],
    ["escaped once only", `<link>&lt;a href=&quot;${LINK.replaceAll("&", "&amp;")}&quot;&gt;x&lt;/a&gt;</link>`],
    ["escaped with apostrophes", `<link>&lt;a href=&apos;${LINK.replaceAll("&", "&amp;")}&apos;&gt;x&lt;/a&gt;</link>`],
    ["in single quotes", `<link><![CDATA[<a target='_blank' href='${LINK}'>x</a>]]></link>`],
    ["with line breaks around it", `<deeplink>\n <link>\n<![CDATA[\n${anchor(LINK)}\n]]>\n</link>\n</deeplink>`],
  ] as const)("is read %s", ([, xml]) => {
    expect(linkOfXml(xml)).toBe(LINK);
  });

  test("keeps an apostrophe, and an entity that was escaped in the address itself", () => {
    expect(linkOfXml(`<link><![CDATA[<a href="http://v2.afilio.com.br/t?a=d'x&amp;amp;lt;">x</a>]]></link>`)).toBe(
      "http://v2.afilio.com.br/t?a=d'x&amp;lt;",
    );
  });

  test.for([
    "",
    "<error>invalid token</error>",
    "<deeplink><error>Invalid link to this program</error></deeplink>",
    "<deeplink><link></link></deeplink>",
    "<link>Invalid link</link>",
    `<link><![CDATA[<a href="">x</a>]]></link>`,
    `<link><![CDATA[${anchor(LINK)}`,
    "<html><body>Voltamos já</body></html>",
  ])("is not found in %j", (xml) => {
    expect(linkOfXml(xml)).toBeNull();
  });

  test.for(["<link>", "<link>href='", `<link>href="`, "<link><![CDATA[", "&lt;", "</link>"])(
    "is sought in 64 KiB of %j without delay",
    (piece) => {
      const xml = `<link>${piece.repeat(64 * 1024)}`.slice(0, 64 * 1024);
      const startedMs = performance.now();
      linkOfXml(xml);
      linkOfXml(`${xml}</link>`);
      // Measured below 1 ms; a quadratic reader takes many seconds.
      expect(performance.now() - startedMs).toBeLessThan(2_000);
    },
  );
});

describe("afilio's answer", () => {
  const TOKEN = "canary/4711+x";
  const ask = (body: string, status = 200) =>
    afilioLink(
      {
        fields: { token: TOKEN, affiliateId: "40021", siteId: "30021" },
        externalId: "2044",
        url: "https://loja.example/p?a=1&b=ç",
        timeoutMs: 1_000,
      },
      { api: "https://v2.afilio.com.br", links: ["https://v2.afilio.com.br"] },
      { clock: () => 0, fetch: async () => new Response(body, { status }) },
    );
  const withLink = (href: string) => `<deeplink><link><![CDATA[${anchor(href)}]]></link></deeplink>`;

  test("with a link on its host is that link, be it plain http", async () => {
    expect(await ask(withLink(LINK))).toEqual({ raw: LINK });
  });

  test.for([
    "https://evil.example/tracker.php",
    "javascript:alert(1)",
    "//evil.example/",
    "https://v2.afilio.com.br@evil.example/",
  ])("with a link to %s is malformed", async (href) => {
    expect(await ask(withLink(href))).toMatchObject({ skip: "malformed", blame: "network" });
  });

  test("that the URL does not fit concerns this URL alone and opens no circuit", async () => {
    for (const body of [
      "<deeplink><error>Invalid link to this program</error></deeplink>",
      "<deeplink><link></link></deeplink>",
    ]) {
      expect(await ask(body)).toMatchObject({ skip: "rejected", blame: "url" });
    }
  });

  test("that refuses the token is the network's failure", async () => {
    expect(await ask("<error>invalid token</error>")).toMatchObject({
      skip: "rejected",
      blame: "network",
      detail: "Afilio said: invalid token",
    });
  });

  test.for(["", "<html>Voltamos já</html>", "{}"])("of %j is malformed", async (body) => {
    expect(await ask(body)).toMatchObject({ skip: "malformed", blame: "network" });
  });

  test("never tells the token, not even half of it", async () => {
    const echoes = [TOKEN, encodeURIComponent(TOKEN), `${"x".repeat(192)}${TOKEN}`];
    for (const status of [200, 401, 500]) {
      for (const echo of echoes)
        expect(JSON.stringify(await ask(`<error>${echo}</error>`, status))).not.toMatch(/canary/);
    }
  });
});
