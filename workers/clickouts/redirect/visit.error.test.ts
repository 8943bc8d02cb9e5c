// `/visit` when the request or an upstream is bad: a clear answer, or the next network, always inside the deadline.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { openCompany } from "../../../test/support/company.ts";
import { sandbox } from "../../../test/support/outgoing.ts";
import worker from "../../index.ts";
import { logOf } from "../clicks/handover.ts";
import { clickLog } from "../clicks/recorder.ts";

/** How long the last answer took. */
let tookMs = 0;

async function get(query: string, init: RequestInit = {}): Promise<Response> {
  const ctx = createExecutionContext();
  const request = new Request(`http://sluice.test/visit${query}`, { redirect: "manual", ...init });
  const startedMs = Date.now();
  const response = await worker.fetch(request, env, ctx);
  tookMs = Date.now() - startedMs;
  // A hanging upstream holds the context: only the answer is awaited with it, the record by its own batch.
  const settled = waitOnExecutionContext(ctx);
  await Promise.race([settled, new Promise((done) => setTimeout(done, 400))]);
  return response;
}

/** The newest record, once it is on disk. */
const recorded = (id: string) =>
  vi.waitFor(
    async () => {
      const [row] = await clickLog(env, logOf(id, 1)).list({}, 1);
      expect(row).toBeDefined();
      return row;
    },
    { timeout: 10_000 },
  );

const visit = (url: string, init?: RequestInit) => get(`?url=${encodeURIComponent(url)}`, init);

beforeEach(async () => openCompany());

describe("a bad request", () => {
  const bad = [
    ["no url", ""],
    ["an empty url", "?url="],
    ["not a URL", "?url=loja"],
    ["javascript:", "?url=javascript%3Aalert(1)"],
    ["data:", "?url=data%3Atext%2Fhtml%2Cx"],
    ["user info", `?url=${encodeURIComponent("https://casaaroeira.example@evil.example/")}`],
    ["an IPv4 address", "?url=http%3A%2F%2F10.0.0.1%2F"],
    ["an IPv4 address as a number", "?url=http%3A%2F%2F2130706433%2F"],
    ["an IPv6 address", "?url=http%3A%2F%2F%5B%3A%3A1%5D%2F"],
    ["localhost", "?url=http%3A%2F%2Flocalhost%2F"],
    ["a private name", "?url=http%3A%2F%2Fdb.internal%2F"],
    ["a URL encoded twice", `?url=${encodeURIComponent(encodeURIComponent("https://casaaroeira.example/p"))}`],
    ["10 KiB", `?url=${encodeURIComponent(`https://casaaroeira.example/${"a".repeat(10_240)}`)}`],
  ] as const;
  it.each(bad)("with %s is 400 invalid_url and no clickout", async (_name, query) => {
    const response = await get(query);
    expect(response.status).toBe(400);
    expect(response.headers.get("X-Clickout-Id")).toBeNull();
    const body = await response.json<{ code: string; requestId: string }>();
    expect(body.code).toBe("invalid_url");
    expect(body.requestId).toBe(response.headers.get("X-Request-Id"));
  });

  it("of a browser is answered by a small page that repeats nothing of the request", async () => {
    const response = await get("?url=%3Cscript%3Ealert(1)%3C%2Fscript%3E", { headers: { Accept: "text/html" } });
    expect(response.headers.get("Content-Type")).toContain("text/html");
    expect(await response.text()).not.toContain("alert");
  });

  it("by another method is 405 with the allowed ones", async () => {
    const response = await get("?url=https%3A%2F%2Fcasaaroeira.example", { method: "POST" });
    expect([response.status, response.headers.get("Allow")]).toEqual([405, "GET, HEAD"]);
  });
});

describe("without a fallback", () => {
  it("an unknown store is 404 unknown_store and recorded", async () => {
    await openCompany((table) => void (table.digidipAccount = null));
    const response = await visit("https://desconhecida.example/");
    expect(response.status).toBe(404);
    const id = response.headers.get("X-Clickout-Id")!;
    const row = await recorded(id);
    expect(row).toMatchObject({ clickoutId: id, outcome: "unknown_store", reason: "no_store", storeId: null });
  });

  it("a store whose networks give no link goes to its plain product URL", async () => {
    await openCompany((table) => {
      table.digidipAccount = null;
      table.networks.awin.enabled = false;
    });
    const response = await visit("https://casaaroeira.example/p");
    expect(response.headers.get("Location")).toBe("https://casaaroeira.example/p");
  });
});

describe("an upstream that", () => {
  const faults = [
    ["is slow", { mode: "slow", ms: 3_000 }, "timeout"],
    ["hangs", { mode: "hang" }, "timeout"],
    ["answers 429", { mode: "rate_limited" }, "rate_limited"],
    ["answers 503", { mode: "error", status: 503 }, "rejected"],
    ["tears its body", { mode: "torn" }, null],
    ["answers HTML", { mode: "wrong_type" }, null],
    ["answers nothing", { mode: "empty" }, null],
    ["redirects", { mode: "redirect" }, "rejected"],
    ["never ends", { mode: "huge" }, null],
  ] as const;
  const networks = [
    ["lomadee", "lomadee", "https://livrariasabia.example/p/"],
    ["afilio", "afilio", "https://farmaciaboaprosa.example/p/"],
    ["magazineluiza", "magazinevoce", "https://www.magazineluiza.com.br/promo/nada/"],
  ] as const;
  for (const [simulator, network, base] of networks) {
    it.each(faults)(
      `${simulator} %s: the next network or the fallback serves inside the deadline`,
      async (name, fault, reason) => {
        sandbox().simulators[simulator].faults.set(fault);
        const response = await visit(`${base}${name.replaceAll(" ", "-")}`);
        // Twice the deadline, as machines may be busy; who waited for the network would take longer still.
        expect(tookMs).toBeLessThan(3_000);
        expect(response.status).toBe(302);
        const id = response.headers.get("X-Clickout-Id")!;
        const row = await recorded(id);
        expect(row?.tried[0]?.network).toBe(network);
        expect(["rejected", "malformed", "timeout", "rate_limited"]).toContain(row?.tried[0]?.reason);
        if (reason !== null) expect(row?.tried[0]?.reason).toBe(reason);
        expect(row?.network).not.toBe(network);
      },
    );
  }

  it("fails five times is left alone until its circuit closes", async () => {
    sandbox().simulators.lomadee.faults.set({ mode: "error", status: 500 });
    for (let n = 0; n < 8; n++) await visit(`https://livrariasabia.example/livro/${n}`);
    expect(sandbox().simulators.lomadee.requests).toHaveLength(5);
  });

  it("returns a link on another host is not followed", async () => {
    sandbox().simulators.afilio.faults.set({
      mode: "error",
      status: 200,
      body: '<deeplink><link><![CDATA[<a href="https://evil.example/x" target="_blank">x</a>]]></link></deeplink>',
    });
    const response = await visit("https://farmaciaboaprosa.example/p/1");
    expect(new URL(response.headers.get("Location")!).pathname).toBe("/awin/cread.php");
  });
});
