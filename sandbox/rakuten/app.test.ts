// Holds the simulated Rakuten to what is known of the real one; it must never reach the network.
import { describe, expect, it } from "vitest";
import type { Simulator } from "../simulator.ts";
import { createRakuten } from "./app.ts";

const key = btoa("sandbox-rakuten-client:sandbox-rakuten-secret");

async function askToken(app: Simulator["app"], fields: Record<string, string>, proof = key) {
  return app.request("/token", {
    method: "POST",
    headers: { Authorization: `Bearer ${proof}` },
    body: new URLSearchParams(fields),
  });
}

async function signedIn(app: Simulator["app"]): Promise<Record<string, string>> {
  const response = await askToken(app, { scope: "4640000" });
  const { access_token } = (await response.json()) as { access_token: string };
  return { Authorization: `Bearer ${access_token}` };
}

describe("tokens", () => {
  it("answer a wrong client with invalid_client", async () => {
    const response = await askToken(createRakuten().app, { scope: "4640000" }, btoa("no:no"));
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: "invalid_client" });
  });

  it("end after an hour", async () => {
    let time = 0;
    const { app } = createRakuten({ now: () => time });
    const headers = await signedIn(app);
    expect((await app.request("/v1/partnerships", { headers })).status).toBe(200);
    time = 3_600_000;
    expect((await app.request("/v1/partnerships", { headers })).status).toBe(401);
  });

  it("are renewed once by their refresh token", async () => {
    const { app } = createRakuten();
    const first = await askToken(app, { scope: "4640000" });
    const { refresh_token } = (await first.json()) as { refresh_token: string };
    const fields = { scope: "4640000", refresh_token };
    expect((await askToken(app, fields)).status).toBe(200);
    expect((await askToken(app, fields)).status).toBe(400);
  });

  it.each([
    [false, 200],
    [true, 401],
  ])("with newTokenRevokesOld %s an older token gets %i", async (newTokenRevokesOld, status) => {
    const { app } = createRakuten({ newTokenRevokesOld });
    const headers = await signedIn(app);
    await signedIn(app);
    expect((await app.request("/v1/partnerships", { headers })).status).toBe(status);
  });
});

describe("lists", () => {
  it("of partnerships are paged by a next link", async () => {
    const { app } = createRakuten();
    const headers = await signedIn(app);
    const ids: number[] = [];
    let next: string | undefined = "/v1/partnerships?partner_status=active&limit=3";
    while (next !== undefined) {
      const body = (await (await app.request(next, { headers })).json()) as {
        _metadata: { _links: { next?: string }; total: number };
        partnerships: { advertiser: { id: number } }[];
      };
      ids.push(...body.partnerships.map((one) => one.advertiser.id));
      next = body._metadata._links.next;
    }
    expect(ids).toEqual([43984, 44012, 44190, 44333]);
  });

  it("of advertisers carry the address that partnerships lack", async () => {
    const { app } = createRakuten();
    const response = await app.request("/v2/advertisers", { headers: await signedIn(app) });
    expect(await response.json()).toMatchObject({
      advertisers: [{ id: 43984, url: "https://www.tenisdavila.example" }, {}, {}, {}],
    });
  });
});

describe("links", () => {
  const ask = { url: "https://www.tenisdavila.example/p/1?a=b", advertiser_id: 43984, u1: "k1" };

  it("from the API have the form of the hand-made ones and lead to the shop", async () => {
    const { app } = createRakuten();
    const headers = await signedIn(app);
    const body = JSON.stringify(ask);
    const response = await app.request("/v1/links/deep_links", { method: "POST", headers, body });
    const { advertiser } = (await response.json()) as {
      advertiser: { deep_link: { deep_link_url: string } };
    };
    const link = advertiser.deep_link.deep_link_url;
    expect(link).toContain("/deeplink?id=AbCdEfGhIjk&mid=43984&u1=k1&murl=https%3A%2F%2F");
    const clicked = await app.request(link);
    expect(clicked.status).toBe(302);
    expect(clicked.headers.get("Location")).toContain(`${ask.url}&ranMID=43984`);
  });

  it("are refused for another shop's page", async () => {
    const { app } = createRakuten();
    const headers = await signedIn(app);
    const body = JSON.stringify({ ...ask, url: "https://other.example/" });
    const response = await app.request("/v1/links/deep_links", { method: "POST", headers, body });
    expect(response.status).toBe(400);
    const wrong = "/deeplink?id=AbCdEfGhIjk&mid=43984&murl=https%3A%2F%2Fother.example%2F";
    expect((await app.request(wrong)).status).toBe(404);
  });
});
