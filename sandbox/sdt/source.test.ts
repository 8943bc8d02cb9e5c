// Holds the simulated DMP to what is known of server data transfer, against a receiver that only notes what comes.
import { describe, expect, it } from "vitest";
import { seeded } from "../seeded.ts";
import { drawCustomerIds, javaDate } from "./pixels.ts";
import { sdtSource } from "./source.ts";
import type { SdtOptions } from "./source.ts";

const SITES = [
  { id: "MDAxMjM0", attributes: ["customer_type", "last category", "nível"] },
  { id: "a+b/c=", attributes: ["customer_type"] },
];
const NOW = Date.UTC(2026, 10, 21, 12);

interface Post {
  DeliveryTime: string;
  DestinationId: number | string;
  PixelCount: number | string;
  Pixels: Record<string, unknown>[];
}

/** A receiver that takes every post, until `answers` says otherwise, and a source that posts to it. */
function set(options: Partial<SdtOptions> = {}, seed = 7) {
  const posts: Post[] = [];
  const answers: (number | "away")[] = [];
  const pauses: number[] = [];
  const source = sdtSource({
    fetch: async (request) => {
      posts.push((await request.json()) as Post);
      expect(request.headers.get("Content-Type")).toBe("application/json");
      expect(request.headers.get("Authorization")).toBe("Bearer slk_test");
      const next = answers.shift() ?? 200;
      if (next === "away") throw new TypeError("connection refused");
      return new Response("{}", { status: next });
    },
    wait: async (ms) => void pauses.push(ms),
    url: "https://sluice.test/receive_data/mm",
    headers: { Authorization: "Bearer slk_test" },
    sites: SITES,
    customerIds: drawCustomerIds(20, seeded(seed)),
    now: () => NOW,
    random: seeded(seed),
    ...options,
  });
  return { source, posts, answers, pauses };
}

const pixelsOf = (body: string) => (JSON.parse(body) as Post).Pixels;

/** What a reader of all pixels, decoding properly, ends with if he takes them in this order. */
function read(pixels: readonly Record<string, unknown>[]): Map<string, string> {
  const values = new Map<string, string>();
  for (const pixel of pixels) {
    const query = new URL(String(pixel["PixelUrl"])).searchParams;
    for (const [key, name] of query) {
      const suffix = /^attributeName(\d*)$/.exec(key)?.[1];
      if (suffix === undefined) continue;
      const at = JSON.stringify([query.get("mmSiteId"), pixel["PartnerUuid"], name]);
      values.set(at, query.get(`attributeValue${suffix}`) ?? "missing");
    }
  }
  return values;
}

function truthOf(source: ReturnType<typeof sdtSource>): Map<string, string> {
  const values = new Map<string, string>();
  for (const { id } of SITES) {
    for (const customer of source.customers(id)) {
      for (const [name, value] of Object.entries(source.attributes(id, customer) ?? {})) {
        values.set(JSON.stringify([id, customer, name]), value);
      }
    }
  }
  return values;
}

