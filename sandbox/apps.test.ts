// The sandbox as a whole: prefixes, links that lead back, control doors, the demo's consistency.
import { describe, expect, it } from "vitest";
import { createSandbox, sandboxVars } from "./apps.ts";
import { demoCredentials, demoStores } from "./demo.ts";

const origin = "http://127.0.0.1:8788";

describe("prefixes", () => {
  it("an upstream's answers lead back below its own prefix", async () => {
    const { app, simulators } = createSandbox();
    const { LOMADEE_API_URL, LOMADEE_LINK_URL } = sandboxVars(origin);
    const url = encodeURIComponent("https://www.livrariasabia.example/p/1");
    const path = `/v2/${demoCredentials.lomadee.appToken}/deeplink/_create`;
    const response = await app.request(
      `${LOMADEE_API_URL}${path}?sourceId=${demoCredentials.lomadee.sourceId}&url=${url}`,
    );
    const { deeplinks } = (await response.json()) as { deeplinks: { deeplink: string }[] };
    const link = deeplinks[0]?.deeplink ?? "";
    expect(link.startsWith(`${LOMADEE_LINK_URL}/v2/`)).toBe(true);
    expect((await app.request(link)).status).toBe(302);
    expect(simulators.lomadee.requests[0]?.path).toBe(path);
  });

  it("digidip stands below its account", async () => {
    const { app } = createSandbox();
    const base = sandboxVars(origin)["DIGIDIP_URL"]?.replace("{account}", "sluice");
    const response = await app.request(`${base}/visit?url=https%3A%2F%2Fa.example%2F`);
    expect(response.headers.get("Location")).toBe("https://a.example/");
  });

  it("a request's body reaches the simulator", async () => {
    const { app } = createSandbox();
    const { clientId, clientSecret, siteId } = demoCredentials.rakuten;
    const response = await app.request(`${origin}/rakuten/token`, {
      method: "POST",
      headers: { Authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
      body: new URLSearchParams({ scope: siteId }),
    });
    expect(response.status).toBe(200);
  });
});

describe("control", () => {
  const put = (fault: unknown) => ({ method: "PUT", body: JSON.stringify(fault) });

  it("sets, shows and clears a fault", async () => {
    const { app } = createSandbox();
    await app.request("/control/awin/fault", put({ mode: "error", status: 500, times: 2 }));
    expect((await app.request("/awin/cread.php")).status).toBe(500);
    const { simulators } = (await (await app.request("/control")).json()) as {
      simulators: { name: string; faults: object[]; requests: number }[];
    };
    expect(simulators.find((each) => each.name === "awin")).toEqual({
      name: "awin",
      faults: [{ mode: "error", status: 500, times: 1 }],
      requests: 1,
    });
    await app.request("/control/awin/fault", { method: "DELETE" });
    expect((await app.request("/awin/cread.php")).status).toBe(400);
    const seen = await (await app.request("/control/awin/requests")).json();
    expect(seen).toMatchObject({ requests: [{ path: "/cread.php" }, { path: "/cread.php" }] });
  });

  it.each([
    [{ mode: "explode" }],
    [{ mode: "slow" }],
    [{ mode: "error", status: 200 }],
    [{ mode: "hang", often: true }],
    [null],
  ])("refuses %j", async (fault) => {
    const { app } = createSandbox();
    expect((await app.request("/control/awin/fault", put(fault))).status).toBe(400);
  });

  it("knows no simulator that does not exist", async () => {
    const { app } = createSandbox();
    expect((await app.request("/control/nobody/requests")).status).toBe(404);
    expect((await app.request("/nobody/x")).status).toBe(404);
  });
});

describe("the demo", () => {
  it("has shops on all six networks, each id once per network", () => {
    const relations = demoStores.flatMap((store) => store.networks);
    const names = new Set(relations.map((relation) => relation.network));
    expect([...names].toSorted()).toEqual(["afilio", "awin", "direto", "lomadee", "magazinevoce", "rakuten"]);
    const ids = relations.map((relation) => `${relation.network} ${relation.externalId}`);
    expect(new Set(ids).size).toBe(ids.length);
    const domains = demoStores.flatMap((store) => store.domains);
    expect(new Set(domains).size).toBe(domains.length);
  });
});
