// Polling with a network in memory: pages, crashes between them, long reports, and whose sale it is.
import { describe, expect, test } from "vitest";
import { books, logClicks, pollingHouse } from "../../../test/support/polling.ts";
import type { HouseOptions } from "../../../test/support/polling.ts";
import { operator } from "../../../test/support/operator.ts";
import { sandbox } from "../../../test/support/outgoing.ts";
import { isoTime } from "../../../src/shared/clock.ts";
import { newClickId, storeCode } from "../clicks/click-id.ts";
import type { ReportClient, Reported, ReportSlice, Sale, SalesPage } from "../networks/report-client.ts";

const NOW_MS = Date.UTC(2026, 10, 21, 12, 7);
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

function sale(n: number, change: Partial<Sale> = {}): Sale {
  return {
    externalId: String(n),
    part: null,
    orderRef: `ORD-${n}`,
    status: "pending",
    provisional: false,
    sale: { minor: 100 * n, currency: "BRL" },
    commission: { minor: n, currency: "BRL" },
    clickId: null,
    advertiserId: "17648",
    occurredAtMs: NOW_MS - n * MINUTE_MS,
    validatedAtMs: null,
    declineReason: null,
    ...change,
  };
}

type Page = readonly Sale[];
type Answer = (page: number, slice: ReportSlice) => Promise<Reported<SalesPage>> | undefined;

/** A network with two slices of these pages; `answer` may answer in its place. What was asked stands in `asked`. */
function memory(pages: readonly Page[], answer: Answer = () => undefined) {
  const asked: string[] = [];
  const client: ReportClient = {
    network: "awin",
    paceMs: 0,
    slices: ({ fromMs, toMs }, purpose) =>
      purpose === "changes"
        ? []
        : [
            { fromMs, toMs: toMs - DAY_MS, basis: "occurred", status: "old" },
            { fromMs: toMs - DAY_MS, toMs, basis: "occurred", status: "new" },
          ],
    async sales(slice, cursor) {
      const page = Number(cursor ?? "0");
      asked.push(`${slice.status} ${page}`);
      const given = await answer(page, slice);
      if (given !== undefined) return given;
      const next = page + 1 < pages.length ? String(page + 1) : null;
      return { ok: true, value: { sales: slice.status === "new" ? pages[page]! : [], next, warnings: [] } };
    },
    programmes: () => Promise.reject(new Error("nobody asks")),
  };
  return { client, asked };
}

async function houseOf(client: ReportClient, options: HouseOptions = {}) {
  return await pollingHouse(NOW_MS, { networks: ["awin"], clients: { awin: client }, ...options });
}

const ids = async () => (await books()).rows.map(({ externalId }) => externalId);

