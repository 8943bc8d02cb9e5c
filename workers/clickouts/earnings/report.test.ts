// The report over the doors: clicks out of totals and logs, sales in one currency, and nothing of it changed by retention.
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { database, together } from "../../../src/shared/db/client.ts";
import { putRates } from "../../../src/shared/rates/store.ts";
import { takeLog } from "../../../test/support/logged.ts";
import { makeStore, operator, START_MS } from "../../../test/support/operator.ts";
import { clickouts } from "../index.ts";
import { newClickId, storeCode } from "../clicks/click-id.ts";
import type { ClickLogDoor } from "../clicks/click-log.ts";
import type { ClickTuple } from "../clicks/click.ts";
import { clickLogEmptied, clickoutTotal } from "../tables.ts";
import { writeTransactions } from "./store-transactions.ts";
import type { Transaction } from "./transaction.ts";

const DAY_MS = 86_400_000;
const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);
const TODAY = dayOf(START_MS);
const YESTERDAY = dayOf(START_MS - DAY_MS);

beforeEach(() => {
  // Objects, alarms and doors share this clock.
  vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
});
afterEach(() => void vi.useRealTimers());

interface Made {
  atMs: number;
  store: number;
  network: "awin" | "lomadee" | "";
  bot?: 0 | 1;
  ref?: string;
}

const logOn = (day: string) => env.CLICK_LOG.getByName(`${day}:0`);

/** Writes clicks to their days' logs, and lets these tell their totals. */
async function click(...clicks: Made[]): Promise<void> {
  const byDay = Map.groupBy(clicks, ({ atMs }) => dayOf(atMs));
  for (const [day, those] of byDay) {
    const tuples = those.map(({ atMs, store, network, bot = 0, ref = "" }): ClickTuple => {
      const id = newClickId(atMs, storeCode(store));
      const outcome = network === "" ? "fallback" : "tracked";
      return [id, "https://a.example/", store, network, 1, outcome, "", [], "none", bot, "BR", "", ref, 0, "", ""];
    });
    const log = logOn(day) as unknown as ClickLogDoor;
    await log.append(JSON.stringify({ clicks: tuples, rejected: {}, waitedMs: [] }));
    vi.setSystemTime(Date.now() + 61_000);
    await runDurableObjectAlarm(logOn(day));
  }
}

let serial = 0;

/** Stores sales; amounts in minor units of one currency. */
async function sell(
  ...sales: Partial<Transaction & { minor: number; part: number; currency: string }>[]
): Promise<void> {
  const rows = sales.map(({ minor = 10_000, part = 1_000, currency = "BRL", ...given }): Transaction => {
    const externalId = String((serial += 1));
    return {
      id: `awin:${externalId}`,
      network: "awin",
      externalId,
      orderRef: null,
      status: "approved",
      sale: { minor, currency },
      commission: { minor: part, currency },
      advertiserId: null,
      occurredAtMs: START_MS,
      validatedAtMs: null,
      declineReason: null,
      clickId: null,
      clickoutId: null,
      storeId: 1,
      ref: null,
      clickFound: true,
      parts: null,
      ...given,
    };
  });
  const db = database(env);
  await together(db, writeTransactions(db, rows, [], START_MS));
}

const report = async (query: string) => (await operator().call("GET", `/api/clickouts/report?${query}`)).json;
const brl = (value: string) => ({ value, currency: "BRL" });

/** A fortnight of two stores. */
async function company(): Promise<void> {
  await makeStore(operator(), "Casa", "casa.example");
  await makeStore(operator(), "Lua", "lua.example");
  await click(
    { atMs: START_MS - DAY_MS, store: 1, network: "awin", ref: "deal_1" },
    { atMs: START_MS - DAY_MS, store: 1, network: "awin", ref: "deal_1" },
    { atMs: START_MS - DAY_MS, store: 1, network: "lomadee", bot: 1 },
    { atMs: START_MS - DAY_MS, store: 0, network: "" },
    { atMs: START_MS, store: 1, network: "awin", ref: "deal_2" },
    { atMs: START_MS, store: 2, network: "lomadee", ref: "deal_2" },
    { atMs: START_MS, store: 2, network: "lomadee" },
  );
  await sell(
    { ref: "deal_1", occurredAtMs: START_MS - DAY_MS },
    { status: "pending", minor: 5_000, part: 333 },
    { status: "declined" },
    { status: "paid", storeId: 2, network: "lomadee", ref: "deal_2", minor: 20_000, part: 100 },
    { storeId: null, minor: 100, part: 10 },
  );
}

