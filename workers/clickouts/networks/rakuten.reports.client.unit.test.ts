// Rakuten's reports: rows that add up, pages, a token that lives an hour, and answers that are not what they seem.
import { describe, expect, test } from "vitest";
import { recordedNetwork, readSlice } from "../../../test/support/recorded-network.ts";
import type { Canned } from "../../../test/support/recorded-network.ts";
import { rakutenReports } from "./rakuten.reports.client.ts";

const FIELDS = { clientId: "canary-id", clientSecret: "canary-secret", siteId: "4640000", linkId: "AbCdEfGhIjk" };
const KEY = btoa("canary-id:canary-secret");
const DAY = 86_400_000;
const FROM = Date.UTC(2024, 4, 1);
const SLICE = { fromMs: FROM, toMs: FROM + 3 * DAY, basis: "processed" } as const;
const TOKEN = JSON.stringify({
  access_token: "canary-token",
  token_type: "bearer",
  expires_in: 3600,
  scope: "4640000",
});

const ROW = {
  etransaction_id: "b6f1c0",
  advertiser_id: 43984,
  sid: 4640000,
  order_id: "A-1",
  offer_id: "987",
  sku_number: "SKU1",
  sale_amount: 199.9,
  quantity: 1,
  commissions: 9.99,
  process_date: "Wed May 01 2024 12:02:11 GMT+0000 (UTC)",
  transaction_date: "Wed May 01 2024 11:40:00 GMT+0000 (UTC)",
  transaction_type: "realtime",
  product_name: "Tênis",
  u1: "c_01HX",
  currency: "BRL",
  is_event: "N",
  commission_list_id: "0",
};
const rows = (...changes: object[]) => JSON.stringify(changes.map((change) => ({ ...ROW, ...change })));
const read = (body: Canned) => readSlice(rakutenReports, SLICE, recordedNetwork(FIELDS, [TOKEN, body]).session);

