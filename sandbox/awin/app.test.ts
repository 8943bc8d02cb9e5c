// Holds the simulated Awin to what is known of the real one; it must never reach the network.
import { describe, expect, it } from "vitest";
import { createAwin } from "./app.ts";

const bearer = { Authorization: "Bearer sandbox-awin-token" };
const programmesPath = "/publishers/223344/programmes?relationship=joined&countryCode=BR";

describe("the API", () => {
  it("refuses a wrong token with Awin's envelope", async () => {
    const { app } = createAwin();
    const response = await app.request("/accounts", { headers: { Authorization: "Bearer no" } });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: "unauthorized" });
  });

  it("takes the token in the query too", async () => {
    const { app } = createAwin();
    const response = await app.request("/accounts?accessToken=sandbox-awin-token");
    expect(response.status).toBe(200);
  });

  it("refuses another publisher", async () => {
    const { app } = createAwin();
    const response = await app.request("/publishers/9/programmes", { headers: bearer });
    expect(response.status).toBe(403);
  });

  it("answers 429 to the 21st call in a minute and serves again a minute later", async () => {
    let time = 0;
    const { app } = createAwin({ now: () => time });
    const statuses = [];
    for (let call = 0; call < 21; call += 1) {
      statuses.push((await app.request("/accounts", { headers: bearer })).status);
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(20);
    expect(statuses.at(-1)).toBe(429);
    time = 60_001;
    expect((await app.request("/accounts", { headers: bearer })).status).toBe(200);
  });
});

describe("the programmes", () => {
  it("are listed by relationship with their domains", async () => {
    const { app } = createAwin({
      programmes: [
        { id: "17648", name: "Loja", domains: ["loja.example"] },
        { id: "17649", name: "Outra", domains: ["outra.example"], relationship: "pending" },
      ],
    });
    const response = await app.request(programmesPath, { headers: bearer });
    expect(await response.json()).toMatchObject([
      {
        id: 17648,
        displayUrl: "https://www.loja.example",
        validDomains: [{ domain: "www.loja.example" }],
      },
    ]);
  });

  it("follow a change of the injected list", async () => {
    const programmes = [{ id: "1", name: "Loja", domains: ["loja.example"] }];
    const { app } = createAwin({ programmes });
    programmes.length = 0;
    const response = await app.request(programmesPath, { headers: bearer });
    expect(await response.json()).toEqual([]);
  });
});

describe("links", () => {
  it("the builder's link leads through cread.php to the destination", async () => {
    const { app } = createAwin();
    const built = await app.request("/publishers/223344/linkbuilder/generate", {
      method: "POST",
      headers: bearer,
      body: JSON.stringify({
        advertiserId: 17648,
        destinationUrl: "https://www.casaaroeira.example/p/1?a=b&c=d",
        parameters: { clickref: "k1" },
      }),
    });
    const { url } = (await built.json()) as { url: string };
    expect(new URL(url).searchParams.get("clickref")).toBe("k1");
    const clicked = await app.request(url);
    expect(clicked.status).toBe(302);
    expect(clicked.headers.get("Location")).toBe("https://www.casaaroeira.example/p/1?a=b&c=d&awc=17648_223344");
  });

  it("the builder forbids a destination that is not the advertiser's", async () => {
    const { app } = createAwin();
    const body = JSON.stringify({ advertiserId: 17648, destinationUrl: "https://other.example/" });
    const path = "/publishers/223344/linkbuilder/generate";
    const response = await app.request(path, { method: "POST", headers: bearer, body });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ destinationUrl: "deeplinkNotPermitted" });
  });

  it("a click for an unknown advertiser goes nowhere", async () => {
    const { app } = createAwin();
    const path = "/cread.php?awinmid=1&awinaffid=223344&ued=https%3A%2F%2Fx.example%2F";
    expect((await app.request(path)).status).toBe(400);
  });
});
