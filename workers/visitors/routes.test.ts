// The doors as their callers see them: bodies of the replaced services, and the operator's lists.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { keyWith } from "../../test/support/operator.ts";
import { sandbox } from "../../test/support/outgoing.ts";
import { LOGIN, SITE, attributesOf, call, drain, openSite, pixel, push } from "../../test/support/visitors.ts";
import { forgetSites } from "./intake/service-sites.ts";

const maxymiser = () => sandbox().simulators.maxymiser;
const siteSet = (change: Record<string, unknown> = {}, auth: Record<string, unknown> = {}) => ({
  mmSiteId: SITE,
  auth: {
    username: LOGIN.username,
    password: LOGIN.password,
    client_id: LOGIN.clientId,
    client_secret: LOGIN.clientSecret,
    ...auth,
  },
  ...change,
});

beforeEach(() => forgetSites());

describe("POST /receive_data", () => {
  test("answers as the replaced service did, with what was taken and what was not", async () => {
    const answer = await push(pixel("a/b"), { PartnerUuid: "x" }, pixel("", "a", "1"), pixel("c"));
    expect(answer).toMatchObject({
      status: 200,
      json: {
        status: "OK",
        message: "accepted",
        accepted: 2,
        rejected: [
          { index: 1, reason: "no_url" },
          { index: 2, reason: "no_customer" },
        ],
        site_id: SITE,
        maxymiser_visitor_id: "a/b",
        dmp_delivery_id: "204417",
      },
    });
  });

  test.each([{}, { Pixels: [] }, { Pixels: "x" }, [], null, { Pixels: [{ PartnerUuid: "x" }] }])(
    "%j holds nothing that can be taken",
    async (body) =>
      expect(await call("POST", "/receive_data/mm", body)).toMatchObject({
        status: 400,
        json: { status: "FAIL", message: "Data Missing from Payload" },
      }),
  );

  test("that is not JSON is refused", async () =>
    expect(await call("POST", "/receive_data/mm", "{")).toMatchObject({ status: 400, json: { code: "invalid_json" } }));

  test("of an unknown integration is refused", async () =>
    expect(await call("POST", "/receive_data/xx", {})).toMatchObject({
      status: 400,
      json: { status: "FAIL", message: "Invalid Integration ID" },
    }));

  test("calls no upstream and does not wait for one", async () => {
    await openSite();
    const before = maxymiser().requests.length;
    await push(pixel("c"));
    expect(maxymiser().requests.length).toBe(before);
  });

  test("takes five thousand pixels", async () => {
    const pixels = Array.from({ length: 5_000 }, (_, n) => pixel(`c${n}`));
    expect((await push(...pixels)).json).toMatchObject({ accepted: 5_000, rejected: [] });
    const sites = await call("GET", "/api/visitors/sites");
    expect(sites.json.items).toMatchObject([{ mmSiteId: SITE, pending: 5_000 }]);
  });

  test("writes the same refused element down once", async () => {
    await push({ PartnerUuid: "x" });
    await push({ PartnerUuid: "x" });
    expect((await call("GET", "/api/visitors/parked")).json.items).toHaveLength(1);
  });

  test("spreads over the shards that were set when the site was first seen", async () => {
    await push(pixel("c"));
    forgetSites();
    await env.DB.prepare("UPDATE visitor_site SET shards = 1").run();
    await push(pixel("c", "b", "2"));
    await runInDurableObject(env.VISITOR_BUFFER.getByName(`0:${SITE}`), (_, state) => {
      expect(state.storage.sql.exec("SELECT changes FROM journal").toArray()).toEqual([{ changes: 1 }]);
    });
  });
});

