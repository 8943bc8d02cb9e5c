// The list of clickouts over days and shards, its CSV twin, and the door of `explain`.
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { DAY_MS } from "../../../src/shared/clock.ts";
import { makeStore, operator, START_MS } from "../../../test/support/operator.ts";
import type { Operator } from "../../../test/support/operator.ts";
import { newClickId, storeCode } from "./click-id.ts";
import type { ClickTuple } from "./click.ts";
import type { ClickLogDoor } from "./click-log.ts";
import { logOf } from "./handover.ts";
import type { ClickBatch } from "./handover.ts";
import { daysBackwards } from "./service-visits.ts";

const VISITS = "/api/clickouts/visits";

let by: Operator;

beforeEach(() => {
  by = operator();
});

interface Click {
  atMs: number;
  storeId?: number;
  network?: ClickTuple[3];
  bot?: 0 | 1;
  ref?: string;
  url?: string;
}

async function click(
  { atMs, storeId = 1, network = "awin", bot = 0, ref = "", url = "https://a.example/p" }: Click,
  shards = 1,
) {
  const id = newClickId(atMs, storeCode(storeId));
  const outcome = network === "" ? "fallback" : "tracked";
  const reason = network === "" ? "no_link" : "";
  const tuple: ClickTuple = [
    id,
    url,
    storeId,
    network,
    1,
    outcome,
    reason,
    [],
    "none",
    bot,
    "BR",
    "",
    ref,
    0,
    "192.0.2.1",
    "x",
  ];
  const log = env.CLICK_LOG.getByName(logOf(id, shards)) as unknown as ClickLogDoor;
  await log.append(JSON.stringify({ clicks: [tuple], rejected: {}, waitedMs: [] } satisfies ClickBatch));
  return id;
}

const idsOf = async (query = "", who = by): Promise<string[]> => {
  const answer = await who.call("GET", `${VISITS}?${query}`);
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json.items.map(({ clickoutId }: { clickoutId: string }) => clickoutId);
};

describe("the list of visits", () => {
  it("goes through the days newest first, a page after the other", async () => {
    const ages = [0, 1_000, DAY_MS, 3 * DAY_MS, 3 * DAY_MS + 5, 20 * DAY_MS];
    const ids: string[] = [];
    for (const age of ages) ids.push(await click({ atMs: START_MS - age }));
    expect(await idsOf()).toEqual(ids);
    const seen: string[] = [];
    let cursor: string | null = "";
    for (let page = 0; cursor !== null && page < 10; page++) {
      const answer = await by.call("GET", `${VISITS}?limit=2${cursor && `&cursor=${cursor}`}`);
      const { items, nextCursor } = answer.json as { items: { clickoutId: string }[]; nextCursor: string | null };
      seen.push(...items.map(({ clickoutId }) => clickoutId));
      cursor = nextCursor;
    }
    expect(seen).toEqual(ids);
  });

  it("without `from` looks back 31 days, with it as far as clickouts are kept", async () => {
    const old = await click({ atMs: START_MS - 40 * DAY_MS });
    expect(await idsOf()).toEqual([]);
    expect(await idsOf("from=2026-10-01T00:00:00Z")).toEqual([old]);
    expect(await idsOf("from=2026-10-01T00:00:00Z&to=2026-10-10T00:00:00Z")).toEqual([]);
    expect(await idsOf("from=2026-11-01T00:00:00Z&to=2026-10-01T00:00:00Z")).toEqual([]);
  });

  it("is narrowed by store, network, outcome, bot, ref and time", async () => {
    const plain = await click({ atMs: START_MS - 5 });
    const other = await click({ atMs: START_MS - 4, storeId: 2, network: "rakuten" });
    const bot = await click({ atMs: START_MS - 3, bot: 1 });
    const fallback = await click({ atMs: START_MS - 2, network: "" });
    const deal = await click({ atMs: START_MS - 1, ref: "deal-7" });
    expect(await idsOf("store_id=2")).toEqual([other]);
    expect(await idsOf("network=rakuten")).toEqual([other]);
    expect(await idsOf("outcome=fallback")).toEqual([fallback]);
    expect(await idsOf("bot=true")).toEqual([bot]);
    expect(await idsOf("bot=false&store_id=1&outcome=tracked")).toEqual([deal, plain]);
    expect(await idsOf("ref=deal-7")).toEqual([deal]);
    expect(await idsOf(`to=${new Date(START_MS - 3).toISOString()}`)).toEqual([other, plain]);
  });

  it("merges the shards of a day by time", async () => {
    const sharded = operator(undefined, { ...env, CLICKOUT_SHARDS: "3" });
    const ids: string[] = [];
    for (let n = 0; n < 12; n++) ids.unshift(await click({ atMs: START_MS - 100 + n }, 3));
    expect(new Set(ids.map((id) => logOf(id, 3))).size).toBeGreaterThan(1);
    expect(await idsOf("", sharded)).toEqual(ids);
    expect(await idsOf("limit=5", sharded)).toEqual(ids.slice(0, 5));
  });

  it("shows one as the contract says", async () => {
    const clickoutId = await click({ atMs: START_MS });
    const [item] = (await by.call("GET", VISITS)).json.items;
    expect(item).toEqual({
      clickoutId,
      at: expect.stringMatching(/^2026-11-21T12:00:00(\.000)?Z$/),
      url: "https://a.example/p",
      storeId: 1,
      network: "awin",
      ruleVersion: 1,
      outcome: "tracked",
      reason: null,
      tried: [],
      cache: "none",
      bot: false,
      duplicate: false,
      country: "BR",
      referrerHost: null,
      ref: null,
    });
  });

  it("as CSV runs no formula that came in a URL or a ref", async () => {
    await click({ atMs: START_MS, ref: "-1-2", url: "=cmd|' /C calc'!A0" });
    const [heading, row] = (await by.call("GET", `${VISITS}.csv`)).text.split("\r\n");
    expect(heading).toMatch(/^clickoutId,at,url,/);
    expect(row).toContain(",'=cmd|' /C calc'!A0,");
    expect(row).toMatch(/,'-1-2$/);
  });

  it.each(["bot=1", "outcome=lost", "ref=a%20b", "from=yesterday", "cursor=x", "x=1"])("refuses %s", async (query) => {
    expect(await by.call("GET", `${VISITS}?${query}`)).toMatchObject({
      status: 400,
      json: { code: "invalid_request" },
    });
  });
});

it("a store that was clicked on today is not deleted", async () => {
  const { storeId } = await makeStore(by);
  await click({ atMs: START_MS, storeId });
  expect(await by.call("DELETE", `/api/clickouts/stores/${storeId}`)).toMatchObject({
    status: 409,
    json: { code: "store_in_use" },
  });
});

it("days go backwards and cover both ends", () => {
  const noon = Date.UTC(2026, 10, 21, 12);
  expect(daysBackwards(noon - DAY_MS, noon)).toEqual(["2026-11-21", "2026-11-20"]);
  expect(daysBackwards(noon - DAY_MS / 2, noon - DAY_MS / 2 + 1)).toEqual(["2026-11-21"]);
  expect(daysBackwards(noon, noon)).toEqual([]);
});

it("explain is asked with the instant in milliseconds", async () => {
  const query = "url=https%3A%2F%2Fa.example%2F&ref=r&at=2026-11-21T09:00:00-03:00";
  expect((await by.call("GET", `/api/clickouts/explain?${query}`)).json).toEqual({
    asked: { url: "https://a.example/", ref: "r", atMs: START_MS },
  });
  expect((await by.call("GET", "/api/clickouts/explain")).status).toBe(400);
});
