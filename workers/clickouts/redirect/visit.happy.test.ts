// `/visit` through the Worker, against the simulators: where each network's clicks go and what is recorded of them.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, it } from "vitest";
import { demoProducts } from "../../../sandbox/magazineluiza/catalogue.ts";
import { openCompany } from "../../../test/support/company.ts";
import { sandbox } from "../../../test/support/outgoing.ts";
import worker from "../../index.ts";
import { logOf } from "../clicks/handover.ts";
import { clickLog } from "../clicks/recorder.ts";

async function visit(url: string, init: RequestInit = {}, more = ""): Promise<Response> {
  const ctx = createExecutionContext();
  const request = new Request(`http://sluice.test/visit?url=${encodeURIComponent(url)}${more}`, {
    redirect: "manual",
    ...init,
  });
  const response = await worker.fetch(request, env, ctx);
  await waitOnExecutionContext(ctx);
  return response;
}

const clicksOf = (id: string) => clickLog(env, logOf(id, 1)).list({}, 100);

beforeEach(async () => openCompany());

describe("a visit", () => {
  const cases = [
    ["awin", "https://casaaroeira.example/p/1?x=1&y=ção#t", "/awin/cread.php", "clickref"],
    ["rakuten", "https://www.tenisdavila.example/p/2", "/rakuten/deeplink", "u1"],
    ["lomadee", "https://livrariasabia.example/livro/3", "/lomadee/v2/", "mdasc"],
    ["afilio", "https://emporiojatoba.example/p/4", "/afilio/tracker.php", "aff_xtra"],
    ["direto", "https://viagensipe.example/p/5?subid=old", "/p/5", "subid"],
  ] as const;
  it.each(cases)("by %s carries its own click id to the network", async (network, url, path, parameter) => {
    const [first, second] = [await visit(url), await visit(url)];
    const ids = [first, second].map((response) => response.headers.get("X-Clickout-Id")!);
    expect(new Set(ids).size).toBe(2);
    for (const [n, response] of [first, second].entries()) {
      expect(response.status).toBe(302);
      const location = new URL(response.headers.get("Location")!);
      expect(location.pathname).toContain(path);
      expect(location.searchParams.get(parameter)).toBe(ids[n]);
    }
    const rows = await clicksOf(ids[0]!);
    expect(rows.map((row) => row.clickoutId)).toEqual(ids.toSorted().reverse());
    expect(rows.every((row) => row.network === network && row.outcome === "tracked" && row.ruleVersion !== null)).toBe(
      true,
    );
  });

  it("by magazinevoce goes to the partner's page, with and without the SKU in the path", async () => {
    const direct = await visit("https://www.magazineluiza.com.br/fone-x/p/238112200/te/fone/?utm_source=z");
    expect(direct.headers.get("Location")).toContain("/magazinevoce/magazinesluice/fone-x/p/238112200/te/fone/");
    const page = `https://www.magazineluiza.com.br/promo/${demoProducts[0]!.slug}`;
    for (const at of [1, 2]) {
      const fetched = await visit(page, {}, at === 1 ? "" : "&ref=again");
      expect(fetched.headers.get("Location")).toContain(`/magazinevoce/magazinesluice/p/${demoProducts[0]!.sku}/`);
    }
    expect(sandbox().simulators.magazineluiza.requests).toHaveLength(1);
  });

  it("asks an API network once for all campaign tags of a product", async () => {
    for (const tag of ["", "?utm_source=a", "?gclid=1", "#x"]) await visit(`https://emporiojatoba.example/p/9${tag}`);
    expect(sandbox().simulators.afilio.banners).toHaveLength(1);
  });

  it("of an unknown store goes to the fallback with the click id as ref", async () => {
    const response = await visit("https://desconhecida.example/p?a=b&c=d");
    const location = new URL(response.headers.get("Location")!);
    expect(location.pathname).toBe("/digidip/sluice/visit");
    expect(location.searchParams.get("url")).toBe("https://desconhecida.example/p?a=b&c=d");
    expect(location.searchParams.get("ref")).toBe(response.headers.get("X-Clickout-Id"));
  });

  it("keeps the caller's ref and flags a malformed one without refusing it", async () => {
    const good = await visit("https://casaaroeira.example/p", {}, "&ref=deal-7");
    const bad = await visit("https://casaaroeira.example/p", {}, "&ref=%3Cscript%3E");
    const [second, first] = await clicksOf(good.headers.get("X-Clickout-Id")!);
    expect([first!.ref, second!.ref]).toEqual(["deal-7", null]);
    expect(bad.status).toBe(302);
  });

  it("carries the headers of the contract, and the caller's request id if there is one", async () => {
    const plain = await visit("https://casaaroeira.example/p");
    expect(plain.headers.get("Cache-Control")).toBe("no-store");
    expect(plain.headers.get("X-Robots-Tag")).toBe("noindex");
    expect(plain.headers.get("X-Request-Id")).toBe(plain.headers.get("X-Clickout-Id"));
    const named = await visit("https://casaaroeira.example/p", { headers: { "X-Request-Id": "caller-0001" } });
    expect(named.headers.get("X-Request-Id")).toBe("caller-0001");
  });

  it("marks bots and repeated clicks of one visitor", async () => {
    const headers = { "User-Agent": "Mozilla/5.0 (X11; Linux) Chrome/142.0", "CF-Connecting-IP": "192.0.2.7" };
    const first = await visit("https://casaaroeira.example/p", { headers });
    await visit("https://casaaroeira.example/p", { headers });
    await visit("https://casaaroeira.example/p", { headers: { "User-Agent": "Googlebot/2.1" } });
    await visit("https://casaaroeira.example/p", { method: "HEAD", headers });
    const rows = (await clicksOf(first.headers.get("X-Clickout-Id")!)).toReversed();
    expect(rows.map((row) => row.bot)).toEqual([false, false, true, true]);
    expect(rows.slice(0, 3).map((row) => row.duplicate)).toEqual([false, true, false]);
  });
});
