// Awin's reports in the shapes that have been seen: every word, every absent field, every way to fail.
import { describe, expect, test } from "vitest";
import { recordedNetwork, readSlice } from "../../../test/support/recorded-network.ts";
import { awinReports } from "./awin.reports.client.ts";

const TOKEN = "canary-7f3a9b";
const FIELDS = { publisherId: "223344", token: TOKEN };
const DAY = 86_400_000;
const FROM = Date.UTC(2024, 4, 20, 12);
const SLICE = { fromMs: FROM, toMs: FROM + 3 * DAY, basis: "occurred" } as const;

const ROW = {
  id: 301224455,
  url: "http://www.publisher.example",
  advertiserId: 17648,
  publisherId: 223344,
  commissionStatus: "pending",
  commissionAmount: { amount: 8.4, currency: "BRL" },
  saleAmount: { amount: 120.0, currency: "BRL" },
  clickRefs: { clickRef: "c_01HX", clickRef2: "web", clickRef6: "x" },
  clickDate: "2024-05-20T21:43:56",
  transactionDate: "2024-05-20T22:04:00",
  validationDate: null as string | null,
  type: "Commission group transaction",
  declineReason: null as string | null,
  orderRef: "ORD-551",
  transactionParts: [{ commissionGroupId: 12345, amount: 120.0, trackedParts: [] }],
  paidToPublisher: false,
  basketProducts: null,
};
const read = (...rows: unknown[]) =>
  readSlice(awinReports, SLICE, recordedNetwork(FIELDS, [JSON.stringify(rows)]).session);

describe("awin's transactions", () => {
  test("are asked for in UTC, with the token in a header", async () => {
    const { session, asked } = recordedNetwork(FIELDS, ["[]"]);
    await readSlice(awinReports, SLICE, session);
    expect(asked[0]?.url.pathname).toBe("/publishers/223344/transactions/");
    expect(Object.fromEntries(asked[0]!.url.searchParams)).toEqual({
      startDate: "2024-05-20T12:00:00",
      endDate: "2024-05-23T12:00:00",
      timezone: "UTC",
      dateType: "transaction",
    });
    expect(asked[0]?.headers.get("Authorization")).toBe(`Bearer ${TOKEN}`);
  });

  test("are read whole", async () => {
    expect(await read(ROW)).toEqual({
      sales: [
        {
          externalId: "301224455",
          part: null,
          orderRef: "ORD-551",
          status: "pending",
          provisional: false,
          sale: { minor: 12_000, currency: "BRL" },
          commission: { minor: 840, currency: "BRL" },
          clickId: "c_01HX",
          advertiserId: "17648",
          occurredAtMs: Date.UTC(2024, 4, 20, 22, 4),
          validatedAtMs: null,
          declineReason: null,
        },
      ],
      warnings: [],
      cursors: [],
    });
  });

  test.for([
    [{ commissionStatus: "pending" }, "pending"],
    [{ commissionStatus: "Approved" }, "approved"],
    [{ commissionStatus: "approved", paidToPublisher: true }, "paid"],
    [{ commissionStatus: "declined", paidToPublisher: true }, "declined"],
    [{ commissionStatus: "DELETED" }, "declined"],
  ] as const)("with %j are %s", async ([change, status]) => {
    const { sales, warnings } = await read({ ...ROW, ...change });
    expect([sales[0]?.status, warnings]).toEqual([status, []]);
  });

  test("with a word that nobody knows are pending, with a warning", async () => {
    const { sales, warnings } = await read({ ...ROW, commissionStatus: "on hold" });
    expect(sales[0]?.status).toBe("pending");
    expect(warnings).toEqual(['Row 301224455: the status "on hold" is not known.']);
  });

  test("may lack what is not always known", async () => {
    const { clickRefs: _c, saleAmount: _s, orderRef: _o, paidToPublisher: _p, advertiserId: _a, ...bare } = ROW;
    for (const row of [
      bare,
      { ...bare, clickRefs: null, saleAmount: null, advertiserId: null },
      { ...bare, clickRefs: {} },
    ]) {
      const { sales } = await read(row);
      expect(sales[0]).toMatchObject({ clickId: null, orderRef: null, sale: { minor: 0, currency: "BRL" } });
    }
  });

  test("tell when they were validated, and why they were declined", async () => {
    const row = {
      ...ROW,
      commissionStatus: "declined",
      validationDate: "2024-06-01T00:00:00",
      declineReason: "Returned",
    };
    expect((await read(row)).sales[0]).toMatchObject({
      validatedAtMs: Date.UTC(2024, 5, 1),
      declineReason: "Returned",
    });
  });

  test("that cannot be read are left out with a warning each, and their neighbours are read", async () => {
    const { sales, warnings } = await read(
      { ...ROW, id: 1 },
      { ...ROW, id: 2, commissionAmount: { amount: "many", currency: "BRL" } },
      { ...ROW, id: 3, transactionDate: "yesterday" },
      { ...ROW, id: 4, commissionAmount: { amount: 1, currency: "ABC" } },
      { ...ROW, id: 2 ** 60 },
      null,
      { ...ROW, id: 7 },
    );
    expect(sales.map(({ externalId }) => externalId)).toEqual(["1", "7"]);
    expect(warnings).toHaveLength(5);
    expect(warnings.slice(0, 2)).toEqual([
      "Row 2 was left out: commissionAmount is no number",
      "Row 3 was left out: transactionDate is no date",
    ]);
    expect(warnings[4]).toContain("Row number 6 was left out");
  });

  test("that are wrong in every row are told without end", async () => {
    const { warnings } = await read(...Array.from({ length: 500 }, (_, id) => ({ id })));
    expect([warnings.length, warnings.at(-1)]).toEqual([51, "And 450 more."]);
  });
});

