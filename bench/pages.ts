// The promise of the console: how long the server works on each page of a signed-in operator, over the demo company as
// `npm start` brings it in, with its 90 days. Every page is found by following links, so that a new one is measured too.
// Beside each stands a bare page of the same size, asked right after it over the same kind of connection.
import { once } from "node:events";
import { Agent, request } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { createSandbox, sandboxVars } from "../sandbox/apps.ts";
import { bridgedServer } from "../sandbox/bridge.ts";
import { audienceSteps } from "../sandbox/demo-audiences.ts";
import { demoCredentials } from "../sandbox/demo.ts";
import { visitorSteps } from "../sandbox/demo-visitors.ts";
import { seeded } from "../sandbox/seeded.ts";
import { makeIngestKey, seed } from "../scripts/seed.ts";
import { seedPast } from "../scripts/seed-past.ts";
import budget from "./budget.json" with { type: "json" };
import { cpuUs } from "./cpu.ts";
import { openHouse } from "./house.ts";
import type { BenchHouse } from "./house.ts";
import { median, note, verdict } from "./verdict.ts";

/** Answers `/?bytes=40000` with so many bytes of text, and what a page says to a browser. */
const BARE_PAGE = `
const pages = new Map();
export default {
  fetch(request) {
    const bytes = Number(new URL(request.url).searchParams.get("bytes"));
    let text = pages.get(bytes);
    if (text === undefined) pages.set(bytes, (text = "<!doctype html>".padEnd(bytes, "x")));
    return new Response(text, {
      headers: {
        "Content-Type": "text/html; charset=UTF-8",
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        Vary: "Accept-Language, Cookie",
      },
    });
  },
};`;

const ROUNDS = 15;
const WARM_UPS = 3;
/** Of each demo source: some minutes of its talk. */
const SOURCE_STEPS = 80;
const MINUTE = "* * * * *";
const SETTLE_MS = 60_000;
/** Their first reading takes minutes, by the calls that they allow. */
const SLOW_NETWORKS = ["rakuten", "lomadee"] as const;
const MAX_PAGES = 200;
/** No link leads to a search: a ref that has sales, a store's number, nobody's MPID. */
const SEARCHES = ["oferta-1", "1", "-6403478910000000001"].map((id) => `/console/find?id=${id}`);

/** One answer: its text and how long it took. */
interface Answer {
  status: number;
  text: string;
  ms: number;
}

/** Asks over one kept connection. */
function reader(port: number, headers: Record<string, string>) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const get = (path: string) =>
    new Promise<Answer>((resolve, reject) => {
      const startedAt = performance.now();
      const outgoing = request({ host: "127.0.0.1", port, path, agent, headers }, (incoming) => {
        const parts: Buffer[] = [];
        incoming.on("data", (part: Buffer) => parts.push(part));
        incoming.once("end", () => {
          const ms = performance.now() - startedAt;
          resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(parts).toString(), ms });
        });
      });
      outgoing.once("error", reject);
      outgoing.end();
    });
  return { get, close: () => agent.destroy() };
}

/** The demo company as `npm start` has it some minutes later. */
async function bringDemo(house: BenchHouse, sandboxOrigin: string): Promise<void> {
  const { origin, adminToken } = house;
  const headers = { Authorization: `Bearer ${adminToken}`, "Content-Type": "application/json" };
  const call = async (method: string, path: string, body?: unknown) => {
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const answer = await fetch(origin + path, init);
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    return answer.text();
  };
  await seed(origin, adminToken);
  await seedPast(origin, adminToken, sandboxOrigin);
  const key = await makeIngestKey(origin, adminToken);
  const outlet = { origin, key, fetch, wait, now: Date.now, random: seeded(11) };
  for (const step of [audienceSteps(outlet), visitorSteps(outlet)]) {
    for (let n = 0; n < SOURCE_STEPS; n++) await step();
  }
  for (const network of SLOW_NETWORKS) await call("DELETE", `/api/credentials/${network}`);
  await house.scheduled(MINUTE);
  await call("POST", "/api/jobs/transactions");
  for (const endMs = Date.now() + SETTLE_MS; Date.now() < endMs; await wait(500)) {
    const { items } = JSON.parse(await call("GET", "/api/runs?limit=1")) as { items: { state: string }[] };
    if (!["queued", "running"].includes(items[0]?.state ?? "")) break;
  }
  for (const network of SLOW_NETWORKS) await call("PUT", `/api/credentials/${network}`, demoCredentials[network]);
  await house.scheduled(MINUTE);
}

async function signIn({ origin, adminToken }: BenchHouse): Promise<string> {
  const body = new URLSearchParams({ key: adminToken });
  const answer = await fetch(`${origin}/console/sign-in`, { method: "POST", body, redirect: "manual" });
  const cookie = (answer.headers.get("Set-Cookie") ?? "").split(";")[0] ?? "";
  if (answer.status !== 303 || cookie === "") throw new Error(`the sign-in answered ${answer.status}`);
  return cookie;
}