describe("a key", () => {
  const send = (path: string, authorization: string | null) =>
    call("POST", path, { Pixels: [pixel("c")] }, authorization);

  test("for intake is taken in the header, with and without Bearer", async () => {
    const key = await keyWith("visitors:ingest");
    expect((await send("/receive_data/mm", `Bearer ${key}`)).status).toBe(200);
    expect((await send("/receive_data/mm", key)).status).toBe(200);
  });

  test("is taken in the URL if it can do nothing else", async () => {
    const [only, more] = [await keyWith("visitors:ingest"), await keyWith("visitors:ingest", "visitors:read")];
    expect((await send(`/receive_data/mm?key=${only}`, null)).status).toBe(200);
    expect((await send(`/receive_data/json?key=${only}`, null)).status).toBe(400);
    expect(await send(`/receive_data/mm?key=${more}`, null)).toMatchObject({
      status: 403,
      json: { code: "forbidden" },
    });
    expect((await send(`/receive_data/mm?key=${env.ADMIN_TOKEN}`, null)).status).toBe(403);
    expect((await send("/receive_data/mm?key=slk_nonsense", null)).status).toBe(401);
    expect((await send("/receive_data/mm?key=", null)).status).toBe(401);
    expect((await send(`/receive_data/mm?key=${only}`, "Bearer nonsense")).status).toBe(401);
    expect((await call("GET", `/check/${SITE}?key=${only}`, undefined, null)).status).toBe(401);
  });

  const DOORS: [scope: string, method: string, path: string, body?: unknown][] = [
    ["visitors:ingest", "POST", "/receive_data/mm", { Pixels: [] }],
    ["credentials:write", "POST", "/site-set", {}],
    ["credentials:write", "POST", "/token_delete", {}],
    ["visitors:token", "GET", `/token_refresh/${SITE}`],
    ["visitors:read", "GET", `/check/${SITE}`],
    ["visitors:read", "GET", "/api/visitors/sites"],
    ["visitors:read", "GET", "/api/visitors/sites.csv"],
    ["visitors:read", "GET", "/api/visitors/deliveries"],
    ["visitors:read", "GET", "/api/visitors/deliveries.csv"],
    ["visitors:read", "GET", "/api/visitors/parked"],
    ["visitors:read", "GET", "/api/visitors/parked.csv"],
    ["visitors:write", "POST", "/api/visitors/parked/replay", { site: SITE }],
  ];

  test.each(DOORS)("with %s alone opens %s %s", async (scope, method, path, body) => {
    const others = [...new Set(DOORS.map(([other]) => other))].filter((other) => other !== scope);
    expect((await call(method, path, body, null)).status).toBe(401);
    expect((await call(method, path, body, `Bearer ${await keyWith(...others)}`)).status).toBe(403);
    expect([401, 403]).not.toContain((await call(method, path, body, `Bearer ${await keyWith(scope)}`)).status);
  });

  test("is not asked for on the way to the console", async () => {
    const answer = await call("GET", "/auth", undefined, null);
    expect([answer.status, answer.headers.get("Location")]).toEqual([302, "/console/credentials"]);
  });
});