describe("awin's slices", () => {
  const window = { fromMs: FROM, toMs: FROM + 60 * DAY };

  test("of what is new go by transaction date, each within 31 days, without a gap", () => {
    const slices = awinReports.slices(window, "recent");
    expect(slices.map(({ basis }) => basis)).toEqual(["occurred", "occurred"]);
    expect(slices[0]?.fromMs).toBe(window.fromMs);
    expect(slices[0]?.toMs).toBe(slices[1]?.fromMs);
    expect(slices[1]?.toMs).toBe(window.toMs);
    for (const { fromMs, toMs } of slices) expect(toMs - fromMs).toBeLessThan(31 * DAY);
  });

  test("of what has changed go by validation, by amendment, and by what was deleted without either", async () => {
    const slices = awinReports.slices(window, "changes");
    const types = [];
    for (const slice of slices) {
      const { session, asked } = recordedNetwork(FIELDS, ["[]"]);
      await readSlice(awinReports, slice, session);
      const { searchParams } = asked[0]!.url;
      types.push([searchParams.get("dateType"), searchParams.get("status")]);
    }
    expect(types).toEqual([
      ["validation", null],
      ["validation", null],
      ["amendment", null],
      ["amendment", null],
      ["transaction", "deleted"],
      ["transaction", "deleted"],
    ]);
  });

  test("of an empty window are none", () => {
    expect(awinReports.slices({ fromMs: FROM, toMs: FROM }, "recent")).toEqual([]);
  });

  test("too large for one answer are asked for in halves, to the hour, and lose nothing", async () => {
    const large = "[".padEnd(9 * 1024 * 1024, " ");
    const one = (id: number) => JSON.stringify([{ ...ROW, id }]);
    const { session, asked } = recordedNetwork(FIELDS, [large, large, one(1), one(2), one(3), one(4)]);
    const { sales, cursors } = await readSlice(awinReports, SLICE, session);
    expect(sales.map(({ externalId }) => externalId)).toEqual(["1", "2", "3", "4"]);
    expect(cursors).toHaveLength(5);
    const spans = asked.slice(2).map(({ url }) => [url.searchParams.get("startDate"), url.searchParams.get("endDate")]);
    expect(spans[0]?.[0]).toBe("2024-05-20T12:00:00");
    for (const [i, span] of spans.entries()) if (i > 0) expect(span[0]).toBe(spans[i - 1]?.[1]);
    expect(spans.at(-1)?.[1]).toBe("2024-05-23T12:00:00");
  });

  test("of an hour that are too large fail", async () => {
    const { session } = recordedNetwork(FIELDS, ["[".padEnd(9 * 1024 * 1024, " ")]);
    const slice = { ...SLICE, toMs: FROM + 3_600_000 };
    expect(await awinReports.sales(slice, null, session)).toMatchObject({ ok: false, failure: { kind: "malformed" } });
  });
});

describe("awin's failures", () => {
  test.for([
    [{ body: `{"error":"unauthorized","description":"Full authentication is required"}`, status: 401 }, "unauthorized"],
    [{ body: `{"error":"forbidden"}`, status: 403 }, "unauthorized"],
    [{ body: "", status: 429 }, "rate_limited"],
    [{ body: `{"error":"x","description":"window"}`, status: 400 }, "rejected"],
    [{ body: "", status: 503 }, "unavailable"],
    ["<html><body>Wait</body></html>", "malformed"],
    ["", "malformed"],
    [`[{"id": 1`, "malformed"],
    ["{}", "malformed"],
    [`{"error":"unauthorized","description":"x"}`, "unauthorized"],
    [`{"description":"Unknown error! Please try again later!"}`, "unavailable"],
  ] as const)("%j is %s", async ([answer, kind]) => {
    for (const ask of ["sales", "programmes"] as const) {
      const { session } = recordedNetwork(FIELDS, [answer], 1_000);
      const result =
        ask === "sales" ? await awinReports.sales(SLICE, null, session) : await awinReports.programmes(null, session);
      expect(result).toMatchObject({ ok: false, failure: { kind } });
      // Without a Retry-After it waits for the next minute.
      if (kind === "rate_limited") expect(result).toMatchObject({ failure: { retryAtMs: 61_000 } });
    }
  });

  test("never tell the token", async () => {
    const echo = `{"error":"bad","description":"${"x".repeat(280)}${TOKEN}"}`;
    for (const status of [200, 401, 500]) {
      const { session } = recordedNetwork(FIELDS, [{ body: echo, status }]);
      expect(JSON.stringify(await awinReports.sales(SLICE, null, session))).not.toContain("canary");
    }
  });
});

test("awin's joined programmes come with their domains, whether texts or objects", async () => {
  const { session, asked } = recordedNetwork(FIELDS, [
    JSON.stringify([
      { id: 1, name: "Loja", displayUrl: "https://www.Loja.example/x", validDomains: [{ domain: "www.loja.example" }] },
      {
        id: 2,
        name: "Outra",
        displayUrl: "outra.example",
        validDomains: ["https://shop.outra.example/", "not a host"],
      },
      { id: 3, name: "Sem" },
      { id: 4 },
    ]),
  ]);
  expect(await awinReports.programmes(null, session)).toEqual({
    ok: true,
    value: {
      programmes: [
        { externalId: "1", name: "Loja", domains: ["loja.example"] },
        { externalId: "2", name: "Outra", domains: ["shop.outra.example", "outra.example"] },
        { externalId: "3", name: "Sem", domains: [] },
      ],
      unread: ["4"],
      next: null,
      warnings: [expect.stringMatching(/^Row 4 was left out: name/)],
    },
  });
  expect(asked[0]?.url.search).toBe("?relationship=joined");
});