describe("reading", () => {
  test("goes slice by slice and page by page, and tells what it did", async () => {
    const { client, asked } = memory([[sale(1), sale(2)], [sale(3)]]);
    const house = await houseOf(client);
    const run = await house.run();
    expect(run.steps[0]).toMatchObject({ state: "done", counts: { pages: 4, rows: 3, created: 3, changed: 0 } });
    expect(asked).toEqual(["old 0", "old 1", "new 0", "new 1"]);
    expect(await ids()).toEqual(["1", "2", "3"]);
  });

  test("that dies between two pages goes on at the page that was not stored", async () => {
    let alive = false;
    const pages = [[sale(1)], [sale(2)], [sale(3)]];
    const { client, asked } = memory(pages, (page, slice) =>
      !alive && page === 1 && slice.status === "new" ? new Promise<never>(() => {}) : undefined,
    );
    const house = await houseOf(client);
    await house.begin();
    void house.deliver();
    await expect.poll(() => asked.at(-1)).toBe("new 1");
    expect(await ids()).toEqual(["1"]);
    alive = true;
    sandbox().clock.advance(6 * MINUTE_MS);
    await house.settle();
    expect((await house.newest()).steps[0]).toMatchObject({ state: "done", counts: { pages: 6, created: 3 } });
    expect(asked.slice(asked.indexOf("new 1"))).toEqual(["new 1", "new 1", "new 2"]);
    expect(await ids()).toEqual(["1", "2", "3"]);
  });

  test.for([
    ["timeout", "no answer within 60000 ms"],
    ["malformed", "the answer is not XML"],
    ["rejected", "HTTP 400"],
  ] as const)("that meets a %s keeps its page and asks again", async ([kind, detail]) => {
    let failures = 3;
    const { client, asked } = memory([[sale(1)], [sale(2)]], (page, slice) =>
      page === 1 && slice.status === "new" && failures-- > 0
        ? Promise.resolve({ ok: false, failure: { kind, detail: `awin transactions: ${detail}` } })
        : undefined,
    );
    const house = await houseOf(client);
    const run = await house.run();
    expect(run.state).toBe("done");
    expect(run.steps[0]!.warnings).toEqual(
      Array.from({ length: 3 }, () => `An attempt failed. awin transactions: ${detail} Stored up to part 2 of 2.`),
    );
    expect(asked).toEqual(["old 0", "old 1", "new 0", "new 1", "new 1", "new 1", "new 1"]);
  });

  test("that a network asks to leave alone comes back when it said", async () => {
    let until = 0;
    const { client, asked } = memory([[sale(1)]], () => {
      const nowMs = sandbox().clock.now();
      if (until === 0) until = nowMs + 5 * MINUTE_MS;
      return nowMs < until
        ? Promise.resolve({ ok: false, failure: { kind: "rate_limited", retryAtMs: until, detail: "HTTP 429" } })
        : undefined;
    });
    const house = await houseOf(client);
    await house.begin();
    await house.settle(4 * MINUTE_MS);
    expect(asked).toHaveLength(1);
    expect((await house.newest()).steps[0]!.error).toContain("asks to be left alone");
    await house.settle();
    expect((await house.newest()).state).toBe("done");
  });

  test("of more than one attempt may read is spread over several, within D1's limits", async () => {
    const pages = Array.from({ length: 150 }, (_, n) => [sale(n + 1)]);
    const { client } = memory(pages);
    const house = await houseOf(client);
    const run = await house.run();
    expect(run.steps[0]).toMatchObject({ state: "done", warnings: [], counts: { pages: 300, created: 150 } });
  });

  test("of a page with thousands of rows stores all of them", async () => {
    const { client } = memory([Array.from({ length: 3_200 }, (_, n) => sale(n + 1))]);
    const run = await (await houseOf(client)).run();
    expect(run.steps[0]).toMatchObject({ counts: { pages: 2, rows: 3_200, created: 3_200 } });
    expect((await books()).rows).toHaveLength(3_200);
  });

  test("that leads from a page to itself is a failure, not a loop", async () => {
    const { client } = memory([[sale(1)]], (page) =>
      page === 1 ? Promise.resolve({ ok: true, value: { sales: [], next: "1", warnings: [] } }) : undefined,
    );
    const looping: ReportClient = {
      ...client,
      sales: async (slice, cursor, session) => {
        const answer = await client.sales(slice, cursor, session);
        return answer.ok ? { ok: true, value: { ...answer.value, next: "1" } } : answer;
      },
    };
    const run = await (await houseOf(looping)).run();
    expect(run.steps[0]!.error).toContain("to the same page");
  });

  test("tells what rows could not be read, and the next run begins three days before this one's end", async () => {
    const windows: number[] = [];
    const { client } = memory([[sale(1)]], (_page, { fromMs }) => {
      windows.push(NOW_MS - fromMs);
      return Promise.resolve({ ok: true, value: { sales: [sale(1)], next: null, warnings: ["Row 7 was left out."] } });
    });
    const house = await houseOf(client);
    expect((await house.run()).steps[0]!.warnings).toEqual(["Row 7 was left out.", "Row 7 was left out."]);
    sandbox().clock.set(NOW_MS + 60 * MINUTE_MS);
    await house.run();
    expect(Math.round(windows[0]! / DAY_MS)).toBe(60);
    expect(Math.round(windows[2]! / DAY_MS)).toBe(3);
  });
});

test("a network tells when its reports were last read", async () => {
  const house = await houseOf(memory([[sale(1)]]).client);
  const lastRun = async () => {
    const { items } = (await operator().call("GET", "/api/clickouts/networks")).json;
    return items.map(({ name, lastRunAt }: { name: string; lastRunAt: string | null }) => [name, lastRunAt]);
  };
  expect(await lastRun()).toContainEqual(["awin", null]);
  const { endedAt } = await house.run();
  expect(await lastRun()).toContainEqual(["awin", isoTime(endedAt!)]);
  expect(await lastRun()).toContainEqual(["rakuten", null]);
});

