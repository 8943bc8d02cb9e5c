// Holds the simulated Maxymiser to what is known of the real one; it must never reach the network.
import { describe, expect, it } from "vitest";
import { createSandbox, sandboxVars } from "../apps.ts";
import { demoMaxymiser } from "../demo.ts";
import { demoLogin } from "./accounts.ts";
import { createMaxymiser } from "./app.ts";
import type { MaxymiserSimulator } from "./app.ts";

const { siteId, credentials } = demoMaxymiser;
const basic = (secret = credentials.clientSecret, id = credentials.clientId) => `Basic ${btoa(`${id}:${secret}`)}`;
const grant = { grant_type: "password", username: credentials.username, password: credentials.password };

async function ask(app: MaxymiserSimulator["app"], form: object = grant, authorization = basic(), region = "eu") {
  const response = await app.request(`/${region}/oauth2/v1/tokens`, {
    method: "POST",
    headers: authorization === "" ? {} : { Authorization: authorization },
    body: new URLSearchParams({ ...form }),
  });
  // oxlint-disable-next-line typescript/no-explicit-any
  return { status: response.status, json: (await response.json()) as any };
}

/** A Maxymiser by a clock that starts at zero, and a put with a fresh token. */
async function signedIn() {
  const time = { now: 0 };
  const maxymiser = createMaxymiser({ now: () => time.now });
  const token = (await ask(maxymiser.app)).json.access_token as string;
  const put = async (customer: string, body: unknown, site = siteId, region = "eu") => {
    const path = `/${region}/api/v1/sites/${encodeURIComponent(site)}/customer-profiles/${encodeURIComponent(customer)}`;
    const response = await maxymiser.app.request(path, {
      method: "PUT",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });
    // oxlint-disable-next-line typescript/no-explicit-any
    return { status: response.status, json: (await response.json()) as any };
  };
  return { maxymiser, put, time };
}

describe("tokens", () => {
  it("are minted for the password grant, with the claims of the real ones", async () => {
    const maxymiser = createMaxymiser({ now: () => 1_700_000_000_999 });
    const { status, json } = await ask(maxymiser.app);
    expect(status).toBe(200);
    expect(json).toEqual({ access_token: expect.any(String), token_type: "Bearer", expires_in: 3600 });
    const claims = JSON.parse(atob(json.access_token.split(".")[1])) as unknown;
    const iat = 1_700_000_000;
    expect(claims).toEqual({ sub: credentials.username, iat, iss: "Maxymiser", exp: iat + 3600 });
  });

  it.each([
    ["no client", grant, "", 400, "invalid_header"],
    ["a bearer", grant, "Bearer x", 400, "invalid_header"],
    ["a wrong secret", grant, basic("no"), 400, "invalid_header"],
    ["an unknown client", grant, basic("no", "nobody"), 401, "invalid_client"],
    ["a wrong password", { ...grant, password: "no" }, basic(), 400, "invalid_grant"],
    ["an unknown user", { ...grant, username: "no" }, basic(), 400, "invalid_grant"],
    ["another grant", { grant_type: "client_credentials" }, basic(), 400, "unsupported_grant_type"],
  ])("are refused to %s", async (_, form, authorization, status, error) => {
    const maxymiser = createMaxymiser();
    const answer = await ask(maxymiser.app, form, authorization);
    expect(answer).toMatchObject({ status, json: { error, error_description: expect.any(String) } });
    expect([maxymiser.tokens.requests, maxymiser.tokens.minted]).toEqual([1, 0]);
  });

  it("say of a wrong secret what the real door says", async () => {
    const { json } = await ask(createMaxymiser().app, grant, basic("no"));
    expect(json).toEqual({ error: "invalid_header", error_description: "Failed to validate client secret." });
  });

  it("are of one region", async () => {
    expect((await ask(createMaxymiser().app, grant, basic(), "us")).json.error).toBe("invalid_client");
  });

  it("end by the clock, and a new one leaves the old one valid", async () => {
    const { maxymiser, put, time } = await signedIn();
    await ask(maxymiser.app);
    time.now = 3_599_999;
    expect((await put("c", { tier: "gold" })).status).toBe(201);
    time.now = 3_600_000;
    expect((await put("c", { tier: "gold" })).status).toBe(401);
    maxymiser.tokens.seconds = 5;
    expect((await ask(maxymiser.app)).json.expires_in).toBe(5);
  });

  it("end at once when they are expired", async () => {
    const { maxymiser, put } = await signedIn();
    maxymiser.tokens.expire();
    expect((await put("c", { tier: "gold" })).status).toBe(401);
  });
});

