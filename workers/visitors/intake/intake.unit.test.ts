// What strangers send, and what becomes of it.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { integrationOf, loadsOf, readBody, shardOf } from "./intake.ts";

const NOW_MS = Date.UTC(2026, 10, 21, 12);
const SECONDS = NOW_MS / 1_000 - 60;
const mm = integrationOf("mm")!;
const json = integrationOf("json")!;

const QUERY = "mmSiteId=Xyz134&attributeName=customer_type&attributeValue=vip";

function pixel(change: Record<string, unknown> = {}, query = QUERY): Record<string, unknown> {
  return {
    BkUuid: "qX7p2Za/8kLmN4+R",
    IP: "203.0.113.7",
    CampaignId: "204417",
    Categories: [{ Id: 1180042, Utc: SECONDS }],
    PartnerUuid: "cust-12345",
    PixelUrl: `http://tags.bluekai.com/site/90012?${query}`,
    Referrer: "",
    UtcSeconds: SECONDS,
    ...change,
  };
}

const post = (...pixels: unknown[]) => ({ DestinationId: 90011, PixelCount: 1, Pixels: pixels });
const read = (source: typeof mm, body: unknown) => {
  const { accepted, rejected } = readBody(source, body, NOW_MS);
  return { accepted: accepted.length, updates: accepted.flatMap(({ updates }) => updates), rejected };
};
const one = (element: unknown) => read(mm, post(element));
const reasonOf = (element: unknown) => one(element).rejected[0]?.reason;

describe("a pixel", () => {
  test("gives one update", () => {
    expect(one(pixel()).updates).toEqual([
      {
        mmSiteId: "Xyz134",
        customerId: "cust-12345",
        attribute: "customer_type",
        value: "vip",
        occurredAtMs: SECONDS * 1_000,
        deliveryId: "204417",
      },
    ]);
  });

  test("is read with its names and values decoded", () => {
    const [update] = one(
      pixel({}, "mmSiteId=MDAx%2BMjM0&attributeName=prefer%C3%AAncia%20um&attributeValue=caf%C3%A9+%26+p%C3%A3o%25"),
    ).updates;
    expect(update).toMatchObject({ mmSiteId: "MDAx+MjM0", attribute: "preferência um", value: "café & pão%" });
  });

  test("may carry several pairs, in any order", () => {
    const query = "attributeValue2=b&attributeName=x&mmSiteId=S&attributeName2=y&attributeValue=a";
    expect(one(pixel({}, query)).updates.map(({ attribute, value }) => [attribute, value])).toEqual([
      ["x", "a"],
      ["y", "b"],
    ]);
  });

  test("takes numbers for texts and texts for numbers", () => {
    const change = { PartnerUuid: 12345, CampaignId: 7, UtcSeconds: String(SECONDS), SiteId: "90010" };
    expect(one(pixel(change)).updates[0]).toMatchObject({
      customerId: "12345",
      deliveryId: "7",
      occurredAtMs: SECONDS * 1_000,
    });
  });

  test("needs no campaign, category or unknown field", () => {
    const change = { CampaignId: undefined, Categories: undefined, UserData: { a: 1 } };
    expect(one(pixel(change)).updates[0]).toMatchObject({ deliveryId: null });
  });

  test.each(["a/b+c%d?e", "çé–漢😀", "x".repeat(512), "../../x"])("has a customer like %s", (customerId) => {
    expect(one(pixel({ PartnerUuid: customerId })).updates[0]?.customerId).toBe(customerId);
  });

  test("may empty an attribute, and names may be those of a prototype", () => {
    const query = "mmSiteId=S&attributeName=__proto__&attributeValue=";
    expect(one(pixel({}, query)).updates[0]).toMatchObject({ attribute: "__proto__", value: "" });
  });

  test.each([
    ["no_customer", { PartnerUuid: undefined }],
    ["no_customer", { PartnerUuid: "" }],
    ["no_customer", { PartnerUuid: null }],
    ["no_customer", { PartnerUuid: ["a"] }],
    ["no_customer", { PartnerUuid: 2 ** 53 }],
    ["no_customer", { PartnerUuid: "." }],
    ["no_customer", { PartnerUuid: ".." }],
    ["no_customer", { PartnerUuid: "a\nb" }],
    ["no_customer", { PartnerUuid: "\ud800" }],
    ["no_customer", { PartnerUuid: "x".repeat(513) }],
    ["no_url", { PixelUrl: undefined }],
    ["no_url", { PixelUrl: "" }],
    ["no_url", { PixelUrl: 7 }],
    ["bad_url", { PixelUrl: "tags.bluekai.com?mmSiteId=1" }],
    ["bad_url", { PixelUrl: "http://[" }],
    ["bad_url", { PixelUrl: `javascript:alert(1)?${QUERY}` }],
    ["bad_time", { UtcSeconds: undefined }],
    ["bad_time", { UtcSeconds: "soon" }],
    ["bad_time", { UtcSeconds: 0 }],
    ["bad_time", { UtcSeconds: NOW_MS }],
    ["bad_time", { UtcSeconds: SECONDS + 90_000 }],
    ["bad_time", { UtcSeconds: Number.NaN }],
  ])("is refused as %s: %j", (reason, change) => expect(reasonOf(pixel(change))).toBe(reason));

  test.each([
    ["no_site", "attributeName=a&attributeValue=b"],
    ["no_site", "mmSiteId=&attributeName=a&attributeValue=b"],
    ["no_site", "mmSiteId=../x&attributeName=a&attributeValue=b"],
    ["no_attribute", "mmSiteId=S"],
    ["no_attribute", "mmSiteId=S&attributeName=a"],
    ["no_attribute", "mmSiteId=S&attributeValue=b"],
    ["no_attribute", "mmSiteId=S&attributeName=&attributeValue=b"],
    ["no_attribute", "mmSiteId=S&attributeName=a&attributeValue=b&attributeName2=c"],
    ["no_attribute", `mmSiteId=S&attributeName=${"n".repeat(256)}&attributeValue=b`],
    ["no_attribute", `mmSiteId=S&attributeName=a&attributeValue=${"v".repeat(4_097)}`],
  ])("is refused as %s: ?%s", (reason, query) => expect(reasonOf(pixel({}, query))).toBe(reason));

  test("that was refused does not hold up its neighbours, and PixelCount is not believed", () => {
    const intake = read(mm, post(pixel(), null, pixel({ PartnerUuid: "b" }), 7, pixel({ PixelUrl: "" })));
    expect(intake).toMatchObject({ accepted: 2, rejected: [{ index: 1 }, { index: 3 }, { index: 4 }] });
    expect(intake.updates.map(({ customerId }) => customerId)).toEqual(["cust-12345", "b"]);
  });

  test("keeps its site in a refusal where it named one", () => {
    expect(one(pixel({ UtcSeconds: 0 })).rejected[0]).toMatchObject({ mmSiteId: "Xyz134", index: 0 });
  });
});