describe("rakuten's transactions", () => {
  test("are asked for with a token of the site, in UTC", async () => {
    const { session, asked } = recordedNetwork(FIELDS, [TOKEN, "[]", "[]"], 5_000);
    await readSlice(rakutenReports, SLICE, session);
    await readSlice(rakutenReports, { ...SLICE, basis: "occurred" }, session);
    expect(asked[0]).toMatchObject({ method: "POST", body: "scope=4640000" });
    expect(asked[0]?.url.pathname).toBe("/token");
    expect(asked[0]?.headers.get("Authorization")).toBe(`Bearer ${KEY}`);
    expect(asked[0]?.headers.get("Content-Type")).toContain("application/x-www-form-urlencoded");
    expect(asked[1]?.url.pathname).toBe("/events/1.0/transactions");
    expect(asked[1]?.headers.get("Authorization")).toBe("Bearer canary-token");
    expect(Object.fromEntries(asked[1]!.url.searchParams)).toEqual({
      process_date_start: "2024-05-01 00:00:00",
      process_date_end: "2024-05-04 00:00:00",
      limit: "1000",
      page: "1",
    });
    expect(asked[2]?.url.searchParams.get("transaction_date_start")).toBe("2024-05-01 00:00:00");
    // A minute less than it lives.
    expect(session.token).toEqual({ value: "canary-token", expiresAtMs: 5_000 + 3_540_000 });
  });

  test("are read as parts of an order and SKU", async () => {
    expect(await read(rows({}))).toEqual({
      sales: [
        {
          externalId: "43984/A-1/SKU1",
          part: "b6f1c0",
          orderRef: "A-1",
          status: null,
          provisional: false,
          sale: { minor: 19_990, currency: "BRL" },
          commission: { minor: 999, currency: "BRL" },
          clickId: "c_01HX",
          advertiserId: "43984",
          occurredAtMs: Date.UTC(2024, 4, 1, 11, 40),
          validatedAtMs: null,
          declineReason: null,
        },
      ],
      warnings: [],
      cursors: [],
    });
  });

  test("that come back are negative parts of the same order and SKU", async () => {
    const { sales } = await read(
      rows({}, { etransaction_id: "c7", sale_amount: -199.9, commissions: "-9.99", quantity: -1 }),
    );
    expect(sales.map(({ externalId, part, commission }) => [externalId, part, commission.minor])).toEqual([
      ["43984/A-1/SKU1", "b6f1c0", 999],
      ["43984/A-1/SKU1", "c7", -999],
    ]);
  });

  test.for([
    ["Y", true],
    ["y", true],
    [true, true],
    ["N", false],
    [false, false],
    [null, false],
  ] as const)("with is_event %s are provisional: %s, under a part of their own", async ([is_event, provisional]) => {
    const { sales } = await read(rows({ is_event }));
    expect(sales[0]).toMatchObject({ provisional, part: provisional ? "b6f1c0:event" : "b6f1c0", status: null });
  });

  test("may have ids as numbers or texts, no u1 and no SKU", async () => {
    const { sales } = await read(
      rows(
        { etransaction_id: 77, advertiser_id: "43984", order_id: 5, sku_number: 12 },
        { u1: undefined, sku_number: null },
        { order_id: "a/b", sku_number: "c" },
        { order_id: "a", sku_number: "b/c" },
      ),
    );
    expect(sales.map(({ externalId }) => externalId)).toEqual([
      "43984/5/12",
      "43984/A-1/",
      "43984/a%2Fb/c",
      "43984/a/b%2Fc",
    ]);
    expect(sales[1]?.clickId).toBeNull();
  });

  test("that cannot be read are left out with a warning each", async () => {
    const { sales, warnings } = await read(
      rows(
        { etransaction_id: "1" },
        { etransaction_id: "2", transaction_date: "2024-05-01 11:40:00" },
        { etransaction_id: "3", commissions: null },
        { etransaction_id: "4", order_id: undefined },
        { etransaction_id: "5", currency: "R$" },
        { etransaction_id: "6" },
      ),
    );
    expect(sales.map(({ part }) => part)).toEqual(["1", "6"]);
    expect(warnings).toHaveLength(4);
    expect(warnings[0]).toBe("Row 2 was left out: transaction_date is no date");
  });

  test("come in pages until one is short, whatever page size Rakuten keeps to", async () => {
    const page = (from: number, n: number) =>
      rows(...Array.from({ length: n }, (_, i) => ({ etransaction_id: from + i })));
    const { session, asked } = recordedNetwork(FIELDS, [TOKEN, page(1, 100), page(101, 100), page(201, 3)]);
    const { sales } = await readSlice(rakutenReports, SLICE, session);
    expect(sales).toHaveLength(203);
    expect(asked.slice(1).map(({ url }) => url.searchParams.get("page"))).toEqual(["1", "2", "3"]);
    const full = recordedNetwork(FIELDS, [TOKEN, page(1, 1_000), "[]"]);
    expect((await readSlice(rakutenReports, SLICE, full.session)).sales).toHaveLength(1_000);
  });

  test("without end are a failure", async () => {
    const endless = rows(...Array.from({ length: 100 }, () => ({})));
    const { session } = recordedNetwork(FIELDS, [TOKEN, endless]);
    expect(await rakutenReports.sales(SLICE, "1000", session)).toMatchObject({ failure: { kind: "malformed" } });
  });
});

test("rakuten's slices go by processing for what is new and by order for changes, within 30 days", () => {
  const window = { fromMs: FROM, toMs: FROM + 60 * DAY };
  const slices = rakutenReports.slices(window, "changes");
  expect(slices.map(({ basis }) => basis)).toEqual(["occurred", "occurred", "occurred"]);
  expect([slices[0]?.fromMs, slices.at(-1)?.toMs]).toEqual([window.fromMs, window.toMs]);
  for (const { fromMs, toMs } of slices) expect(toMs - fromMs).toBeLessThan(30 * DAY);
  expect(rakutenReports.slices({ fromMs: FROM, toMs: FROM + DAY }, "recent")).toEqual([
    { fromMs: FROM, toMs: FROM + DAY, basis: "processed" },
  ]);
});

