// What goes out to Maxymiser, and how each of its answers is understood.
import { describe, expect, test } from "vitest";
import { putProfile, requestToken } from "./maxymiser.client.ts";

const FIELDS = { username: "login@x.example", password: "p&s s", clientId: "id", clientSecret: "sécret", region: "us" };
const NOW_MS = 1_800_000_000_000;

function answering(answer: () => Response | Promise<Response>) {
  const asked: { url: string; init: RequestInit }[] = [];
  const fetcher: typeof fetch = async (input, init) => {
    asked.push({ url: String(input as string), init: init ?? {} });
    return answer();
  };
  return { asked, deps: { fetch: fetcher, clock: () => NOW_MS } };
}

const jsonOf = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers });

describe("a token", () => {
  const ask = async (answer: () => Response | Promise<Response>) =>
    requestToken(FIELDS, "https://api-auth-{region}.maxymiser.test", answering(answer).deps);

  test("is asked for in the site's region, by password grant and Basic", async () => {
    const { asked, deps } = answering(() => jsonOf({ access_token: "abc", token_type: "Bearer", expires_in: 3600 }));
    const answer = await requestToken(FIELDS, "https://api-auth-{region}.maxymiser.test", deps);
    expect(answer).toEqual({ kind: "token", token: "abc", livesMs: 3_600_000 });
    expect(asked[0]?.url).toBe("https://api-auth-us.maxymiser.test/oauth2/v1/tokens");
    const { headers, body, method } = asked[0]!.init as {
      headers: Record<string, string>;
      body: string;
      method: string;
    };
    expect([method, body]).toEqual(["POST", "grant_type=password&username=login%40x.example&password=p%26s+s"]);
    expect(headers["Authorization"]).toBe(`Basic ${Buffer.from("id:sécret").toString("base64")}`);
    expect(headers["Content-Type"]).toBe("application/x-www-form-urlencoded;charset=UTF-8");
  });

  test.each([
    [400, { error: "invalid_header", error_description: "Failed to validate client secret." }],
    [400, { error: "invalid_grant" }],
    [401, { error: "invalid_client" }],
  ])("is refused by %i %j", async (status, body) =>
    expect(await ask(() => jsonOf(body, status))).toMatchObject({ kind: "refused" }),
  );

  test.each([
    ["429", () => jsonOf({}, 429, { "Retry-After": "7" })],
    ["500", () => jsonOf({}, 500)],
    ["403 of a wall before it", () => new Response("<html>", { status: 403 })],
    ["no JSON", () => new Response("ok")],
    ["no token", () => jsonOf({ expires_in: 3600 })],
    ["a token that no header can carry", () => jsonOf({ access_token: "a\nb", expires_in: 3600 })],
    ["no life", () => jsonOf({ access_token: "a", expires_in: "3600" })],
    ["no connection", () => Promise.reject(new Error("reset"))],
  ])("is not to be had: %s", async (_, answer) => expect(await ask(answer)).toMatchObject({ kind: "unavailable" }));

  test("tells when to come back", async () =>
    expect(await ask(() => jsonOf({}, 429, { "Retry-After": "7" }))).toMatchObject({ retryAtMs: NOW_MS + 7_000 }));

  test("tells no secret, whatever is echoed", async () => {
    const echo = `${FIELDS.username} ${FIELDS.password} ${FIELDS.clientSecret} ${Buffer.from("id:sécret").toString("base64")}`;
    const told = JSON.stringify(await ask(() => new Response(echo, { status: 400 })));
    for (const secret of echo.split(" ").filter((word) => word.length > 3)) expect(told).not.toContain(secret);
  });
});

describe("a profile", () => {
  const put = { dataUrl: "https://data-{region}.test", region: "eu", token: "tkn-12345", mmSiteId: "MDAx+M/0=" };
  const send = async (answer: () => Response | Promise<Response>, customerId = "c") =>
    putProfile({ ...put, customerId, attributes: [["a", "1"]] }, answering(answer).deps);

  test.each([
    ["a/b+c%d?e", "a%2Fb%2Bc%25d%3Fe"],
    ["çé 漢", "%C3%A7%C3%A9%20%E6%BC%A2"],
    ["../../tokens", "..%2F..%2Ftokens"],
  ])("of %s goes to its own path", async (customerId, encoded) => {
    const { asked, deps } = answering(() => jsonOf({ customerId, profile: {} }));
    await putProfile(
      {
        ...put,
        customerId,
        attributes: [
          ["tier", "gold"],
          ["__proto__", "x"],
        ],
      },
      deps,
    );
    expect(asked[0]?.url).toBe(`https://data-eu.test/api/v1/sites/MDAx%2BM%2F0%3D/customer-profiles/${encoded}`);
    expect(asked[0]?.init).toMatchObject({ method: "PUT", body: '{"tier":"gold","__proto__":"x"}' });
    expect(asked[0]?.init.headers).toMatchObject({ Authorization: "Bearer tkn-12345", Accept: "application/json" });
  });

  test.each([
    ["200", () => jsonOf({ customerId: "c", profile: { a: "1" } }), { kind: "delivered", status: "200" }],
    ["201", () => jsonOf({}, 201), { kind: "delivered", status: "201" }],
    ["204", () => new Response(null, { status: 204 }), { kind: "delivered", status: "204" }],
    ["another's page", () => new Response("<html>"), { kind: "later", status: "malformed" }],
    ["401", () => jsonOf({}, 401), { kind: "unauthorized" }],
    ["403", () => jsonOf({}, 403), { kind: "site", reason: "api_access_disabled" }],
    ["404", () => jsonOf({}, 404), { kind: "site", reason: "unknown_site" }],
    ["429", () => jsonOf({}, 429, { "Retry-After": "3" }), { kind: "later", status: "429", retryAtMs: NOW_MS + 3_000 }],
    ["408", () => jsonOf({}, 408), { kind: "later", status: "408" }],
    ["503", () => jsonOf({}, 503), { kind: "later", status: "503" }],
    ["302", () => new Response(null, { status: 302, headers: { Location: "/x" } }), { kind: "later", status: "302" }],
    ["no connection", () => Promise.reject(new Error("reset")), { kind: "later", status: "unavailable" }],
    ["413", () => jsonOf({}, 413), { kind: "rejected", status: "413", errors: [] }],
    [
      "400 with a parameter",
      () =>
        jsonOf({ errors: [{ code: "400", message: "unknown attribute", parameter: "a" }, { message: 7 }, null] }, 400),
      {
        kind: "rejected",
        errors: [
          { message: "unknown attribute", parameter: "a" },
          { message: "", parameter: null },
        ],
      },
    ],
    ["400 without JSON", () => new Response("bad", { status: 400 }), { kind: "rejected", errors: [] }],
  ])("%s", async (_, answer, expected) => expect(await send(answer)).toMatchObject(expected));

  test("tells no token", async () =>
    expect(JSON.stringify(await send(() => new Response("Bearer tkn-12345", { status: 400 })))).not.toContain(
      "tkn-12345",
    ));
});