describe("a site's credentials", () => {
  test("are checked and stored by /site-set, and the token is not told", async () => {
    const answer = await call("POST", "/site-set", { ...siteSet(), more: 1 });
    expect(answer).toMatchObject({ status: 200, json: { status: "OK", mmSiteId: SITE } });
    expect(Object.keys(answer.json)).toEqual(["status", "message", "mmSiteId"]);
    expect((await call("GET", `/check/${SITE}`)).json).toMatchObject({ status: "OK", mmSiteId: SITE });
    const [row] = (await call("GET", "/api/audit?action=credential.put")).json.items;
    expect(row).toMatchObject({ subject: `credential:maxymiser:${SITE}`, actor: "root" });
  });

  test("that Maxymiser refuses are not stored, by either door, and no secret is echoed", async () => {
    const refused = [
      await call("POST", "/site-set", siteSet({}, { password: "wrong-password-1" })),
      await call("POST", "/site-set", siteSet({}, { client_secret: "wrong-secret-1" })),
      await call("POST", "/site-set", siteSet({ region: "us" })),
      await call("PUT", `/api/credentials/maxymiser:${SITE}`, { ...LOGIN, password: "wrong-password-1" }),
    ];
    for (const { status, text } of refused) {
      expect(status).toBe(400);
      for (const secret of ["wrong-password-1", "wrong-secret-1", LOGIN.password, LOGIN.clientSecret, LOGIN.username]) {
        expect(text).not.toContain(secret);
      }
    }
    expect(refused[0]!.json).toMatchObject({ status: "FAIL", message: expect.stringContaining("invalid_grant") });
    expect(refused[3]!.json).toMatchObject({ code: "invalid_credentials" });
    expect((await call("GET", `/check/${SITE}`)).status).toBe(404);
    expect((await call("GET", "/api/credentials")).json.items).toEqual([]);
  });

  test("are not stored while Maxymiser cannot be asked", async () => {
    maxymiser().faults.set({ mode: "error", status: 503, times: 2 });
    expect((await call("POST", "/site-set", siteSet())).status).toBe(400);
    const put = await call("PUT", `/api/credentials/maxymiser:${SITE}`, LOGIN);
    expect(put).toMatchObject({ status: 503, json: { code: "busy" } });
    expect((await call("GET", "/api/credentials")).json.items).toEqual([]);
  });

  test.each([
    {},
    { mmSiteId: SITE },
    siteSet({ mmSiteId: "a/../b" }),
    siteSet({}, { password: "" }),
    siteSet({ region: "br" }),
    [],
  ])("%j is no /site-set", async (body) =>
    expect(await call("POST", "/site-set", body)).toMatchObject({ status: 400, json: { status: "FAIL" } }),
  );

  test("are forgotten by /token_delete, also when there were none", async () => {
    await openSite();
    for (let n = 0; n < 2; n++) {
      expect(await call("POST", "/token_delete", { mmSiteId: SITE, auth: {} })).toMatchObject({
        status: 200,
        json: { status: "OK" },
      });
    }
    expect((await call("GET", `/check/${SITE}`)).status).toBe(404);
    expect((await call("GET", `/token_refresh/${SITE}`)).status).toBe(404);
    expect((await call("POST", "/token_delete", {})).status).toBe(400);
  });

  test("can be tested at any time, and a site id may hold what base64 holds", async () => {
    const odd = "MDAx+M/0=";
    maxymiser().state.add({ ...LOGIN, clientId: "odd", siteIds: [odd] });
    const path = `/api/credentials/${encodeURIComponent(`maxymiser:${odd}`)}`;
    expect((await call("PUT", path, { ...LOGIN, clientId: "odd" })).status).toBe(200);
    expect((await call("POST", `${path}/test`)).json).toEqual({ ok: true, detail: "Maxymiser gave a token." });
    expect((await call("GET", `/check/${encodeURIComponent(odd)}`)).json).toMatchObject({ mmSiteId: odd });
    await push(pixel("c", "a", "1", 9, odd));
    await drain("c", 1, odd);
    expect(attributesOf("c", odd)).toEqual({ a: "1" });
    expect((await call("PUT", "/api/credentials/maxymiser:..%2Fx", LOGIN)).status).toBe(404);
    expect((await call("PUT", "/api/credentials/maxymiser", LOGIN)).status).toBe(404);
  });
});

describe("GET /token_refresh", () => {
  test("hands out one token to all, which works", async () => {
    await openSite();
    const before = maxymiser().tokens.requests;
    const answers = await Promise.all(Array.from({ length: 20 }, () => call("GET", `/token_refresh/${SITE}`)));
    expect(maxymiser().tokens.requests).toBe(before + 1);
    const [{ json, headers }] = answers as [(typeof answers)[0]];
    expect(json).toMatchObject({ status: "OK", message: "token returned", mmSiteId: SITE });
    expect(Date.parse(json.expiresAt)).toBeGreaterThan(Date.now() + 60_000);
    expect(new Set(answers.map((answer) => answer.json.token)).size).toBe(1);
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(maxymiser().tokens.owner(json.token)).toBeDefined();
  });

  test("says whether the site is unknown, its credentials refused, or Maxymiser down", async () => {
    const fails = (status: number) => ({ status, json: { status: "FAIL", mmSiteId: SITE } });
    expect(await call("GET", `/token_refresh/${SITE}`)).toMatchObject(fails(404));
    await openSite();
    maxymiser().faults.set({ mode: "error", status: 503, times: 1 });
    expect(await call("GET", `/token_refresh/${SITE}`)).toMatchObject(fails(503));
    await call("POST", "/site-set", siteSet());
    maxymiser().state.logins[0]!.password = "changed";
    expect(await call("GET", `/token_refresh/${SITE}`)).toMatchObject(fails(409));
  });
});

