// How a click lies on the disk and is read back: the statements of the log, in the database of an object.
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { newClickId, storeCode } from "./click-id.ts";
import { CLICK_TABLE, INSERT_CLICKS, readRow, rowOf, whereOf } from "./click-log.ts";
import type { ClickLogDoor, StoredClick } from "./click-log.ts";
import type { ClickFilter, ClickTuple } from "./click.ts";

const T = Date.parse("2026-11-21T14:02:11Z");

function click(change: Partial<Record<number, unknown>> = {}, atMs = T): ClickTuple {
  const tuple: ClickTuple = [
    newClickId(atMs, storeCode(7)),
    "https://loja.example/p?x=1#t",
    7,
    "awin",
    3,
    "tracked",
    "",
    [{ network: "lomadee", reason: "timeout" }],
    "memory",
    0,
    "BR",
    "blog.example",
    "deal_1",
    0,
    "203.0.113.7",
    "Mozilla/5.0",
  ];
  return Object.assign(tuple, change);
}

type Clicks = readonly (readonly [ClickTuple, boolean])[];

/** The rows of a filter among these clicks, and how many of each insert were new. */
async function stored(clicks: Clicks, filter: ClickFilter = {}, prefix = "") {
  return await runInDurableObject(env.CLICK_LOG.getByName("2026-11-21:0"), (_, { storage: { sql } }) => {
    sql.exec(CLICK_TABLE);
    const news = clicks.map(
      ([one, duplicate]) => sql.exec(INSERT_CLICKS, JSON.stringify([rowOf(one, duplicate)])).toArray().length,
    );
    const { where, values } = whereOf(filter);
    const rows = sql.exec<StoredClick>(`${prefix} SELECT * FROM click ${where} ORDER BY id DESC`, ...values).toArray();
    return { news, rows };
  });
}

const list = async (clicks: Clicks, filter: ClickFilter = {}) => (await stored(clicks, filter)).rows.map(readRow);

describe("a click on the disk", () => {
  test("is read back as it was", async () => {
    const one = click();
    expect(await list([[one, true]])).toEqual([
      {
        clickoutId: one[0],
        at: "2026-11-21T14:02:11Z",
        url: "https://loja.example/p?x=1#t",
        storeId: 7,
        network: "awin",
        ruleVersion: 3,
        outcome: "tracked",
        reason: null,
        tried: [{ network: "lomadee", reason: "timeout" }],
        cache: "memory",
        bot: false,
        duplicate: true,
        country: "BR",
        referrerHost: "blog.example",
        ref: "deal_1",
      },
    ]);
  });

  test("reads absent values as null", async () => {
    const one = click({
      2: 0,
      3: "",
      4: 0,
      5: "unknown_store",
      6: "no_store",
      7: [],
      8: "none",
      9: 1,
      10: "",
      11: "",
      12: "",
      13: 1,
    });
    expect((await list([[one, false]]))[0]).toMatchObject({
      storeId: null,
      network: null,
      ruleVersion: null,
      reason: "no_store",
      tried: [],
      bot: true,
      duplicate: false,
      country: null,
      referrerHost: null,
      ref: null,
    });
  });

  test("is new once, however often it arrives", async () => {
    const one = click();
    expect(
      (
        await stored([
          [one, false],
          [one, true],
          [click(), false],
        ])
      ).news,
    ).toEqual([1, 0, 1]);
  });

  test("holds neither address nor user agent", () => {
    expect(JSON.stringify(rowOf(click(), false))).not.toMatch(/203\.0\.113|Mozilla/);
  });
});

test("clicks are found by their ids, with store, network and ref; those that are not there are left out", async () => {
  const [one, none] = [click(), click({ 2: 0, 3: "", 12: "" }, T + 1)];
  const log = env.CLICK_LOG.getByName("2026-11-21:0") as unknown as ClickLogDoor;
  expect(await log.find([one[0]])).toEqual([]);
  await log.append(JSON.stringify({ clicks: [one, none, click({}, T + 2)], rejected: {}, waitedMs: [] }));
  expect(await log.find([none[0], newClickId(T, storeCode(7)), one[0]])).toEqual([
    { clickoutId: one[0], storeId: 7, network: "awin", ref: "deal_1" },
    { clickoutId: none[0], storeId: null, network: null, ref: null },
  ]);
});

describe("a list", () => {
  const first = click({}, T - 1);
  const bot = click({ 9: 1, 2: 8, 12: "" }, T);
  const robotTwice = click({ 9: 1, 3: "", 5: "fallback", 6: "no_link", 13: 1 }, T + 1);
  const last = click({ 12: "deal_2" }, T + 2);
  const clicks: Clicks = [
    [last, false],
    [first, true],
    [robotTwice, true],
    [bot, false],
  ];
  const ids = async (filter: ClickFilter) => (await list(clicks, filter)).map((row) => row.clickoutId);
  const all = [last[0], robotTwice[0], bot[0], first[0]];

  test("is newest first", async () => {
    expect(await ids({})).toEqual(all);
  });

  test("is narrowed by store, network, outcome, bot and ref", async () => {
    expect(await ids({ storeId: 8 })).toEqual([bot[0]]);
    expect(await ids({ network: "awin" })).toEqual([last[0], bot[0], first[0]]);
    expect(await ids({ outcome: "fallback" })).toEqual([robotTwice[0]]);
    expect(await ids({ bot: true })).toEqual([robotTwice[0], bot[0]]);
    expect(await ids({ bot: false })).toEqual([last[0], first[0]]);
    expect(await ids({ ref: "deal_1" })).toEqual([robotTwice[0], first[0]]);
    expect(await ids({ bot: true, storeId: 7 })).toEqual([robotTwice[0]]);
    expect(await ids({ ref: "' OR 1=1 --" })).toEqual([]);
  });

  test("is narrowed to [from, to) in milliseconds", async () => {
    expect(await ids({ fromMs: T })).toEqual([last[0], robotTwice[0], bot[0]]);
    expect(await ids({ toMs: T })).toEqual([first[0]]);
    expect(await ids({ fromMs: T, toMs: T + 2 })).toEqual([robotTwice[0], bot[0]]);
    expect(await ids({ fromMs: 0, toMs: 253_402_300_799_000 })).toEqual(all);
  });

  test("goes on behind the cursor", async () => {
    expect(await ids({ beforeId: robotTwice[0] })).toEqual([bot[0], first[0]]);
    expect(await ids({ beforeId: robotTwice[0], toMs: T })).toEqual([first[0]]);
  });

  test("by ref and by time reads an index, never the whole day", async () => {
    const plan = async (filter: ClickFilter) =>
      JSON.stringify((await stored(clicks, filter, "EXPLAIN QUERY PLAN")).rows);
    expect(await plan({ ref: "deal_1" })).toContain("click_ref");
    expect(await plan({ fromMs: T, toMs: T + 1 })).toContain("PRIMARY KEY (id>? AND id<?)");
    expect(await plan({ fromMs: T, bot: true })).not.toContain("TEMP B-TREE");
  });
});
