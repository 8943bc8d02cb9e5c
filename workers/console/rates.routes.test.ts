import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { keyWith } from "../../test/support/operator.ts";
import { database } from "../../src/shared/db/client.ts";
import { convertPinned } from "../../src/shared/rates/convert.ts";
import { ratesBetween } from "../../src/shared/rates/store.ts";
import { compose } from "../compose.ts";
import { consoleSystem } from "./index.ts";

// Each look at the clock is a millisecond later, so that audit rows have an order.
let nowMs = Date.UTC(2026, 10, 21, 23, 30);
const worker = compose([consoleSystem], { clock: () => nowMs++, fetch: globalThis.fetch });

async function ask(method: string, path: string, body?: unknown, key: string = env.ADMIN_TOKEN) {
  const ctx = createExecutionContext();
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const answer = await worker.fetch(new Request(`https://sluice.test${path}`, init), env, ctx);
  const text = await answer.text();
  await waitOnExecutionContext(ctx);
  return { status: answer.status, body: JSON.parse(text) as Record<string, unknown> };
}
const put = (date: string, rates: Record<string, string>, base = "BRL") =>
  ask("PUT", "/api/rates", { base, date, rates });
const read = async (query: string) => (await ask("GET", `/api/rates?${query}`)).body;

describe("rates", () => {
  test("go in and come out", async () => {
    const set = { base: "BRL", date: "2026-11-21", version: 1, rates: { EUR: "0.16", USD: "0.20" } };
    expect(await put("2026-11-21", { USD: "0.20", EUR: "0.16" })).toEqual({ status: 200, body: set });
    expect(await read("date=2026-11-21")).toEqual(set);
    // Without a day it is today's, without a base the deployment's.
    expect(await read("")).toEqual(set);
    expect(await read("base=BRL")).toEqual(set);
  });

  test("of a day hold until there are newer ones, for seven days", async () => {
    await put("2026-11-10", { USD: "0.19" });
    await put("2026-11-12", { USD: "0.20" });
    expect(await read("date=2026-11-11")).toMatchObject({ date: "2026-11-10" });
    expect(await read("date=2026-11-19")).toMatchObject({ date: "2026-11-12", rates: { USD: "0.20" } });
    expect((await ask("GET", "/api/rates?date=2026-11-20")).status).toBe(404);
    expect((await ask("GET", "/api/rates?date=2026-11-09")).status).toBe(404);
    expect((await ask("GET", "/api/rates?date=2026-11-12&base=USD")).body).toMatchObject({ code: "not_found" });
  });

  test("given again make a new version, which keeps what it does not name; the old one stays on disk", async () => {
    await put("2026-11-21", { USD: "0.20", EUR: "0.16" });
    const second = await put("2026-11-21", { USD: "0.21", JPY: "28.5" });
    expect(second.body).toEqual({
      base: "BRL",
      date: "2026-11-21",
      version: 2,
      rates: { EUR: "0.16", JPY: "28.5", USD: "0.21" },
    });
    expect(await read("date=2026-11-21")).toEqual(second.body);
    const { results } = await env.DB.prepare("select version, currency, rate from rate order by 1, 2").all();
    expect(results.map((row) => Object.values(row).join(" "))).toEqual([
      "1 EUR 0.16",
      "1 USD 0.20",
      "2 EUR 0.16",
      "2 JPY 28.5",
      "2 USD 0.21",
    ]);
  });

  test("given by two at once make two versions, and nothing is lost", async () => {
    const given = ["USD", "EUR", "JPY", "GBP"];
    await Promise.all(given.map((currency) => put("2026-11-21", { [currency]: "0.5" })));
    expect(await read("date=2026-11-21")).toMatchObject({
      version: 4,
      rates: { EUR: "0.5", GBP: "0.5", JPY: "0.5", USD: "0.5" },
    });
  });

  test("are audited with what they were", async () => {
    await put("2026-11-20", { USD: "0.19" });
    await put("2026-11-21", { USD: "0.20" });
    await put("2026-11-21", { USD: "0.21" });
    const { items } = (await ask("GET", "/api/audit?action=rates.put")).body as { items: Record<string, unknown>[] };
    expect(items).toMatchObject([
      { actor: "root", subject: "rates:BRL:2026-11-21", before: { version: 1, rates: { USD: "0.20" } } },
      { before: null, after: { rates: { USD: "0.20" } } },
      { before: null },
    ]);
  });

  test("are read for a range of days in one query, newest versions only, with the week before it", async () => {
    await put("2026-11-10", { USD: "0.10" });
    await put("2026-11-13", { USD: "0.13" });
    await put("2026-11-21", { USD: "0.20" });
    await put("2026-11-21", { USD: "0.25" });
    await put("2026-11-21", { EUR: "0.90" }, "USD");
    await put("2026-11-22", { USD: "0.30" });
    const rates = await ratesBetween(database(env), "2026-11-20", "2026-11-21");
    expect([...rates.keys()].toSorted()).toEqual(["2026-11-13", "2026-11-21"]);
    const of = (day: string) => convertPinned({ minor: 1_000, currency: "USD" }, "BRL", day, rates);
    expect(of("2026-11-21")).toEqual({ money: { minor: 4_000, currency: "BRL" }, rateId: "BRL:2026-11-21:2" });
    expect(of("2026-11-20")).toMatchObject({ rateId: "BRL:2026-11-13:1" });
    expect(convertPinned({ minor: 1_000, currency: "EUR" }, "USD", "2026-11-21", rates)).toMatchObject({
      rateId: "USD:2026-11-21:1",
    });
  });
});

