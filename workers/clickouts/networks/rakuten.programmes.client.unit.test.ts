// Rakuten's partnerships, and the domains that another list adds to them.
import { describe, expect, test } from "vitest";
import { recordedNetwork } from "../../../test/support/recorded-network.ts";
import { rakutenReports } from "./rakuten.reports.client.ts";

const FIELDS = { clientId: "id", clientSecret: "secret", siteId: "4640000", linkId: "AbCdEfGhIjk" };
const TOKEN = `{"access_token":"token","expires_in":3600}`;

const partner = (id: number | string, status = "active") => ({
  advertiser: { id, name: `Loja ${id}`, network: 8 },
  status,
});
const metadata = (page: number, total: number, next: boolean) => ({
  api_name_version: "v1",
  _links: { self: "x", ...(next ? { next: "y" } : {}) },
  page,
  limit: 200,
  total,
});
const partnerships = (page: number, total: number, ...list: object[]) =>
  JSON.stringify({ _metadata: metadata(page, total, page * 200 < total), partnerships: list });
const advertisers = (more: boolean, ...list: object[]) =>
  JSON.stringify({ _metadata: { _links: more ? { next: "y" } : {} }, advertisers: list });

describe("rakuten's programmes", () => {
  test("are the active partnerships, with the advertisers' domains, which are read once", async () => {
    const { session, asked } = recordedNetwork(FIELDS, [
      TOKEN,
      partnerships(1, 201, partner(1), partner("2"), partner(3, "removed"), { status: "active" }),
      advertisers(true, { id: 1, name: "Loja 1", url: "https://www.loja1.example/br" }, { id: 9, url: null }),
      advertisers(false, { id: "2", url: "loja2.example" }),
      partnerships(2, 201, partner(4)),
    ]);
    expect(await rakutenReports.programmes(null, session)).toEqual({
      ok: true,
      value: {
        programmes: [
          { externalId: "1", name: "Loja 1", domains: ["loja1.example"] },
          { externalId: "2", name: "Loja 2", domains: ["loja2.example"] },
        ],
        unread: [null],
        next: "2",
        warnings: [expect.stringMatching(/^Row number 4 was left out: advertiser/)],
      },
    });
    expect(await rakutenReports.programmes("2", session)).toEqual({
      ok: true,
      value: { programmes: [{ externalId: "4", name: "Loja 4", domains: [] }], next: null, warnings: [] },
    });
    expect(asked.map(({ url }) => `${url.pathname}${url.search}`)).toEqual([
      "/token",
      "/v1/partnerships?partner_status=active&limit=200&page=1",
      "/v2/advertisers?limit=200&page=1",
      "/v2/advertisers?limit=200&page=2",
      "/v1/partnerships?partner_status=active&limit=200&page=2",
    ]);
  });

  test("stay without domains where the list of advertisers is closed to the account, and say so", async () => {
    for (const status of [404, 400, 403]) {
      const closed = { body: "no", status };
      const { session } = recordedNetwork(FIELDS, [TOKEN, partnerships(1, 1, partner(1)), closed, TOKEN, closed]);
      expect(await rakutenReports.programmes(null, session)).toMatchObject({
        ok: true,
        value: { programmes: [{ externalId: "1", domains: [] }], warnings: [expect.stringContaining("No domains")] },
      });
    }
  });

  test.for([
    [[partnerships(1, 1, partner(1)), { body: "", status: 503 }], "unavailable"],
    [[partnerships(1, 1, partner(1)), { body: "", status: 429 }], "rate_limited"],
    [[partnerships(1, 1, partner(1)), "<html>"], "malformed"],
    [[{ body: "", status: 500 }], "unavailable"],
    [["{}"], "malformed"],
    [["<html>"], "malformed"],
  ] as const)("fail as a page when a list fails: %j is %s", async ([answers, kind]) => {
    const { session } = recordedNetwork(FIELDS, [TOKEN, ...answers]);
    expect(await rakutenReports.programmes(null, session)).toMatchObject({ ok: false, failure: { kind } });
  });

  test("may be none", async () => {
    const { session } = recordedNetwork(FIELDS, [TOKEN, partnerships(1, 0), advertisers(false)]);
    expect(await rakutenReports.programmes(null, session)).toMatchObject({ value: { programmes: [], next: null } });
  });
});
