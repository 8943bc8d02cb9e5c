// What a visitor notices when a part of the platform is away: nothing, as long as the table and a link are known.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { compose } from "../../workers/compose.ts";
import { clickouts } from "../../workers/clickouts/index.ts";
import { forgetTable } from "../../workers/clickouts/redirect/published.ts";
import { OPEN_END_MS } from "../../workers/clickouts/redirect/table.ts";
import { consoleSystem } from "../../workers/console/index.ts";
import { companyTable, openCompany, publishTable } from "../support/company.ts";
import { sandbox, sandboxFetch } from "../support/outgoing.ts";

const away = () => Promise.reject(new Error("away"));
const noKv = { get: away, put: away, delete: away, list: away } as unknown as KVNamespace;
const noD1 = { prepare: () => ({ bind: () => ({}) }), batch: away, withSession: () => noD1 } as unknown as D1Database;

let nowMs = Date.now();
const worker = compose([clickouts, consoleSystem], { clock: () => nowMs, fetch: sandboxFetch });

async function pathOf(url: string, bindings: Env = env): Promise<string> {
  const ctx = createExecutionContext();
  const response = await worker.fetch(
    new Request(`http://localhost/visit?url=${encodeURIComponent(url)}`),
    bindings,
    ctx,
  );
  await waitOnExecutionContext(ctx);
  return response.status === 302 ? new URL(response.headers.get("Location")!).pathname : String(response.status);
}

beforeEach(async () => {
  nowMs = Date.now();
  await openCompany();
});

describe("with KV away", () => {
  it("an isolate goes on with the table it has, for hours", async () => {
    expect(await pathOf("https://casaaroeira.example/1")).toBe("/awin/cread.php");
    nowMs += 3 * 3_600_000;
    let reads = 0;
    const countingKv = { ...noKv, get: () => ((reads += 1), away()) } as unknown as KVNamespace;
    const bindings = { ...env, KV: countingKv };
    expect(await pathOf("https://casaaroeira.example/2", bindings)).toBe("/awin/cread.php");
    const once = reads;
    for (const n of [3, 4, 5])
      expect(await pathOf(`https://casaaroeira.example/${n}`, bindings)).toBe("/awin/cread.php");
    expect(reads, "a visit that does not wait for KV again").toBe(once);
  });

  it("a new isolate builds the table from D1", async () => {
    forgetTable();
    expect(await pathOf("https://casaaroeira.example/1", { ...env, KV: noKv })).toBe("/digidip/sluice/visit");
  });

  it("a link that only the object knows is found there", async () => {
    const url = "https://emporiojatoba.example/p/1";
    await pathOf(url);
    expect(await pathOf(`${url}?utm_source=x`, { ...env, KV: noKv })).toBe("/afilio/tracker.php");
    expect(sandbox().simulators.afilio.banners).toHaveLength(1);
  });
});

describe("with D1 away", () => {
  it("visits go on", async () => {
    expect(await pathOf("https://casaaroeira.example/1", { ...env, DB: noD1 })).toBe("/awin/cread.php");
  });
});

describe("with both away and nothing known", () => {
  it("a visit is asked to come again", async () => {
    forgetTable();
    expect(await pathOf("https://casaaroeira.example/1", { ...env, KV: noKv, DB: noD1 })).toBe("503");
  });
});

describe("a change of the table", () => {
  it("reaches an isolate that did not make it, without a visit waiting for it", async () => {
    await pathOf("https://casaaroeira.example/1");
    const next = companyTable(2, (table) => void (table.networks.awin.enabled = false));
    await env.KV.put("routes:2", JSON.stringify(next));
    await env.KV.put("routes:pointer", JSON.stringify({ version: 2 }));
    expect(await pathOf("https://casaaroeira.example/1")).toBe("/awin/cread.php");
    nowMs += 31_000;
    await pathOf("https://casaaroeira.example/1");
    expect(await pathOf("https://casaaroeira.example/1")).toBe("/digidip/sluice/visit");
  });

  it("that is scheduled takes over on its second, also for a link in memory", async () => {
    const startsAtMs = nowMs + 5_000;
    await publishTable(
      companyTable(3, ({ stores }) => {
        const store = stores.find(({ name }) => name === "Tênis da Vila")!;
        const [now] = store.rules;
        now!.endsAtMs = startsAtMs;
        store.rules.push({
          version: 99,
          startsAtMs,
          endsAtMs: OPEN_END_MS,
          relationIds: now!.relationIds.toReversed(),
        });
      }),
    );
    const url = "https://tenisdavila.example/p/1";
    expect(await pathOf(url)).toBe("/rakuten/deeplink");
    nowMs = startsAtMs - 1;
    expect(await pathOf(url)).toBe("/rakuten/deeplink");
    nowMs = startsAtMs;
    expect(await pathOf(url)).toBe("/awin/cread.php");
  });
});