test("five thousand pixels are all read", () => {
  const pixels = Array.from({ length: 5_000 }, (_, n) => pixel({ PartnerUuid: `c${n}` }));
  expect(read(mm, post(...pixels)).updates).toHaveLength(5_000);
});

describe("a generic update", () => {
  const update = (change: Record<string, unknown> = {}) => ({
    mmSiteId: "S1",
    customerId: "c",
    attributes: { tier: "gold", visits: 3, opted: true },
    occurredAt: "2026-11-21T08:59:00-03:00",
    ...change,
  });
  const take = (element: unknown) => read(json, { updates: [element] });

  test("gives one update for each attribute", () => {
    const common = { mmSiteId: "S1", customerId: "c", occurredAtMs: NOW_MS - 60_000, deliveryId: null };
    expect(take(update())).toMatchObject({
      accepted: 1,
      updates: [
        { ...common, attribute: "tier", value: "gold" },
        { ...common, attribute: "visits", value: "3" },
        { ...common, attribute: "opted", value: "true" },
      ],
    });
  });

  test.each([
    ["no_site", { mmSiteId: undefined }],
    ["no_site", { mmSiteId: "a.b" }],
    ["no_customer", { customerId: {} }],
    ["bad_time", { occurredAt: "2026-11-21T08:59:00" }],
    ["bad_time", { occurredAt: NOW_MS }],
    ["bad_time", { occurredAt: "2026-13-41T08:59:00Z" }],
    ["no_attribute", { attributes: {} }],
    ["no_attribute", { attributes: ["a"] }],
    ["no_attribute", { attributes: { a: null } }],
    ["no_attribute", { attributes: { a: { b: 1 } } }],
    ["no_attribute", { attributes: { "": "x" } }],
  ])("is refused as %s: %j", (reason, change) => expect(take(update(change)).rejected[0]?.reason).toBe(reason));
});

test.each([null, 7, "x", [], {}, { Pixels: {} }, { Pixels: "x" }])("%j holds no pixels", (body) => {
  expect(read(mm, body)).toEqual({ accepted: 0, updates: [], rejected: [] });
});

test("nothing that JSON can say makes a source throw", () => {
  const names = ["Pixels", "updates", "PixelUrl", "PartnerUuid", "UtcSeconds", "attributes", "mmSiteId", "occurredAt"];
  const anything = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 4 }, fc.jsonValue(), fc.dictionary(fc.constantFrom(...names), tie("value"))),
  })).value;
  fc.assert(
    fc.property(anything, (body) => {
      for (const source of [mm, json]) {
        const { accepted, rejected } = read(source, body);
        for (const fault of rejected) expect(JSON.stringify(fault.reason)).toMatch(/^"[a-z_]+"$/);
        expect(accepted + rejected.length).toBe(source.elementsOf(body)?.length ?? 0);
      }
    }),
  );
});

test("visitors spread evenly over the shards, and always to the same", () => {
  const counts = Array.from({ length: 16 }, () => 0);
  for (let n = 0; n < 16_000; n++) counts[shardOf(`cust-${n}`, 16)]! += 1;
  expect(Math.min(...counts)).toBeGreaterThan(700);
  expect(Math.max(...counts)).toBeLessThan(1_300);
  expect(shardOf("cust-1", 16)).toBe(shardOf("cust-1", 16));
});

test("a body is sorted by site and shard, a visitor's updates together and in their order", () => {
  const of = (site: string, customer: string, value: string) =>
    pixel({ PartnerUuid: customer }, `mmSiteId=${site}&attributeName=a&attributeValue=${value}`);
  const body = post(of("A", "x", "1"), of("B", "x", "2"), of("A", "y", "3"), of("A", "x", "4"));
  const loads = loadsOf(
    readBody(mm, body, NOW_MS).accepted,
    new Map([
      ["A", 1],
      ["B", 4],
    ]),
  );
  expect(loads.map(({ mmSiteId, shard, updates }) => [mmSiteId, shard, updates.map(({ value }) => value)])).toEqual([
    ["A", 0, ["1", "3", "4"]],
    ["B", shardOf("x", 4), ["2"]],
  ]);
});
