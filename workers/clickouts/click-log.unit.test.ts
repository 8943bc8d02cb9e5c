// How a click lies on the disk and is read back: with the statements of the log, in a database of the same kind.
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { newClickId, storeCode } from "./click-id.ts";
import { CLICK_TABLE, INSERT_CLICK, readRow, rowOf, whereOf } from "./click-log.ts";
import type { StoredClick } from "./click-log.ts";
import type { ClickFilter, ClickTuple } from "./click.ts";

const T = Date.parse("2026-11-21T14:02:11Z");

function click(change: Partial<Record<number, unknown>> = {}, atMs = T): ClickTuple {
  const tuple: ClickTuple = [
    newClickId(atMs, storeCode(7)), "https://loja.example/p?x=1#t", 7, "awin", 3, "tracked", "", [{ network: "lomadee", reason: "timeout" }],
    "memory", 0, "BR", "blog.example", "deal_1", 0, "203.0.113.7", "Mozilla/5.0",
  ];
  return Object.assign(tuple, change);
}

function database(clicks: readonly (readonly [ClickTuple, boolean])[]) {
  const db = new DatabaseSync(":memory:");
  db.exec(CLICK_TABLE);
  db.exec(CLICK_TABLE);
  const insert = db.prepare(INSERT_CLICK);
  const news = clicks.map(([one, duplicate]) => insert.all(...rowOf(one, duplicate)).length);
  const list = (filter: ClickFilter) => {
    const { where, values } = whereOf(filter);
    const rows = db.prepare(`SELECT * FROM click ${where} ORDER BY id DESC`).all(...values) as unknown as StoredClick[];
    return rows.map(readRow);
  };
  return { db, news, list };
}

describe("a click on the disk", () => {
  test("is read back as it was", () => {
    const one = click();
    expect(database([[one, true]]).list({})).toEqual([
      {
        clickoutId: one[0], at: "2026-11-21T14:02:11Z", url: "https://loja.example/p?x=1#t", storeId: 7, network: "awin", ruleVersion: 3,
        outcome: "tracked", reason: null, tried: [{ network: "lomadee", reason: "timeout" }], cache: "memory", bot: false, duplicate: true,
        country: "BR", referrerHost: "blog.example", ref: "deal_1",
      },
    ]);
  });

  test("reads absent values as null", () => {
    const one = click({ 2: 0, 3: "", 4: 0, 5: "unknown_store", 6: "no_store", 7: [], 8: "none", 9: 1, 10: "", 11: "", 12: "", 13: 1 });
    expect(database([[one, false]]).list({})[0]).toMatchObject({
      storeId: null, network: null, ruleVersion: null, reason: "no_store", tried: [], bot: true, duplicate: false, country: null, referrerHost: null, ref: null,
    });
  });

  test("is new once, however often it arrives", () => {
    const one = click();
    expect(database([[one, false], [one, true], [click(), false]]).news).toEqual([1, 0, 1]);
  });

  test("holds neither address nor user agent", () => {
    expect(JSON.stringify(rowOf(click(), false))).not.toMatch(/203\.0\.113|Mozilla/);
  });
});

describe("a list", () => {
  const first = click({}, T - 1);
  const bot = click({ 9: 1, 2: 8, 12: "" }, T);
  const robotTwice = click({ 9: 1, 3: "", 5: "fallback", 6: "no_link", 13: 1 }, T + 1);
  const last = click({ 12: "deal_2" }, T + 2);
  const { db, list } = database([[last, false], [first, true], [robotTwice, true], [bot, false]]);
  const ids = (filter: ClickFilter) => list(filter).map((row) => row.clickoutId);
  const all = [last[0], robotTwice[0], bot[0], first[0]];

  test("is newest first", () => {
    expect(ids({})).toEqual(all);
  });

  test("is narrowed by store, network, outcome, bot and ref", () => {
    expect(ids({ storeId: 8 })).toEqual([bot[0]]);
    expect(ids({ network: "awin" })).toEqual([last[0], bot[0], first[0]]);
    expect(ids({ outcome: "fallback" })).toEqual([robotTwice[0]]);
    expect(ids({ bot: true })).toEqual([robotTwice[0], bot[0]]);
    expect(ids({ bot: false })).toEqual([last[0], first[0]]);
    expect(ids({ ref: "deal_1" })).toEqual([robotTwice[0], first[0]]);
    expect(ids({ bot: true, storeId: 7 })).toEqual([robotTwice[0]]);
    expect(ids({ ref: "' OR 1=1 --" })).toEqual([]);
  });

  test("is narrowed to [from, to) in milliseconds", () => {
    expect(ids({ fromMs: T })).toEqual([last[0], robotTwice[0], bot[0]]);
    expect(ids({ toMs: T })).toEqual([first[0]]);
    expect(ids({ fromMs: T, toMs: T + 2 })).toEqual([robotTwice[0], bot[0]]);
    expect(ids({ fromMs: 0, toMs: 253_402_300_799_000 })).toEqual(all);
  });

  test("goes on behind the cursor", () => {
    expect(ids({ beforeId: robotTwice[0] })).toEqual([bot[0], first[0]]);
    expect(ids({ beforeId: robotTwice[0], toMs: T })).toEqual([first[0]]);
  });

  test("by ref and by time reads an index, never the whole day", () => {
    const plan = (filter: ClickFilter) => {
      const { where, values } = whereOf(filter);
      return JSON.stringify(db.prepare(`EXPLAIN QUERY PLAN SELECT * FROM click ${where} ORDER BY id DESC LIMIT 5`).all(...values));
    };
    expect(plan({ ref: "deal_1" })).toContain("click_ref");
    expect(plan({ fromMs: T, toMs: T + 1 })).toContain("PRIMARY KEY (id>? AND id<?)");
    expect(plan({ fromMs: T, bot: true })).not.toContain("TEMP B-TREE");
  });
});