describe("rates are refused", () => {
  test.each([
    [{ base: "BRL", date: "2026-11-21", rates: {} }, "rates"],
    [{ base: "BRL", date: "2026-11-21" }, "rates"],
    [{ base: "brl", date: "2026-11-21", rates: { USD: "1" } }, "base"],
    [{ base: "BRL", date: "2026-02-30", rates: { USD: "1" } }, "date"],
    [{ base: "BRL", date: "2026-11-21T00:00:00Z", rates: { USD: "1" } }, "date"],
    [{ base: "BRL", date: "2026-11-21", rates: { USD: "0" } }, "rates.USD"],
    [{ base: "BRL", date: "2026-11-21", rates: { USD: "0.00" } }, "rates.USD"],
    [{ base: "BRL", date: "2026-11-21", rates: { USD: "-1" } }, "rates.USD"],
    [{ base: "BRL", date: "2026-11-21", rates: { USD: "1e3" } }, "rates.USD"],
    [{ base: "BRL", date: "2026-11-21", rates: { USD: "0,20" } }, "rates.USD"],
    [{ base: "BRL", date: "2026-11-21", rates: { USD: 0.2 } }, "rates.USD"],
    [{ base: "BRL", date: "2026-11-21", rates: { USD: "0.1234567890123" } }, "rates.USD"],
    [{ base: "BRL", date: "2026-11-21", rates: { XYZ: "1" } }, "rates.XYZ"],
    [{ base: "BRL", date: "2026-11-21", rates: { BRL: "1" } }, "rates"],
    [{ base: "BRL", date: "2026-11-21", rates: { USD: "1" }, note: "x" }, "note"],
  ])("%j, for %s", async (body, path) => {
    const answer = await ask("PUT", "/api/rates", body);
    expect(answer).toMatchObject({ status: 400, body: { code: "invalid_request", errors: [{ path }] } });
    const { results } = await env.DB.prepare("select * from rate").all();
    expect(results).toEqual([]);
  });

  test("when they are asked for a day or base that is none", async () => {
    for (const query of ["date=today", "date=2026-13-01", "base=XYZ", "since=2026-11-21"]) {
      expect((await ask("GET", `/api/rates?${query}`)).status).toBe(400);
    }
  });

  test("to a key without their scope", async () => {
    const reader = await keyWith("rates:read");
    const writer = await keyWith("rates:write");
    const body = { base: "BRL", date: "2026-11-21", rates: { USD: "0.20" } };
    expect((await ask("PUT", "/api/rates", body, reader)).status).toBe(403);
    expect((await ask("PUT", "/api/rates", body, writer)).status).toBe(200);
    expect((await ask("GET", "/api/rates", undefined, writer)).status).toBe(403);
    expect((await ask("GET", "/api/rates", undefined, reader)).status).toBe(200);
    expect((await ask("GET", "/api/rates", undefined, "nobody")).status).toBe(401);
  });
});
