// What clickouts tells on the overview, out of real logs and tables: falls of the last 24 hours, what is missing, what bears
// an id. Clicks of machines and of yesterday morning count in none of it.
import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DAY_MS, HOUR_MS } from "../../../src/shared/clock.ts";
import { database, together } from "../../../src/shared/db/client.ts";
import { words } from "../../../src/shared/page/format.ts";
import type { Look } from "../../../src/shared/page/kit.ts";
import { rollSeries } from "../../../src/shared/series/past.ts";
import { sealCredential } from "../../../src/shared/vault/credentials.ts";
import { START_MS, makeStore, operator } from "../../../test/support/operator.ts";
import { newClickId, storeCode } from "../clicks/click-id.ts";
import type { ClickLogDoor } from "../clicks/click-log.ts";
import type { ClickTuple, Tried } from "../clicks/click.ts";
import { writeTransactions } from "../earnings/store-transactions.ts";
import { clickouts } from "../index.ts";
import { networkStore } from "../tables.ts";

beforeEach(() => {
  // Objects, alarms and doors share this clock.
  vi.useFakeTimers({ toFake: ["Date"], now: START_MS });
});
afterEach(() => void vi.useRealTimers());

const by = operator();
const look = (scopes: readonly string[] = ["*"], nowMs = Date.now()): Look => ({
  ...words("en", "UTC", nowMs),
  env,
  deps: by.deps,
  actor: { id: "root", scopes },
  can: (scope) => scopes.includes("*") || scopes.includes(scope),
});

