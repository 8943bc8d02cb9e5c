// The console's own pages in a real browser: sound in every look, and complete without scripts.
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectSound } from "./support/look.ts";
import type { Contexts } from "./support/look.ts";
import { park } from "./support/park.ts";
import { Readers } from "./support/reader.ts";

const readers = new Readers();
let contexts: Contexts;

beforeAll(async () => {
  await readers.open();
  const { house } = readers;
  await house.call("/api/keys", { method: "POST", body: { name: "marina", scopes: ["*"] } });
  await house.call("/api/keys", {
    method: "POST",
    body: { name: "shop back end", scopes: ["clickouts:read", "audit:read"] },
  });
  const hook = { url: "https://hooks.acme.example/sluice", events: ["segment.nearly_full"], description: "CRM" };
  await house.call("/api/webhooks", { method: "POST", body: hook });
  house.sandbox.simulators.awin.faults.set({ mode: "error", status: 401, body: '{"error":"invalid token"}' });
  await house.call("/api/credentials/awin/test", { method: "POST" });
  await house.call("/api/credentials/digidip/test", { method: "POST" });
  park(house, ["parked-0001", "parked-0002", "a1b2c3d4e5f60718293a4b5c6d7e8f90"]);
  await house.call("/api/jobs/retention", { method: "POST" });
  // A page that goes on changing is no picture.
  while (!(await house.call("/api/runs?state=done")).text.includes("runId")) await wait(200);
  contexts = await readers.both();
});

afterAll(() => readers.close());

const PAGES = [
  ["/console", "overview", 200],
  ["/console/credentials", "credentials", 200],
  ["/console/credentials/awin", "credential", 200],
  ["/console/keys", "keys", 200],
  ["/console/webhooks", "webhooks", 200],
  ["/console/runs", "runs", 200],
  ["/console/parked", "parked", 200],
  ["/console/audit", "audit", 200],
  ["/console/sessions", "sessions", 200],
  ["/console/find?id=nothing-has-this", "find", 200],
  ["/console/nothing-here", "missing", 404],
  ["/docs", "docs", 200],
] as const;

describe("each page is sound in every look", () => {
  test.for(PAGES)("%s", async ([path, name, status]) => {
    await expectSound(contexts, readers.origin, path, name, status);
  });

  test("the sign-in page", async () => {
    await expectSound(await readers.both({ key: null }), readers.origin, "/console/sign-in", "sign-in");
  });
});

test("each page reads the same without scripts", async () => {
  const [plain, scripted] = [await readers.reader({ scripts: false }), contexts.en];
  for (const [path] of PAGES) {
    const [without, with_] = [await plain.newPage(), await scripted.newPage()];
    await Promise.all([without.goto(readers.origin + path), with_.goto(readers.origin + path)]);
    // Two readers never ask in the same second.
    const texts = await Promise.all(
      [without, with_].map(async (page) =>
        (await page.innerText("main")).replaceAll(/req_\w+|\d\d:\d\d(:\d\d)?( UTC)?/g, ""),
      ),
    );
    expect(texts[0]?.replaceAll(/\s+/g, " ")).toBe(texts[1]?.replaceAll(/\s+/g, " ").replaceAll(" Copy", ""));
    await Promise.all([without.close(), with_.close()]);
  }
});

test("nothing of the console is shown to who is not signed in", async () => {
  const nobody = await readers.reader({ key: null });
  const page = await nobody.newPage();
  for (const [path] of PAGES.filter(([one]) => one.startsWith("/console"))) {
    await page.goto(readers.origin + path);
    expect(new URL(page.url()).pathname).toBe("/console/sign-in");
  }
});