describe("profiles", () => {
  it("keep what was put before; the first is 201", async () => {
    const { maxymiser, put } = await signedIn();
    expect((await put("12345", { tier: "gold" })).status).toBe(201);
    const answer = await put("12345", { city: "Belém", tier: "black" });
    expect(answer).toEqual({ status: 200, json: { customerId: "12345", profile: { tier: "black", city: "Belém" } } });
    expect(maxymiser.attributes(siteId, "12345")).toEqual({ tier: "black", city: "Belém" });
    expect(maxymiser.puts.map(({ customerId, status }) => [customerId, status])).toEqual([
      ["12345", 201],
      ["12345", 200],
    ]);
  });

  it.each(["a/b", "a+b", "100%", "%41", "a?b#c", "çé ✓", "a b", "a&b=c;d", "%2F"])(
    "are found under the id %j as it was before encoding",
    async (customer) => {
      const { maxymiser, put } = await signedIn();
      expect((await put(customer, { tier: "gold" })).status).toBe(201);
      expect(maxymiser.attributes(siteId, customer)).toEqual({ tier: "gold" });
    },
  );

  it.each([
    ["[]", "body"],
    ["{", "body"],
    ["{}", "body"],
    [{ tier: "gold", age: 7 }, "age"],
    [{ tier: "gold", ["n".repeat(256)]: "x" }, "n".repeat(256)],
  ])("refuse %j and name the parameter, and take nothing of it", async (body, parameter) => {
    const { maxymiser, put } = await signedIn();
    const { status, json } = await put("c", body);
    expect(status).toBe(400);
    expect(json.errors).toEqual([{ code: "400", message: expect.any(String), parameter }]);
    expect(maxymiser.attributes(siteId, "c")).toBeUndefined();
  });

  it("refuse more than 100 attributes without naming one", async () => {
    const { put } = await signedIn();
    const many = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`a${i}`, "x"]));
    const { status, json } = await put("c", many);
    expect([status, json.errors[0].parameter]).toEqual([400, undefined]);
  });

  it("of a site with known attributes refuse every other by name", async () => {
    const { maxymiser, put } = await signedIn();
    maxymiser.state.sites.get(siteId)!.attributes = ["tier"];
    const { json } = await put("c", { tier: "gold", colour: "red", size: "M" });
    expect(json.errors.map(({ parameter }: { parameter: string }) => parameter)).toEqual(["colour", "size"]);
    expect((await put("c", { tier: "gold" })).status).toBe(201);
  });

  it("are 403 while the site is closed for programs, with the words of the real one", async () => {
    const { maxymiser, put } = await signedIn();
    maxymiser.state.sites.get(siteId)!.apiAccess = false;
    const message = "programmatic access to customer data disabled";
    expect(await put("c", { tier: "gold" })).toEqual({ status: 403, json: { errors: [{ code: "403", message }] } });
  });

  it("are 404 at an unknown site, a foreign site and in another region", async () => {
    const { maxymiser, put } = await signedIn();
    maxymiser.state.add({ ...demoLogin, clientId: "other", siteIds: ["MDAwMDAy"] });
    expect((await put("c", { tier: "gold" }, "bm8=")).status).toBe(404);
    expect((await put("c", { tier: "gold" }, "MDAwMDAy")).status).toBe(404);
    expect((await put("c", { tier: "gold" }, siteId, "us")).status).toBe(404);
  });
});

describe("faults", () => {
  it("strike the data door alone, with or without Retry-After", async () => {
    const { maxymiser, put } = await signedIn();
    maxymiser.faults.set({ mode: "error", status: 500, path: "/eu/api/", times: 1 });
    expect((await maxymiser.app.request("/eu/api/v1/sites/x/customer-profiles/c", { method: "PUT" })).status).toBe(500);
    expect((await ask(maxymiser.app)).status).toBe(200);
    expect((await put("c", { tier: "gold" })).status).toBe(201);
  });
});

describe("in the sandbox", () => {
  it("stands where the variables point, region and all, and its switches work", async () => {
    const { app, simulators } = createSandbox();
    const vars = sandboxVars("http://127.0.0.1:8788");
    const at = (name: string) => vars[name]?.replace("{region}", "eu") ?? "";
    const put = (door: string, body: unknown) =>
      app.request(`/control/maxymiser/${door}`, { method: "PUT", body: JSON.stringify(body) });
    expect((await put("tokens", { seconds: 5 })).status).toBe(200);
    const minted = await app.request(`${at("MAXYMISER_AUTH_URL")}/oauth2/v1/tokens`, {
      method: "POST",
      headers: { Authorization: basic() },
      body: new URLSearchParams(grant),
    });
    const { access_token, expires_in } = (await minted.json()) as { access_token: string; expires_in: number };
    expect(expires_in).toBe(5);
    const write = () =>
      app.request(`${at("MAXYMISER_DATA_URL")}/api/v1/sites/${siteId}/customer-profiles/a%2Fb`, {
        method: "PUT",
        headers: { Authorization: `Bearer ${access_token}` },
        body: JSON.stringify({ tier: "gold" }),
      });
    expect((await write()).status).toBe(201);
    const shown = await app.request(`/control/maxymiser/profiles?site=${siteId}&customer=a%2Fb`);
    expect(await shown.json()).toEqual({ tier: "gold" });
    expect((await put("sites", { site: siteId, apiAccess: false })).status).toBe(200);
    expect((await write()).status).toBe(403);
    expect((await put("sites", { site: siteId, apiAccess: true, attributes: ["city"] })).status).toBe(200);
    expect((await write()).status).toBe(400);
    await app.request("/control/maxymiser/tokens", { method: "DELETE" });
    expect((await write()).status).toBe(401);
    expect((await put("passwords", { username: credentials.username, password: "new" })).status).toBe(200);
    expect((await ask(simulators.maxymiser.app)).json.error).toBe("invalid_grant");
    expect((await put("sites", { site: "no" })).status).toBe(400);
  });
});