/** `/console/clickouts/stores/:?q`: pages of one shape are one page. */
function shapeOf(path: string): string {
  const { pathname, searchParams } = new URL(path, "http://sluice");
  const segments = pathname.split("/").map((part) => (/[0-9%]/.test(part) ? ":" : part));
  return `${segments.join("/")}?${[...new Set(searchParams.keys())].toSorted().join("&")}`;
}

/** The addresses below the console that links lead to, from the overview on, one of each shape. */
async function everyPage(get: (path: string) => Promise<Answer>): Promise<string[]> {
  const found = new Map([[shapeOf("/console"), "/console"]]);
  // A map goes on with what is added on the way.
  for (const [shape, path] of found) {
    if (found.size > MAX_PAGES)
      throw new Error(`more than ${MAX_PAGES} pages: shapes are not told apart as they should`);
    const { status, text } = await get(path);
    if (status !== 200) throw new Error(`${path} answered ${status}`);
    for (const [, href = ""] of text.matchAll(/href="(\/console[^"#]*)/g)) {
      const next = href.replaceAll("&amp;", "&");
      if (!found.has(shapeOf(next))) found.set(shapeOf(next), next);
    }
    if (shape === shapeOf("/console")) for (const search of SEARCHES) found.set(search, search);
  }
  return [...found.values()];
}

interface Measured {
  path: string;
  wallMs: number;
  bareMs: number;
  cpuMs: number | null;
}

/** Measures how long the server works on every page. */
export async function pagesBench(): Promise<void> {
  const sandbox = createSandbox();
  const server = bridgedServer((incoming) => sandbox.app.fetch(incoming));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const sandboxOrigin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const house = await openHouse(false, sandboxVars(sandboxOrigin), () => {}, undefined, BARE_PAGE);
  const bare = reader(house.controlPort, {});
  try {
    await bringDemo(house, sandboxOrigin);
    const ours = reader(house.visitPort, { Cookie: await signIn(house), "Accept-Language": "pt-BR" });
    const pages: Measured[] = [];
    for (const path of await everyPage(ours.get)) pages.push(await measured(house, path, ours.get, bare.get));
    ours.close();
    report(pages);
  } finally {
    bare.close();
    await house.close();
    server.close();
    server.closeAllConnections();
  }
}

type Get = (path: string) => Promise<Answer>;

async function measured(house: BenchHouse, path: string, get: Get, getBare: Get): Promise<Measured> {
  const { text } = await get(path);
  const barePath = `/?bytes=${Buffer.byteLength(text)}`;
  for (let n = 0; n < WARM_UPS; n++) {
    await get(path);
    await getBare(barePath);
  }
  const walls: number[] = [];
  const bares: number[] = [];
  const before = cpuUs(house.runtimePid);
  for (let n = 0; n < ROUNDS; n++) walls.push((await get(path)).ms);
  const after = cpuUs(house.runtimePid);
  for (let n = 0; n < ROUNDS; n++) bares.push((await getBare(barePath)).ms);
  const cpuMs = before === null || after === null ? null : (after - before) / ROUNDS / 1_000;
  return { path, wallMs: median(walls), bareMs: median(bares), cpuMs };
}

function report(pages: readonly Measured[]): void {
  const most = budget.pages.serverMs;
  const worst = (of: (page: Measured) => number) => pages.toSorted((a, b) => of(b) - of(a))[0]!;
  const wall = worst(({ wallMs }) => wallMs);
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const middle = (of: (page: Measured) => number) => ms(median(pages.map(of)));
  const beside = `bare page ${ms(wall.bareMs)}; median of ${pages.length} pages ${middle(({ wallMs }) => wallMs)}`;
  verdict(
    "pages, wall time, the slowest",
    `${ms(wall.wallMs)} ${wall.path} (${beside})`,
    `<= ${most} ms`,
    wall.wallMs <= most,
  );
  if (pages.every(({ cpuMs }) => cpuMs !== null)) {
    const cpu = worst(({ cpuMs }) => cpuMs ?? 0);
    const value = cpu.cpuMs ?? 0;
    const said = `${ms(value)} ${cpu.path} (median of all ${middle(({ cpuMs }) => cpuMs ?? 0)})`;
    verdict("pages, CPU of the runtime, the most", said, `<= ${most} ms`, value <= most);
  }
  for (const page of pages.toSorted((a, b) => b.wallMs - a.wallMs)) {
    note(
      `${ms(page.wallMs).padStart(9)}, CPU ${page.cpuMs === null ? "?" : ms(page.cpuMs)}, bare ${ms(page.bareMs)}  ${page.path}`,
    );
  }
}