describe("a post", () => {
  it("has the fields of the real ones", async () => {
    const { source, posts } = set();
    await source.send(source.draw(1));
    expect(posts[0]).toMatchObject({ DeliveryTime: "Sat Nov 21 12:00:00 UTC 2026", Pixels: [{}] });
    expect(posts[0]?.Pixels[0]).toMatchObject({
      BkUuid: expect.stringMatching(/^[A-Za-z0-9+/]{16}$/),
      IP: expect.any(String),
      PartnerUuid: expect.any(String),
      PixelUrl: expect.stringMatching(/^http:\/\/tags\.bluekai\.com\/site\/90012\?mmSiteId=/),
      Referrer: "",
      TagUri: "/site/90010",
      Timestamp: expect.stringMatching(/^\w{3} \w{3} \d{2} \d{2}:\d{2}:\d{2} UTC 2026$/),
    });
  });

  it("writes times as Java does", () => {
    expect(javaDate(1_573_826_892)).toBe("Fri Nov 15 14:08:12 UTC 2019");
  });

  it("gives numbers as numbers or strings, and a count that is not always right", () => {
    const { source } = set();
    const posts = Array.from({ length: 200 }, () => JSON.parse(source.draw(1).body) as Post);
    const kinds = (values: unknown[]) => [...new Set(values.map((value) => typeof value))].toSorted();
    expect(kinds(posts.map((post) => post.DestinationId))).toEqual(["number", "string"]);
    for (const field of ["CampaignId", "SiteId", "UtcSeconds"]) {
      expect(kinds(posts.map((post) => post.Pixels[0]?.[field]))).toEqual(["number", "string"]);
    }
    expect(posts.some((post) => Number(post.PixelCount) !== 1)).toBe(true);
    expect(posts.some((post) => post.Pixels[0]?.["Categories"] === undefined)).toBe(true);
  });

  it("names customers and values that only proper decoding reads, and says what it means", () => {
    const { source } = set({ customerIds: drawCustomerIds(200, seeded(7)) });
    const { body, facts } = source.draw(500);
    const pixels = pixelsOf(body);
    const ids = pixels.map((pixel) => String(pixel["PartnerUuid"])).join("");
    for (const character of ["/", "+", "%", "?", "ção", "✓", "#"]) expect(ids).toContain(character);
    const urls = pixels.map((pixel) => String(pixel["PixelUrl"]));
    for (const part of ["+category", "%20category", "%c3%ad", "%C3%AD", "attributeName2="]) {
      expect(urls.some((url) => url.includes(part))).toBe(true);
    }
    for (const [i, fact] of facts.entries()) {
      const said = Object.entries(fact!.attributes).map(([name, value]) => [
        JSON.stringify([fact!.siteId, fact!.customerId, name]),
        value,
      ]);
      expect([...read([pixels[i]!])]).toEqual(said);
      expect(Number(pixels[i]!["UtcSeconds"])).toBe(fact!.utcSeconds);
    }
  });

  it("is the same for the same seed", () => {
    expect(set({}, 3).source.draw(9)).toEqual(set({}, 3).source.draw(9));
    expect(set({}, 3).source.draw(9)).not.toEqual(set({}, 4).source.draw(9));
  });

  it("tells which of its pixels cannot be read", () => {
    const { source } = set({ unreadable: 0.3 });
    const { body, facts } = source.draw(300);
    const missing = facts.filter((fact) => fact === null).length;
    expect(missing).toBeGreaterThan(60);
    expect(missing).toBeLessThan(120);
    const whole = (pixel: Record<string, unknown>) =>
      Boolean(pixel["PartnerUuid"]) &&
      /^\d+$/.test(String(pixel["UtcSeconds"])) &&
      /mmSiteId=.*attributeName=.*attributeValue=/.test(String(pixel["PixelUrl"]));
    expect(pixelsOf(body).map(whole)).toEqual(facts.map((fact) => fact !== null));
  });
});

describe("what is not taken", () => {
  it.each([429, 500, 503, "away"] as const)("with %s comes again, the same post", async (answer) => {
    const { source, posts, answers, pauses } = set();
    answers.push(answer, answer);
    expect(await source.send(source.draw(3))).toMatchObject({ taken: true, tries: 3 });
    expect([posts[1], posts[2]]).toEqual([posts[0], posts[0]]);
    expect(pauses).toEqual([1_000, 2_000]);
  });

  it("is lost after three tries, or at once when it is refused, and does not count", async () => {
    const { source, answers } = set();
    answers.push(503, 503, 503, 400);
    const [one, two] = [source.draw(5), source.draw(5)];
    expect(await source.send(one)).toMatchObject({ taken: false, tries: 3 });
    expect(await source.send(two)).toMatchObject({ taken: false, tries: 1, status: 400 });
    expect(source.lost).toEqual([one, two]);
    expect(truthOf(source).size).toBe(0);
  });
});

describe("the truth", () => {
  it("is what follows from all pixels in the order of UtcSeconds, whatever order they came in", async () => {
    const { source, posts } = set({ oldestSeconds: 3_600 });
    await source.burst({ posts: 60, pixels: [1, 20], duplicates: 0.3, parallel: 4 });
    const came = posts.flatMap(({ Pixels }) => Pixels);
    const inTime = came.toSorted((one, other) => Number(one["UtcSeconds"]) - Number(other["UtcSeconds"]));
    expect(posts.length).toBeGreaterThan(70);
    expect(truthOf(source)).toEqual(read(inTime));
    expect(truthOf(source)).not.toEqual(read(came));
  });
});