interface Made {
  atMs?: number;
  store?: number;
  outcome?: "tracked" | "fallback";
  bot?: 0 | 1;
  tried?: Tried[];
  ref?: string;
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** Writes clicks to their days' logs and lets these tell their totals; the newest click's id. */
async function click(...clicks: Made[]): Promise<string> {
  let last = "";
  for (const { atMs = START_MS, store = 1, outcome = "tracked", bot = 0, tried = [], ref = "" } of clicks) {
    last = newClickId(atMs, storeCode(store));
    const [network, reason] = outcome === "tracked" ? (["awin", ""] as const) : (["", "no_link"] as const);
    const url = "https://casaaroeira.example/p";
    const tuple: ClickTuple = [
      last,
      url,
      store,
      network,
      1,
      outcome,
      reason,
      tried,
      "none",
      bot,
      "BR",
      "",
      ref,
      0,
      "",
      "",
    ];
    const log = env.CLICK_LOG.getByName(`${day(atMs)}:0`);
    const batch = { clicks: [tuple], rejected: {}, waitedMs: [] };
    await (log as unknown as ClickLogDoor).append(JSON.stringify(batch));
  }
  vi.setSystemTime(Date.now() + 61_000);
  for (const one of new Set(clicks.map(({ atMs = START_MS }) => day(atMs)))) {
    await runDurableObjectAlarm(env.CLICK_LOG.getByName(`${one}:0`));
  }
  return last;
}

const fallen: Made = { outcome: "fallback", tried: [{ network: "awin", reason: "timeout" }] };
const times = (n: number, one: Made): Made[] => Array.from({ length: n }, () => one);

/** The credentials of both networks of the store: their absence is a need of its own. */
async function equipped(): Promise<void> {
  const db = database(env);
  for (const name of ["awin", "lomadee"]) {
    await together(db, [(await sealCredential(env, db, name, { token: "x" }, START_MS)).statement]);
  }
}

const needs = async () => await clickouts.attention!(look());

describe("a need", () => {
  test("is a store whose clicks fell within 24 hours: how many, and why", async () => {
    await makeStore(by);
    await equipped();
    await click(...times(5, {}), ...times(2, fallen), { ...fallen, atMs: START_MS - 23 * HOUR_MS });
    // Of machines, of the morning before, of no store.
    await click({ ...fallen, bot: 1 }, { ...fallen, atMs: START_MS - 26 * HOUR_MS }, { ...fallen, store: 0 });
    expect(await needs()).toEqual([
      {
        id: "fallen:1",
        tone: "warn",
        sentence: "37.5% of clicks to “Casa Aroeira” fall to the fallback.",
        detail: "3 of 8 clicks by people in the last 24 h. Awin: too slow.",
        sinceMs: null,
        action: { label: "Open its rule", href: "/console/clickouts/stores/1#rule" },
      },
    ]);
  });

  test("is not a click or two out of many, but is the only click of a store", async () => {
    await makeStore(by);
    await makeStore(by, "Lua", "lua.example");
    await equipped();
    await click(...times(30, {}), ...times(2, fallen), { ...fallen, store: 2 });
    expect((await needs()).map(({ id }) => id)).toEqual(["fallen:2"]);
  });

  test("is a network of a rule without credentials, unless it is switched off", async () => {
    await makeStore(by);
    expect((await needs()).map(({ sentence }) => sentence)).toEqual([
      "Awin, in use by 1 store, has no credentials.",
      "Lomadee, in use by 1 store, has no credentials.",
    ]);
    await by.call("PATCH", "/api/clickouts/networks/awin", { enabled: false });
    expect((await needs()).map(({ id }) => id)).toEqual(["missing:lomadee"]);
  });

  test("is a store that waits for its domain, and the others are told when D1 fails for one", async () => {
    await makeStore(by);
    await equipped();
    await database(env)
      .update(networkStore)
      .set({ state: "needs_domain", since: START_MS - DAY_MS });
    expect(await needs()).toEqual([
      expect.objectContaining({ id: "homeless", sentence: "2 stores wait for a domain.", sinceMs: START_MS - DAY_MS }),
    ]);
    await env.DB.exec("ALTER TABLE clickout_skip_total RENAME TO away");
    await click(...times(3, fallen)).catch(() => undefined);
    expect((await needs()).map(({ id }) => id)).toEqual(["homeless"]);
    await env.DB.exec("ALTER TABLE away RENAME TO clickout_skip_total");
  });
});

describe("what bears an id", () => {
  const find = async (id: string) => (await clickouts.find!(look(), id)).map(({ kind, href }) => [kind, href]);

  test("is a click, its sale, a store, a caller's ref", async () => {
    await makeStore(by);
    const id = await click({ ref: "deal_7" });
    const money = { minor: 1_000, currency: "BRL" };
    const sale = { network: "awin", orderRef: "order-1", status: "approved", sale: money, commission: money } as const;
    const kept = { clickId: id, clickoutId: id, storeId: 1, ref: "deal_7", clickFound: true, parts: null } as const;
    const rest = { advertiserId: null, occurredAtMs: START_MS, validatedAtMs: null, declineReason: null };
    const row = { id: "awin:77", externalId: "77", ...sale, ...kept, ...rest };
    await together(database(env), writeTransactions(database(env), [row], [], START_MS));
    const [clicked, sold] = [
      ["click", `/console/clickouts/clicks/${id}`],
      ["sale", "/console/clickouts/sales/awin%3A77"],
    ];
    expect(await find(id)).toEqual([clicked, sold]);
    for (const name of ["77", "awin:77", "order-1"]) expect(await find(name), name).toEqual([sold]);
    expect(await find("deal_7")).toEqual([sold, ["caller's ref", "/console/clickouts/clicks?ref=deal_7"]]);
    for (const name of ["1", "aroeira", "Casa A", "casaaroeira.example"]) {
      expect(await find(name), name).toEqual([["store", "/console/clickouts/stores/1"]]);
    }
    expect(await find("0".repeat(26))).toEqual([]);
    expect(await find("9")).toEqual([]);
  });
});

describe("the tile", () => {
  test("tells the clicks of the last 24 hours and how many were tracked", async () => {
    await rollSeries([clickouts], env, START_MS);
    expect((await clickouts.tile!(look())).value).toBe("0");
    await click(...times(9, {}), fallen);
    await rollSeries([clickouts], env, Date.now());
    const { value, unit, state, spark } = await clickouts.tile!(look(["*"], Date.now() + 60_000));
    expect([value, unit, state.tone]).toEqual(["10", "clicks in 24 h · 90% tracked", "ok"]);
    expect(spark?.points).toHaveLength(24);
    expect(spark?.points.reduce((sum, n) => sum + n, 0)).toBe(10);
  });
});

test("setting up begins with a store, for who may add one", async () => {
  expect(await clickouts.setUp!(look(["clickouts:read"]))).toEqual([]);
  expect(await clickouts.setUp!(look())).toMatchObject([{ done: false, href: "/console/clickouts/stores/new" }]);
  await makeStore(by);
  expect(await clickouts.setUp!(look())).toMatchObject([{ done: true }]);
});