describe("the report", () => {
  test("by store and network says which network pays best for a store", async () => {
    await company();
    expect(await report("group_by=store,network")).toEqual({
      items: [
        {
          store: 1,
          storeName: "Casa",
          network: "awin",
          clicks: 3,
          humans: 3,
          transactions: 2,
          conversion: "0.6667",
          sales: brl("150.00"),
          commission: brl("13.33"),
          approvedCommission: brl("10.00"),
          epc: brl("4.44"),
        },
        expect.objectContaining({ store: 2, network: "lomadee", clicks: 2, commission: brl("1.00"), epc: brl("0.50") }),
        expect.objectContaining({ store: null, storeName: null, network: "awin", clicks: 0, conversion: "0.0000" }),
        expect.objectContaining({ store: 1, network: "lomadee", clicks: 1, humans: 0, transactions: 0 }),
        expect.objectContaining({ store: null, network: null, clicks: 1, humans: 1 }),
      ],
      total: {
        clicks: 7,
        humans: 6,
        transactions: 4,
        conversion: "0.6667",
        sales: brl("351.00"),
        commission: brl("14.43"),
        approvedCommission: brl("11.10"),
        epc: brl("2.40"),
      },
      unconverted: 0,
      from: dayOf(START_MS - 31 * DAY_MS),
      to: TODAY,
      completeFrom: null,
      truncated: false,
    });
  });

  test("by day is of whole days, newest first, and ends where it is asked to", async () => {
    await company();
    const { items, total } = await report("group_by=day");
    expect(
      items.map((item: { day: string; clicks: number; transactions: number }) => [
        item.day,
        item.clicks,
        item.transactions,
      ]),
    ).toEqual([
      [TODAY, 3, 3],
      [YESTERDAY, 4, 1],
    ]);
    expect(total.clicks).toBe(7);
    const until = await report(`group_by=day&from=${YESTERDAY}T10:00:00Z&to=${TODAY}T00:00:00Z`);
    expect(until).toMatchObject({ from: YESTERDAY, to: YESTERDAY, total: { clicks: 4, transactions: 1 } });
    expect(until.items).toHaveLength(1);
  });

  test("by ref is of what carried one, out of the days' logs", async () => {
    await company();
    const { items, total } = await report("group_by=ref");
    expect(items).toEqual([
      expect.objectContaining({ ref: "deal_1", clicks: 2, humans: 2, transactions: 1, commission: brl("10.00") }),
      expect.objectContaining({ ref: "deal_2", clicks: 2, humans: 2, transactions: 1, commission: brl("1.00") }),
    ]);
    expect(total).toMatchObject({ clicks: 4, transactions: 2, commission: brl("11.00") });
    const both = await report("group_by=ref,store");
    expect(
      both.items.map((item: { ref: string; store: number; clicks: number }) => [item.ref, item.store, item.clicks]),
    ).toEqual([
      ["deal_1", 1, 2],
      ["deal_2", 2, 1],
      ["deal_2", 1, 1],
    ]);
    const daily = await report("group_by=day,ref");
    expect(daily.items.map((item: { ref: string; day: string }) => [item.day, item.ref])).toEqual([
      [TODAY, "deal_2"],
      [YESTERDAY, "deal_1"],
    ]);
  });

  test("is in one currency by the rates of each day; without a rate a sale is counted apart", async () => {
    const db = database(env);
    const audit = { actor: "root", action: "rates.put", subject: "rates", at: START_MS };
    await putRates(db, { base: "BRL", date: YESTERDAY, rates: { USD: "0.20" } }, audit);
    await putRates(db, { base: "BRL", date: TODAY, rates: { USD: "0.25" } }, audit);
    await sell(
      { currency: "USD", minor: 100, part: 20, occurredAtMs: START_MS - DAY_MS },
      { currency: "USD", minor: 100, part: 20 },
      { currency: "USD", minor: 100, part: 20, occurredAtMs: START_MS - 20 * DAY_MS },
      { currency: "EUR", minor: 100, part: 20, status: "pending" },
      { minor: 1, part: 1 },
    );
    expect(await report("group_by=network")).toMatchObject({
      items: [
        {
          network: "awin",
          transactions: 5,
          sales: brl("9.01"),
          commission: brl("1.81"),
          approvedCommission: brl("1.81"),
        },
      ],
      unconverted: 2,
    });
    expect(await report("group_by=network&currency=USD")).toMatchObject({
      total: { transactions: 5, sales: { value: "3.00", currency: "USD" } },
      unconverted: 1,
    });
  });

  test("has a CSV twin with the same lines", async () => {
    await company();
    const { text } = await operator().call("GET", "/api/clickouts/report.csv?group_by=store,day");
    expect(text.split("\r\n").slice(0, 2)).toEqual([
      "store,storeName,day,clicks,humans,transactions,conversion,sales,commission,approvedCommission,epc,currency",
      `1,Casa,${TODAY},1,1,1,1.0000,50.00,3.33,0.00,3.33,BRL`,
    ]);
  });

  test.for([
    ["", "group_by"],
    ["group_by=shop", "group_by"],
    ["group_by=store,store", "group_by"],
    ["group_by=store,day,ref", "group_by"],
    ["group_by=store&currency=XXQ", "currency"],
    ["group_by=store&from=yesterday", "from"],
    [`group_by=store&from=${TODAY}T00:00:00Z&to=${TODAY}T00:00:00Z`, "to"],
    ["group_by=store&store_id=1", "store_id"],
  ])("refuses %j", async ([query, at]) => {
    const answer = await operator().call("GET", `/api/clickouts/report?${query}`);
    expect([answer.status, answer.json.code, answer.json.errors[0].path]).toEqual([400, "invalid_request", at]);
  });
});