describe("rakuten's token", () => {
  const dead = { body: `{"error":"invalid_token","error_description":"expired"}`, status: 401 };

  test("that dies before its time is renewed once and the call repeated once", async () => {
    const { session, asked } = recordedNetwork(FIELDS, [dead, TOKEN, rows({})], 1_000);
    session.token = { value: "canary-old", expiresAtMs: 9_999_999 };
    expect((await readSlice(rakutenReports, SLICE, session)).sales).toHaveLength(1);
    expect(asked.map(({ headers }) => headers.get("Authorization"))).toEqual([
      "Bearer canary-old",
      `Bearer ${KEY}`,
      "Bearer canary-token",
    ]);
  });

  test("that is refused on a data door when new says nothing of the credentials", async () => {
    const network = recordedNetwork(FIELDS, [TOKEN, dead, TOKEN, { ...dead, status: 403 }]);
    const result = await rakutenReports.sales(SLICE, null, network.session);
    expect(result).toMatchObject({ ok: false, failure: { kind: "unavailable" } });
    expect(network.left).toEqual([]);
  });

  test("that is over is not used", async () => {
    const { session, asked } = recordedNetwork(FIELDS, [TOKEN, "[]"], 10_000);
    session.token = { value: "canary-old", expiresAtMs: 10_000 };
    await readSlice(rakutenReports, SLICE, session);
    expect(asked[0]?.url.pathname).toBe("/token");
  });

  test.for([
    [{ body: `{"error":"invalid_client"}`, status: 401 }, "unauthorized"],
    [{ body: `{"error":"invalid_client"}`, status: 400 }, "unauthorized"],
    [{ body: "", status: 503 }, "unavailable"],
    [{ body: "", status: 429 }, "rate_limited"],
    ["{}", "malformed"],
    ["<html>", "malformed"],
  ] as const)("that is not given (%j) is %s", async ([answer, kind]) => {
    const { session } = recordedNetwork(FIELDS, [answer]);
    expect(await rakutenReports.sales(SLICE, null, session)).toMatchObject({ ok: false, failure: { kind } });
  });
});

describe("rakuten's failures", () => {
  test.for([
    ["<html><body>Gateway</body></html>", "malformed"],
    ["<error/>", "malformed"],
    [`[{"etransaction_id":`, "malformed"],
    ["{}", "malformed"],
    [`{"error":"rate_limit","error_description":"Too many requests"}`, "rate_limited"],
    [{ body: "", status: 400 }, "rejected"],
    [{ body: "", status: 502 }, "unavailable"],
    [{ body: "", status: 429 }, "rate_limited"],
  ] as const)("%j is %s", async ([answer, kind]) => {
    const { session } = recordedNetwork(FIELDS, [TOKEN, answer], 2_000);
    const result = await rakutenReports.sales(SLICE, null, session);
    expect(result).toMatchObject({ ok: false, failure: { kind } });
    if (typeof answer === "object" && answer.status === 429) {
      expect(result).toMatchObject({ failure: { retryAtMs: 62_000 } });
    }
  });

  test("never tell a secret", async () => {
    for (const status of [200, 400, 401, 500]) {
      const echo = JSON.stringify({ error: `${"x".repeat(270)}canary-secret ${KEY} canary-token` });
      for (const answers of [[{ body: echo, status }], [TOKEN, { body: echo, status }, { body: echo, status }]]) {
        const { session } = recordedNetwork(FIELDS, answers);
        const result = await rakutenReports.sales(SLICE, null, session);
        // What is told of a failure is its detail; the refusal's body stays with the caller.
        const told = result.ok ? JSON.stringify(result) : result.failure.detail;
        expect(told).not.toContain("canary");
        expect(told).not.toContain(KEY.slice(0, 10));
      }
    }
  });
});
