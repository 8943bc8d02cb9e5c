// Holds the simulated Lomadee to what is known of the legacy API; it must never reach the network.
import { describe, expect, it } from "vitest";
import { createLomadee } from "./app.ts";

const base = "/v2/15600000sandbox";
const create = (url: string) => `${base}/deeplink/_create?sourceId=35990001&url=${encodeURIComponent(url)}`;

interface Created {
  deeplinks: { status: boolean; message: string; deeplink: string | null; urlOrigin: string }[];
}

describe("the API", () => {
  it("refuses a wrong app token or source with the common envelope", async () => {
    const { app } = createLomadee();
    const wrongToken = await app.request("/v3/no/store/_all?sourceId=35990001");
    const wrongSource = await app.request(`${base}/store/_all?sourceId=1`);
    expect([wrongToken.status, wrongSource.status]).toEqual([401, 401]);
    expect(await wrongToken.json()).toMatchObject({ requestInfo: { status: "ERROR" } });
  });

  it("pages through the stores, which carry no domain", async () => {
    const { app } = createLomadee();
    const response = await app.request("/v3/15600000sandbox/store/_all?sourceId=35990001&size=2");
    const body = (await response.json()) as { pagination: object; stores: object[] };
    expect(body.pagination).toMatchObject({ page: 1, size: 2 });
    expect(body.stores).toHaveLength(2);
    expect(body.stores[0]).not.toHaveProperty("domain");
  });

  it("gives a report token for user and password only", async () => {
    const { app } = createLomadee({ user: "u@x.example", password: "p" });
    const good = await app.request("/api/lomadee/createToken?user=u%40x.example&password=p");
    const bad = await app.request("/api/lomadee/createToken?user=u%40x.example&password=q");
    expect(await good.json()).toMatchObject({ token: expect.any(String) });
    expect(bad.status).toBe(401);
  });
});

describe("deep links", () => {
  it("stand on the host that was asked and lead to the product", async () => {
    const { app, links } = createLomadee();
    const product = "https://www.livrariasabia.example/produto/1?x=1";
    const response = await app.request(`http://sandbox.test${create(product)}`);
    const { deeplinks } = (await response.json()) as Created;
    expect(deeplinks).toMatchObject([{ status: true, urlOrigin: product }]);
    expect(deeplinks[0]?.deeplink).toMatch(/^http:\/\/sandbox\.test\/v2\/[a-z0-9-]+$/);
    expect(links.size).toBe(1);
    const clicked = await app.request(`${deeplinks[0]?.deeplink}?mdasc=k1`);
    expect(clicked.status).toBe(302);
    expect(clicked.headers.get("Location")).toContain(`${product}&utm_source=lomadee`);
  });

  it("stand on the injected origin", async () => {
    const { app } = createLomadee({ linkOrigin: "https://redir.example" });
    const response = await app.request(create("https://livrariasabia.example/p"));
    const { deeplinks } = (await response.json()) as Created;
    expect(deeplinks[0]?.deeplink).toMatch(/^https:\/\/redir\.example\/v2\//);
  });

  it("are refused one by one, with a boolean, when the store is no partner", async () => {
    const { app } = createLomadee();
    const two = `${create("https://livrariasabia.example/p")}&url=https%3A%2F%2Fother.example%2F`;
    const { deeplinks } = (await (await app.request(two)).json()) as Created;
    expect(deeplinks.map((link) => link.status)).toEqual([true, false]);
    expect(deeplinks[1]?.deeplink).toBeNull();
  });

  it("of an earlier life land on the shop's front page", async () => {
    const first = createLomadee();
    const response = await first.app.request(create("https://livrariasabia.example/p"));
    const { deeplinks } = (await response.json()) as Created;
    const clicked = await createLomadee().app.request(deeplinks[0]?.deeplink ?? "");
    expect(clicked.headers.get("Location")).toBe("https://www.livrariasabia.example");
  });

  it("can be made by hand, and leave a shop that is no partner untracked", async () => {
    const { app } = createLomadee();
    const manual = (url: string) => `/v2/deeplink?sourceId=35990001&mdasc=k1&url=${url}`;
    const partner = await app.request(manual("https%3A%2F%2Flivrariasabia.example%2Fp"));
    const other = await app.request(manual("https%3A%2F%2Fother.example%2Fp"));
    expect(partner.headers.get("Location")).toContain("utm_source=lomadee");
    expect(other.headers.get("Location")).toBe("https://other.example/p");
  });
});
