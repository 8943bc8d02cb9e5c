// The whole console in workerd: every system that has a folder, the demo company with work that waits for a person, a reader
// who is signed in, and the address of every page. A page that is new is walked, or its address is asked for here.
import { createExecutionContext, runDurableObjectAlarm, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { audienceSteps } from "../../sandbox/demo-audiences.ts";
import { demoCredentials, demoMaxymiser, demoSplit, demoStores } from "../../sandbox/demo.ts";
import { seeded } from "../../sandbox/seeded.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, systemClock } from "../../src/shared/clock.ts";
import { database } from "../../src/shared/db/client.ts";
import { parkedMessage } from "../../src/shared/queue/tables.ts";
import { run, runStep } from "../../src/shared/jobs/tables.ts";
import { forgetCounts } from "../../src/shared/page/walk.ts";
import type { System } from "../../src/shared/system.ts";
import { newClickId, storeCode } from "../../workers/clickouts/clicks/click-id.ts";
import type { ClickTuple } from "../../workers/clickouts/clicks/click.ts";
import { handovers } from "../../workers/clickouts/clicks/handover.ts";
import { transaction } from "../../workers/clickouts/tables.ts";
import { forgetOffers } from "../../workers/audiences/service-tenants.ts";
import { forgetTable } from "../../workers/clickouts/redirect/published.ts";
import { compose } from "../../workers/compose.ts";
import { SITE, drain, pixel } from "./visitors.ts";

export const ORIGIN = "https://sluice.test";

const FOLDERS = import.meta.glob<Record<string, System>>("../../workers/*/index.ts", { eager: true });

/** Every system of the tree: none can be forgotten. */
export const systems: readonly System[] = Object.values(FOLDERS).flatMap((folder) => Object.values(folder));

const worker = compose(systems, { clock: systemClock, fetch: (input, init) => globalThis.fetch(input, init) });

/** As many as are asked: how often somebody may try is another test's. */
const roomy = { limit: async () => ({ success: true }) };

/** Asks the Worker, with these bindings in place of its own. */
export async function ask(path: string, init: RequestInit = {}, bindings: Partial<Env> = {}): Promise<Response> {
  const ctx = createExecutionContext();
  const request = new Request(path.startsWith("http") ? path : ORIGIN + path, { redirect: "manual", ...init });
  const answer = await worker.fetch(request, { ...env, SIGN_IN_LIMIT: roomy, ...bindings } as Env, ctx);
  const body = await answer.arrayBuffer();
  await waitOnExecutionContext(ctx);
  return new Response([204, 303].includes(answer.status) ? null : body, answer);
}

/** Calls a door of the API as root; throws with what it answers unless that is fine. */
export async function api<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers = { Authorization: `Bearer ${env.ADMIN_TOKEN}`, "Content-Type": "application/json" };
  const answer = await ask(path, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
  return (text === "" ? null : JSON.parse(text)) as T;
}

/** The fields of a form as a browser posts them. */
export const form = (fields: Record<string, string> | URLSearchParams, headers: Record<string, string> = {}) => ({
  method: "POST",
  body: new URLSearchParams(fields),
  headers,
});

/** Signs in with a key; answers the cookie. */
export async function signIn(key: string = env.ADMIN_TOKEN): Promise<string> {
  const answer = await ask("/console/sign-in", form({ key }));
  const cookie = (answer.headers.get("Set-Cookie") ?? "").split(";")[0] ?? "";
  if (answer.status !== 303 || cookie === "") throw new Error(`the sign-in answered ${answer.status}`);
  return cookie;
}

/** The token that the forms of a session carry. */
export async function tokenOf(cookie: string): Promise<string> {
  const page = await ask("/console", { headers: { Cookie: cookie } });
  return /name="_csrf" value="([0-9a-f]{64})"/.exec(await page.text())?.[1] ?? "";
}

/** A subscriber with a delivery that was given up. */
export const WEBHOOK = "whk_demo";

/** The ids of what was made, for addresses. */
export interface Company {
  click: string;
  sale: string;
  segment: string;
  run: string;
}

/** Brings in the demo company: clicks and sales, segments, a site, and of each kind of trouble one. */
export async function openDemo(): Promise<Company> {
  // What this isolate remembers of a test before.
  forgetOffers();
  forgetTable();
  forgetCounts();
  for (const [name, fields] of Object.entries(demoCredentials)) await api("PUT", `/api/credentials/${name}`, fields);
  await api("PUT", `/api/credentials/maxymiser:${SITE}`, demoMaxymiser.credentials);
  for (const store of demoStores) await api("POST", "/api/clickouts/stores", store);
  await api("DELETE", "/api/credentials/afilio");
  const { key } = await api<{ key: string }>("POST", "/api/keys", { name: "sources", scopes: ["audiences:ingest"] });
  const click = await clicks();
  await sale(click);
  const segment = await segments(key);
  await visitors();
  await trouble();
  // Twice: the first look at a counter only notes where it stands.
  for (let n = 0; n < 2; n++) {
    await worker.scheduled(
      { cron: "* * * * *", scheduledTime: Date.now(), noRetry() {} },
      env,
      createExecutionContext(),
    );
  }
  return { click, sale: `awin:${click}`, segment, run: "run_failed" };
}

const CLICKS = 30;

async function clicks(): Promise<string> {
  const nowMs = Date.now();
  const made = Array.from({ length: CLICKS }, (_, n): ClickTuple => {
    const storeId = 1 + (n % 3);
    const fell = n % 2 === 0;
    const tried = fell ? [{ network: "lomadee" as const, reason: "timeout" as const }] : [];
    // Some of this hour, some of the weeks before.
    const atMs = n < CLICKS / 2 ? nowMs - n * MINUTE_MS : nowMs - n * DAY_MS;
    const [network, outcome] = fell ? (["", "fallback"] as const) : (["awin", "tracked"] as const);
    const url = `https://www.shop.example/${n}`;
    return [
      newClickId(atMs, storeCode(storeId)),
      url,
      storeId,
      network,
      1,
      outcome,
      fell ? "no_link" : "",
      tried,
      "none",
      0,
      "BR",
      "",
      `ref-${n}`,
      0,
      "",
      "",
    ];
  });
  await api("POST", "/api/clickouts/visits/replay", {
    handovers: handovers({ clicks: made, rejected: {}, waitedMs: [] }, 1, nowMs),
  });
  for (const name of new Set(handovers({ clicks: made, rejected: {}, waitedMs: [] }, 1, nowMs).map(({ log }) => log))) {
    await runDurableObjectAlarm(env.CLICK_LOG.getByName(name));
  }
  return made[1]![0];
}

async function sale(click: string): Promise<void> {
  const at = Date.now() - HOUR_MS;
  await database(env)
    .insert(transaction)
    .values({
      id: `awin:${click}`,
      network: "awin",
      externalId: click,
      orderRef: "order-1",
      status: "approved",
      saleMinor: 10_000,
      saleCurrency: "BRL",
      commissionMinor: 500,
      commissionCurrency: "BRL",
      occurredAt: at,
      clickId: click,
      clickoutId: click,
      storeId: 2,
      clickFound: true,
      firstSeenAt: at,
      changedAt: at,
    });
}

async function segments(key: string): Promise<string> {
  const step = audienceSteps({
    origin: ORIGIN,
    key,
    fetch: (request) => ask(request.url, { method: request.method, headers: request.headers, body: request.body }),
    wait: async () => undefined,
    now: () => Date.now(),
    random: seeded(7),
  });
  for (let n = 0; n < 12; n++) await step();
  const { items } = await api<{ items: { id: string }[] }>("GET", "/api/audiences/segments");
  return items[0]!.id;
}

async function visitors(): Promise<void> {
  const body = { DestinationId: 1, PixelCount: 3, Pixels: [pixel("c-1"), pixel("c-2"), { PixelUrl: "nothing" }] };
  await api("POST", "/receive_data/mm", body);
  await drain("c-1");
}

/** What stands on the overview: a need of each kind that tables can make. */
async function trouble(): Promise<void> {
  const at = Date.now() - HOUR_MS;
  const db = database(env);
  await db
    .insert(parkedMessage)
    .values({ id: "m-1", queue: "clickouts", body: "{}", reason: "retries_exhausted", detail: "x", parkedAt: at });
  await db.insert(run).values({
    id: "run_failed",
    system: "clickouts",
    job: "transactions",
    state: "failed",
    cause: "cron",
    startedAt: at,
    endedAt: at,
  });
  await db.insert(runStep).values({
    runId: "run_failed",
    system: "clickouts",
    name: "awin",
    job: "transactions",
    state: "failed",
    counts: {},
    warnings: [],
    error: "x",
    confirmed: false,
    attempts: 12,
    holder: "",
    heldUntil: 0,
    startedAt: at,
    endedAt: at,
  });
  await env.DB.batch([
    env.DB.prepare("UPDATE segment SET parked = 3"),
    env.DB.prepare(
      `INSERT INTO webhook (id, url, description, events, state, rest_until, last_error, created_at)
       VALUES (?1, 'https://hooks.example/x', 'x', '["segment.nearly_full"]', 'active', 0, 'x', ?2)`,
    ).bind(WEBHOOK, at),
    env.DB.prepare("INSERT INTO webhook_event VALUES ('evt_demo', 'segment.nearly_full', '{}', ?)").bind(at),
    env.DB.prepare(
      `INSERT INTO webhook_delivery (id, event_id, webhook_id, state, attempts, due_at, look_at, status, reason, detail, ended_at)
       VALUES ('whd_demo', 'evt_demo', ?1, 'parked', 3, ?2, ?2, 500, 'rejected', 'x', ?2)`,
    ).bind(WEBHOOK, at),
    env.DB.prepare("UPDATE tenant SET state = 'needs_credentials', since = ?").bind(at),
    env.DB.prepare(
      "UPDATE network_store SET state = 'needs_domain' WHERE rowid = (SELECT max(rowid) FROM network_store)",
    ),
  ]);
}

const EXPLAINED = encodeURIComponent("https://www.casaaroeira.example/produto/mesa");

/** Addresses of pages whose path has a parameter, and of those that ask more when their address does. */
const ADDRESSES: Readonly<Record<string, (company: Company) => string[]>> = {
  "/console/find": ({ click, run: id }) =>
    [click, "ref-1", SITE, "1", id, "req_0000000000"].map((one) => `/console/find?id=${one}`),
  "/console/clickouts": () => ["/console/clickouts", `/console/clickouts?url=${EXPLAINED}`],
  "/console/clickouts/stores/:id": () => ["/console/clickouts/stores/1"],
  "/console/clickouts/stores/:id/edit": () => ["/console/clickouts/stores/1/edit"],
  "/console/clickouts/stores/:id/rule": () => ["/console/clickouts/stores/1/rule"],
  "/console/clickouts/clicks/:id": ({ click }) => [`/console/clickouts/clicks/${click}`],
  "/console/clickouts/sales/:id": ({ sale: id }) => [`/console/clickouts/sales/${encodeURIComponent(id)}`],
  "/console/audiences/segments/:id": ({ segment }) => [`/console/audiences/segments/${segment}`],
  "/console/audiences/tenants/:workspaceId": () => [`/console/audiences/tenants/${demoSplit.workspaceId}`],
  "/console/visitors/sites/:site": () => [`/console/visitors/sites/${SITE}`],
  "/console/credentials/:name": () => ["/console/credentials/awin"],
  "/console/webhooks/:id": () => [`/console/webhooks/${WEBHOOK}`],
  "/console/runs/:id": ({ run: id }) => [`/console/runs/${id}`],
};

/** Pages for whoever comes: no session, nothing of the company. */
export const OPEN_TO_ALL = ["/console/sign-in", "/docs"];

const routesOf = (method: string) =>
  systems.flatMap(({ pages }) =>
    (pages?.routes ?? []).filter((route) => route.method === method).map(({ path }) => path),
  );

/** The paths of all pages for who is signed in, and of all forms' doors, as they were declared. */
export const pagePaths = (): string[] => [...new Set(routesOf("GET"))].filter((path) => !OPEN_TO_ALL.includes(path));
export const formPaths = (): string[] => [...new Set(routesOf("POST"))].filter((path) => !OPEN_TO_ALL.includes(path));

/** Doors of forms by GET that only lead on to a page below. */
export const LEAD_ON = ["/console/credentials/of/:family", "/console/visitors/sites"];

/** The addresses to walk of each page. Throws for a page that has a parameter and no address above. */
export function addresses(company: Company): string[] {
  return pagePaths()
    .filter((path) => !LEAD_ON.includes(path))
    .flatMap((path) => {
      const known = ADDRESSES[path]?.(company);
      if (known === undefined && path.includes(":"))
        throw new Error(`test/support/every-page.ts has no address of ${path}`);
      return known ?? [path];
    });
}