describe("attribution", () => {
  const atMs = NOW_MS - 5 * DAY_MS;

  test("takes store and ref from the click's log, and keeps what is not ours", async () => {
    const [click] = await logClicks([{ atMs, storeId: 7, ref: "deal_1" }]);
    const unlogged = newClickId(atMs, storeCode(3));
    const rows = [
      sale(1, { clickId: click!.id }),
      sale(2, { clickId: unlogged }),
      sale(3, { clickId: "news-1" }),
      sale(4),
    ];
    await (await houseOf(memory([rows]).client)).run();
    const stored = (await books()).rows.map(({ clickId, clickoutId, storeId, ref, clickFound }) => [
      clickId,
      clickoutId,
      storeId,
      ref,
      clickFound,
    ]);
    expect(stored).toEqual([
      [click!.id, click!.id, 7, "deal_1", true],
      [unlogged, unlogged, 3, null, false],
      ["news-1", null, null, null, false],
      [null, null, null, null, false],
    ]);
  });

  test("asks each day's log once for a page, and not at all for what is known", async () => {
    const days = [1, 2, 3, 4, 5, 6, 7, 8];
    const clicks = await logClicks(
      days.flatMap((day) => Array.from({ length: 5 }, () => ({ atMs: NOW_MS - day * DAY_MS, storeId: 1, ref: "r" }))),
    );
    const calls: string[] = [];
    const watched = (of: Env): Env => ({
      ...of,
      CLICK_LOG: {
        getByName(name: string) {
          calls.push(name);
          return of.CLICK_LOG.getByName(name);
        },
      } as unknown as Env["CLICK_LOG"],
    });
    const rows = clicks.map(({ id }, n) => sale(n + 1, { clickId: id }));
    // More than are stored at once: still one call for each log.
    for (let n = 1_000; n < 1_700; n++) rows.push(sale(n, { clickId: clicks[n % clicks.length]!.id }));
    const house = await houseOf(memory([rows]).client, { bindings: watched });
    await house.run();
    expect(calls.toSorted()).toEqual(
      days.map((day) => new Date(NOW_MS - day * DAY_MS).toISOString().slice(0, 10) + ":0").toSorted(),
    );
    await house.run();
    expect(calls).toHaveLength(days.length);
    expect((await books()).rows.every(({ ref, clickFound }) => ref === "r" && clickFound)).toBe(true);
  });

  test("by a log that is away is told, costs no sale, and is made good by the next report", async () => {
    const [click] = await logClicks([{ atMs, storeId: 7, ref: "deal_1" }]);
    let away = true;
    const failing = (of: Env): Env => ({
      ...of,
      CLICK_LOG: {
        getByName: (name: string) =>
          away ? { find: () => Promise.reject(new Error("overloaded")) } : of.CLICK_LOG.getByName(name),
      } as unknown as Env["CLICK_LOG"],
    });
    const house = await houseOf(memory([[sale(1, { clickId: click!.id })]]).client, { bindings: failing });
    const run = await house.run();
    expect(run.steps[0]).toMatchObject({
      state: "done",
      warnings: ["1 clicks could not be looked up; the next report asks for them again."],
    });
    expect((await books()).rows[0]).toMatchObject({ clickoutId: click!.id, storeId: 7, ref: null, clickFound: false });
    away = false;
    await house.run();
    expect((await books()).rows[0]).toMatchObject({ storeId: 7, ref: "deal_1", clickFound: true });
    expect((await books()).changes).toEqual([]);
  });

  test("finds clicks that were logged under another number of shards", async () => {
    const wanted = Array.from({ length: 12 }, () => ({ atMs, storeId: 2, ref: "old" }));
    const clicks = [...(await logClicks(wanted, 1)), ...(await logClicks(wanted, 4))];
    const rows = clicks.map(({ id }, n) => sale(n + 1, { clickId: id }));
    const four = (of: Env): Env => ({ ...of, CLICKOUT_SHARDS: "4" });
    await (await houseOf(memory([rows]).client, { bindings: four })).run();
    expect((await books()).rows.every(({ ref }) => ref === "old")).toBe(true);
  });
});
