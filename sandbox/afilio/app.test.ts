// Holds the simulated Afilio to what is known of the real one; it must never reach the network.
import { describe, expect, it } from "vitest";
import { createAfilio } from "./app.ts";

const account = "token=sandbox-afilio-token&affid=40021";
const create = (progid: string, url: string) =>
  `/api/deeplink.php?${account}&progid=${progid}&bantitle=deeplink&bandesc=deeplink&siteid=30021` +
  `&desturl=${encodeURIComponent(url)}`;
const product = "https://www.emporiojatoba.example/produto/1?x=1";

describe("the API", () => {
  it("answers a bad token with status 200 and an error in XML", async () => {
    const { app } = createAfilio();
    const response = await app.request("/api/prog_api.php?token=no&affid=40021");
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("<error>invalid token</error>");
  });

  it("lists programmes as an object by id, all values strings", async () => {
    const { app } = createAfilio();
    const response = await app.request(`/api/prog_api.php?${account}`);
    const body = (await response.json()) as Record<string, Record<string, unknown>>;
    expect(Object.keys(body)).toEqual(["2044", "2051", "2067", "2090"]);
    expect(body["2044"]).toMatchObject({ nom: "Empório Jatobá", progid: "2044" });
    expect(Object.values(body["2044"] ?? {}).every((value) => typeof value === "string")).toBe(true);
  });
});

describe("deep links", () => {
  it("come as an anchor in CDATA whose address leads to the product", async () => {
    const { app } = createAfilio();
    const response = await app.request(`http://sandbox.test${create("2044", product)}`);
    const text = await response.text();
    const href = /<!\[CDATA\[<a href="([^"]+)" target="_blank">/.exec(text)?.[1] ?? "";
    expect(href).toMatch(/^http:\/\/sandbox\.test\/tracker\.php\?banid=\d+&amp;campid=61200;2044&amp;/);
    const clicked = await app.request(`${href.replaceAll("&amp;", "&")}&aff_xtra=k1`);
    expect(clicked.status).toBe(302);
    expect(clicked.headers.get("Location")).toContain(`${product}&utm_source=afilio`);
  });

  it("come escaped where CDATA is not used", async () => {
    const { app } = createAfilio({ anchor: "escaped" });
    const text = await (await app.request(create("2044", product))).text();
    expect(text).toContain("<link>&lt;a href=&quot;");
    expect(text).toContain("&amp;amp;campid=");
  });

  it("make a banner at every call, also for the same page", async () => {
    const { app, banners } = createAfilio();
    await app.request(create("2044", product));
    await app.request(create("2044", product));
    expect(banners.size).toBe(2);
  });

  it("are refused without a banner for another shop's page or programme", async () => {
    const { app, banners } = createAfilio();
    const wrong = [create("2051", product), create("1", product), create("2044", "not a url")];
    for (const path of wrong) {
      const response = await app.request(path);
      expect(response.status).toBe(200);
      expect(await response.text()).toContain("Invalid link to this program");
    }
    expect(banners.size).toBe(0);
  });
});