describe("what could not be read", () => {
  test("is listed without its values, and read again when it can be", async () => {
    const early = { ...pixel("early-bird"), UtcSeconds: Math.floor(Date.now() / 1_000) + 100_000 };
    await push(early, { ...pixel("never"), PixelUrl: "" });
    const list = await call("GET", "/api/visitors/parked?kind=quarantine");
    expect(list.text).not.toMatch(/early-bird|never/);
    const items = list.json.items as { id: string; reason: string; mmSiteId: string | null }[];
    expect(new Map(items.map(({ reason, mmSiteId }) => [reason, mmSiteId]))).toEqual(
      new Map([
        ["bad_time", SITE],
        ["no_url", null],
      ]),
    );
    expect((await call("POST", "/api/visitors/parked/replay", { ids: items.map(({ id }) => id) })).json).toEqual({
      replayed: 0,
    });
    await env.DB.prepare(
      "UPDATE visitor_quarantine SET element = json_set(element, '$.UtcSeconds', 1700000000) WHERE reason = 'bad_time'",
    ).run();
    expect((await call("POST", "/api/visitors/parked/replay", { site: SITE })).json).toEqual({ replayed: 1 });
    expect((await call("GET", "/api/visitors/parked")).json.items).toHaveLength(1);
    await openSite();
    await drain("early-bird");
    expect(attributesOf("early-bird")).toEqual({ customer_type: "vip" });
    const [row] = (await call("GET", "/api/audit?action=visitors.replay")).json.items;
    expect(row).toMatchObject({ subject: `site:${SITE}`, after: { replayed: 1 } });
  });

  test.each([{ ids: ["nonsense"] }, { ids: ["d.e30"] }, { ids: [] }, {}, { site: SITE, more: 1 }])(
    "%j replays nothing",
    async (body) => expect((await call("POST", "/api/visitors/parked/replay", body)).status).toBe(400),
  );
});

describe("lists", () => {
  test("are paged: every line once, and the CSV has them all", async () => {
    await openSite();
    maxymiser().state.sites.get(SITE)!.attributes = ["good"];
    const customers = Array.from({ length: 7 }, (_, n) => `c${n}`);
    await push(...customers.flatMap((c) => [pixel(c, "good", "1"), pixel(c, "bad", "2")]), {}, { a: 1 }, { b: 1 });
    for (const customer of customers) await drain(customer);
    for (const [path, expected] of [
      ["deliveries", 14],
      ["parked", 10],
      ["parked?kind=quarantine", 3],
      ["parked?kind=delivery", 7],
    ] as const) {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const query: string = `${path.includes("?") ? "&" : "?"}limit=2${cursor === null ? "" : `&cursor=${cursor}`}`;
        const page: { items: unknown[]; nextCursor: string | null } = (
          await call("GET", `/api/visitors/${path}${query}`)
        ).json;
        seen.push(...page.items.map((item) => JSON.stringify(item)));
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(seen, path).toHaveLength(expected);
      if (path.startsWith("parked")) expect(new Set(seen).size, path).toBe(expected);
      const csv = await call("GET", `/api/visitors/${path.replace(/(\?|$)/, ".csv$1")}`);
      expect(csv.text.trim().split("\r\n"), path).toHaveLength(expected + 1);
    }
    expect((await call("GET", "/api/visitors/deliveries?outcome=delivered")).json.items).toHaveLength(7);
    expect((await call("GET", "/api/visitors/deliveries?site=bm8=")).json.items).toEqual([]);
    expect((await call("GET", "/api/visitors/parked?site=bm8=")).json.items).toEqual([]);
    expect((await call("GET", "/api/visitors/sites.csv")).text).toContain(SITE);
    expect((await call("GET", "/api/visitors/deliveries?cursor=x")).status).toBe(400);
  });
});
