// The doors of transactions: filters, pages, history, CSV, scopes; and when a network's reports were last read.
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { keyWith, operator, START_MS } from "../../../test/support/operator.ts";
import type { Operator } from "../../../test/support/operator.ts";
import { database, together } from "../../../src/shared/db/client.ts";
import { newClickId, storeCode } from "../clicks/click-id.ts";
import { merged } from "./merge.ts";
import type { ReportedSale } from "./merge.ts";
import { writeTransactions } from "./store-transactions.ts";
import type { Transaction, TransactionChange } from "./transaction.ts";

const PATH = "/api/clickouts/transactions";
const HOUR_MS = 3_600_000;
const CLICK = newClickId(START_MS - HOUR_MS, storeCode(7));

function sold(n: number, change: Partial<ReportedSale> = {}): Transaction {
  const row: ReportedSale = {
    externalId: String(n),
    part: null,
    orderRef: `ORD-${n}`,
    status: "pending",
    provisional: false,
    sale: { minor: 12_000, currency: "BRL" },
    commission: { minor: 840, currency: "BRL" },
    clickId: null,
    advertiserId: "17648",
    occurredAtMs: START_MS - n * HOUR_MS,
    validatedAtMs: null,
    declineReason: null,
    ...change,
  };
  return merged("awin", null, row, START_MS);
}

async function write(rows: readonly Transaction[], changes: readonly TransactionChange[] = [], atMs = START_MS) {
  const db = database(env);
  await together(db, writeTransactions(db, rows, changes, atMs));
}

describe("transactions", () => {
  let by: Operator;

  beforeEach(async () => {
    by = operator();
    const attributed = { ...sold(2, { clickId: CLICK, status: "approved" }), ref: "deal_1", clickFound: true };
    await write([
      sold(1),
      attributed,
      { ...sold(3, { status: "declined", declineReason: "=returned" }), network: "rakuten", id: "rakuten:3" },
      sold(4, { sale: { minor: 500, currency: "JPY" }, commission: { minor: -5, currency: "BRL" } }),
    ]);
  });

  const externalIds = async (query: string) =>
    (await by.call("GET", `${PATH}?${query}`)).json.items.map((item: { externalId: string }) => item.externalId);

  test("are shown with their money, click and history", async () => {
    const change = { transactionId: "awin:2", field: "status", from: "pending", to: "approved" } as const;
    await write([], [change], START_MS - HOUR_MS);
    await write([], [{ ...change, field: "sale", from: "100.00 BRL", to: "120.00 BRL" }]);
    expect((await by.call("GET", `${PATH}?status=approved`)).json).toEqual({
      items: [
        {
          transactionId: "awin:2",
          network: "awin",
          externalId: "2",
          orderRef: "ORD-2",
          status: "approved",
          sale: { value: "120.00", currency: "BRL" },
          commission: { value: "8.40", currency: "BRL" },
          clickoutId: CLICK,
          ref: "deal_1",
          storeId: 7,
          advertiserId: "17648",
          occurredAt: "2026-11-21T10:00:00Z",
          validatedAt: null,
          declineReason: null,
          changes: [
            { at: "2026-11-21T11:00:00Z", field: "status", from: "pending", to: "approved" },
            { at: "2026-11-21T12:00:00Z", field: "sale", from: "100.00 BRL", to: "120.00 BRL" },
          ],
        },
      ],
      nextCursor: null,
    });
  });

  test("are narrowed by status, store, network, attribution, ref and time, newest order first", async () => {
    expect(await externalIds("")).toEqual(["1", "2", "3", "4"]);
    expect(await externalIds("status=pending")).toEqual(["1", "4"]);
    expect(await externalIds("store_id=7")).toEqual(["2"]);
    expect(await externalIds("network=rakuten")).toEqual(["3"]);
    expect(await externalIds("attributed=true")).toEqual(["2"]);
    expect(await externalIds("attributed=false")).toEqual(["1", "3", "4"]);
    expect(await externalIds("ref=deal_1")).toEqual(["2"]);
    expect(await externalIds("from=2026-11-21T10:00:00Z")).toEqual(["1", "2"]);
    expect(await externalIds("to=2026-11-21T10:00:00Z&attributed=false")).toEqual(["3", "4"]);
  });

  test("are paged, also where orders share an instant", async () => {
    const atMs = START_MS - 2 * HOUR_MS;
    await write([7, 8, 9].map((n) => sold(n, { occurredAtMs: atMs })));
    const seen: string[] = [];
    for (let cursor = ""; ;) {
      const page = (await by.call("GET", `${PATH}?limit=2${cursor}`)).json;
      seen.push(...page.items.map((item: { externalId: string }) => item.externalId));
      if (page.nextCursor === null) break;
      cursor = `&cursor=${page.nextCursor}`;
    }
    expect(seen).toEqual(["1", "9", "8", "7", "2", "3", "4"]);
    expect((await by.call("GET", `${PATH}?cursor=nonsense`)).status).toBe(400);
  });

  test("have a CSV twin in which no text is a formula", async () => {
    const { text, headers } = await by.call("GET", `${PATH}.csv?attributed=false`);
    expect(headers.get("Content-Type")).toContain("text/csv");
    const [heading, ...lines] = text.trim().split("\r\n");
    expect(heading).toBe(
      "transactionId,network,externalId,orderRef,status,sale,saleCurrency,commission,commissionCurrency,clickoutId,ref,storeId,advertiserId,occurredAt,validatedAt,declineReason,changes",
    );
    expect(lines).toHaveLength(3);
    expect(lines[1]).toContain("'=returned");
    expect(lines[2]).toContain("500,JPY,-0.05,BRL");
  });

  test("need the scope to read, and known filters", async () => {
    expect((await operator(null).call("GET", PATH)).status).toBe(401);
    const other = operator(`Bearer ${await keyWith("clickouts:write")}`);
    expect((await other.call("GET", PATH)).status).toBe(403);
    expect((await other.call("GET", `${PATH}.csv`)).status).toBe(403);
    const reader = operator(`Bearer ${await keyWith("clickouts:read")}`);
    expect((await reader.call("GET", PATH)).status).toBe(200);
    for (const query of ["status=lost", "network=zanox", "attributed=maybe", "store_id=0", "from=yesterday", "x=1"]) {
      expect([query, (await by.call("GET", `${PATH}?${query}`)).status]).toEqual([query, 400]);
    }
  });
});

test("lists by time, store, network and ref read an index", async () => {
  const plan = async (where: string) => {
    const sql = `EXPLAIN QUERY PLAN SELECT * FROM "transaction" WHERE ${where} ORDER BY occurred_at DESC, id DESC LIMIT 50`;
    return JSON.stringify((await env.DB.prepare(sql).all()).results);
  };
  expect(await plan("1")).toContain("transaction_time");
  expect(await plan("occurred_at >= 5 AND occurred_at < 9")).toContain(
    "transaction_time (occurred_at>? AND occurred_at<?)",
  );
  expect(await plan("store_id = 7")).toContain("transaction_store (store_id=?)");
  expect(await plan("network = 'awin'")).toContain("transaction_network (network=?)");
  expect(await plan("ref = 'x'")).toContain("transaction_ref (ref=?)");
});