describe("retention", () => {
  const RETENTION_MS = 401 * DAY_MS;
  const window = `from=${YESTERDAY}T00:00:00Z&to=${dayOf(START_MS + DAY_MS)}T00:00:00Z`;
  const reports = async () =>
    await Promise.all(
      ["store", "network", "day", "store,network", "network,day"].map((by) => report(`group_by=${by}&${window}`)),
    );

  test("empties a day by its alarm, and leaves reports by store, network and day as they were", async () => {
    await company();
    const before = await reports();
    vi.setSystemTime(Date.parse(`${TODAY}T00:00:00Z`) + RETENTION_MS);
    await runDurableObjectAlarm(logOn(YESTERDAY));
    expect(await (logOn(YESTERDAY) as unknown as ClickLogDoor).list({}, 10)).toEqual([]);
    expect(await (logOn(TODAY) as unknown as ClickLogDoor).list({}, 10)).toHaveLength(3);
    expect(await reports()).toEqual(before);
    expect(await report(`group_by=ref&${window}`)).toMatchObject({ completeFrom: TODAY, total: { clicks: 2 } });
  });

  test("writes the last totals before it empties, and empties nothing while D1 does not take them", async () => {
    const log = logOn(YESTERDAY) as unknown as ClickLogDoor;
    const id = newClickId(START_MS - DAY_MS, storeCode(1));
    const tuple = [id, "https://a.example/", 1, "awin", 1, "tracked", "", [], "none", 0, "BR", "", "", 0, "", ""];
    await log.append(JSON.stringify({ clicks: [tuple], rejected: {}, waitedMs: [] }));
    vi.setSystemTime(Date.parse(`${TODAY}T00:00:00Z`) + RETENTION_MS);
    await env.DB.exec("ALTER TABLE click_log_emptied RENAME TO away");
    await runDurableObjectAlarm(logOn(YESTERDAY));
    expect(await log.list({}, 10)).toHaveLength(1);
    expect(takeLog().some(({ event }) => event === "click_log_alarm_failed")).toBe(true);
    await env.DB.exec("ALTER TABLE away RENAME TO click_log_emptied");
    // It tries again by itself.
    expect(await runDurableObjectAlarm(logOn(YESTERDAY))).toBe(true);
    expect(await log.list({}, 10)).toEqual([]);
    expect(await database(env).select().from(clickoutTotal)).toMatchObject([{ day: YESTERDAY, storeId: 1, clicks: 1 }]);
  });

  test("is done by the job for days whose alarm was lost, once", async () => {
    await company();
    const before = await reports();
    vi.setSystemTime(Date.parse(`${TODAY}T00:00:00Z`) + RETENTION_MS + 2 * DAY_MS);
    const job = clickouts.jobs!["retention"] as (env: Env, deps: object) => Promise<object>;
    const deps = { clock: () => Date.now(), fetch };
    expect(await job(env, deps)).toMatchObject({ counts: { daysEmptied: 2 }, warnings: [] });
    expect(await (logOn(TODAY) as unknown as ClickLogDoor).list({}, 10)).toEqual([]);
    expect(await job(env, deps)).toMatchObject({ counts: { daysEmptied: 0 } });
    expect(await database(env).select().from(clickLogEmptied)).toHaveLength(2);
    expect(await reports()).toEqual(before);
  });

  test("is not undone by a click that comes after it, nor are totals", async () => {
    await company();
    const before = await reports();
    vi.setSystemTime(Date.parse(`${TODAY}T00:00:00Z`) + RETENTION_MS + DAY_MS);
    await runDurableObjectAlarm(logOn(YESTERDAY));
    const late = { atMs: START_MS - DAY_MS, store: 1, network: "awin" } as const;
    await click(late);
    expect(await (logOn(YESTERDAY) as unknown as ClickLogDoor).list({}, 10)).toEqual([]);
    expect(takeLog().filter(({ event }) => event === "clicks_after_retention")).toMatchObject([{ clicks: 1 }]);
    expect(await reports()).toEqual(before);
  });
});
