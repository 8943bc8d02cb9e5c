// `/visit`: answers first, records after. A warm click parses nothing and awaits nothing; no D1, no Zod, no middleware.
// It never redirects to a host that the configuration or the visitor's own product URL on a known store does not name.
import { isbot } from "isbot";
import { config } from "../../../src/shared/config.ts";
import type { ErrorCode } from "../../../src/shared/errors.ts";
import { callersRequestId } from "../../../src/shared/ids.ts";
import type { EdgeCall, EdgeDoor } from "../../../src/shared/system.ts";
import { log } from "../../../src/shared/telemetry/log.ts";
import { newClickId, storeCode } from "../clicks/click-id.ts";
import type { ClickTuple } from "../clicks/click.ts";
import type { Compiled } from "./compiled.ts";
import { parseDestination } from "./destination.ts";
import { linkSource } from "./link-source.ts";
import type { LinkObject } from "../networks/link-ask.ts";
import { linkFor } from "./links.ts";
import { loadTable, tableInUse } from "./published.ts";
import type { Rebuild } from "./published.ts";
import { record, recordRejected, recordWait } from "../clicks/recorder.ts";
import { resolve } from "./resolve.ts";
import type { Resolution } from "./resolve.ts";
import { refusal } from "./visit-answers.ts";
import { WarmLinks } from "./warm-links.ts";
import type { WarmLink } from "./warm-links.ts";

const REF = /^[A-Za-z0-9_-]{1,64}$/;
const MAX_AGENTS = 1_000;
/** No store: the click id says so. */
const NO_STORE = storeCode(0);

/** Set and copied by each answer in one turn: cheaper than a literal, or than setting what the answer has. */
const REDIRECT = {
  status: 302,
  headers: new Headers({ "Cache-Control": "no-store", "X-Robots-Tag": "noindex" }),
};

const warm = new WarmLinks();
const bots = new Map<string, boolean>();

/** The raw value of a query parameter as it was sent, or null. Names are compared as they stand. */
function rawParameter(url: string, query: number, name: string): string | null {
  if (query < 0) return null;
  const needle = `${name}=`;
  let at = url.startsWith(needle, query + 1) ? query + 1 : -1;
  if (at < 0) {
    const found = url.indexOf(`&${needle}`, query);
    if (found < 0) return null;
    at = found + 1;
  }
  const end = url.indexOf("&", at);
  return url.slice(at + needle.length, end < 0 ? undefined : end);
}

function isBot({ method, request }: Visit, userAgent: string): boolean {
  if (method === "HEAD" || request.headers.get("Sec-Purpose")?.includes("prefetch") === true) return true;
  let bot = bots.get(userAgent);
  if (bot === undefined) {
    if (bots.size >= MAX_AGENTS) bots.clear();
    bot = userAgent === "" || isbot(userAgent);
    bots.set(userAgent, bot);
  }
  return bot;
}

function hostOf(referrer: string | null): string {
  return referrer !== null && URL.canParse(referrer) ? new URL(referrer).hostname : "";
}

/** One visit on its way: what the answer and the record share. */
interface Visit extends EdgeCall {
  method: string;
  nowMs: number;
  /** Where the query begins in the URL, or -1. */
  query: number;
}

function answer(visit: Visit, link: WarmLink): Response {
  const { request, nowMs, env, ctx, deps } = visit;
  const { headers } = request;
  const id = newClickId(nowMs, link.code);
  const rawRef = rawParameter(visit.url, visit.query, "ref");
  const ref = rawRef !== null && REF.test(rawRef) ? rawRef : "";
  const userAgent = headers.get("User-Agent") ?? "";
  const click: ClickTuple = [
    id,
    link.url,
    link.storeId,
    link.network,
    link.ruleVersion,
    link.outcome,
    link.reason,
    link.tried,
    link.cache,
    isBot(visit, userAgent) ? 1 : 0,
    headers.get("CF-IPCountry") ?? "",
    hostOf(headers.get("Referer")),
    ref,
    rawRef !== null && ref === "" ? 1 : 0,
    headers.get("CF-Connecting-IP") ?? "",
    userAgent,
  ];
  record(click, nowMs, env, ctx, deps);
  const requestId = callersRequestId(headers) ?? id;
  if (link.parts === null)
    return refusal("unknown_store", "No store is registered for this host.", request, requestId, id);
  REDIRECT.headers.set("Location", linkFor(link.parts, id));
  REDIRECT.headers.set("X-Clickout-Id", id);
  REDIRECT.headers.set("X-Request-Id", requestId);
  return new Response(null, REDIRECT);
}

function refuse(visit: Visit, detail: string): Response {
  recordRejected("invalid_url", visit.nowMs, visit.env, visit.ctx, visit.deps);
  const requestId = callersRequestId(visit.request.headers) ?? newClickId(visit.nowMs, NO_STORE);
  return refusal("invalid_url", detail, visit.request, requestId, null);
}

/** An answer that leaves no trace but its status: nothing is known of the click. */
function refuseWithoutClick({ request, nowMs }: Visit, code: ErrorCode, detail: string): Response {
  return refusal(code, detail, request, callersRequestId(request.headers) ?? newClickId(nowMs, NO_STORE), null);
}

/** The table from KV or D1; null when a new isolate finds both away. */
async function tableOrNull({ env, deps }: Visit, rebuild: Rebuild): Promise<Compiled | null> {
  try {
    return await loadTable(env, deps, rebuild);
  } catch (error) {
    log("routes_unreadable", { level: "error", error });
    return null;
  }
}

/** The decoded URL of a raw parameter: `+` and percent escapes as in a form, once. */
function decoded(raw: string | null): string | null {
  return raw === null ? null : new URLSearchParams(`url=${raw}`).get("url");
}

async function cold(visit: Visit, raw: string | null, rebuild: Rebuild): Promise<Response> {
  const { env, ctx, deps, nowMs } = visit;
  const url = parseDestination(decoded(raw));
  if (typeof url === "string") return refuse(visit, url);
  const settings = config(env);
  const compiled = tableInUse(env, ctx, deps, nowMs) ?? (await tableOrNull(visit, rebuild));
  if (compiled === null) return refuseWithoutClick(visit, "busy", "The routing table cannot be read at the moment.");
  const resolution = await resolve(
    compiled,
    url,
    deps.clock(),
    linkSource({
      kv: env.KV,
      // The generated binding does not know its class: naming it here would make the hot path import the object.
      objects: (network) => env.NETWORK_LINKS.getByName(network) as unknown as LinkObject,
      bases: compiled.bases,
      clock: deps.clock,
      startedMs: nowMs,
      deadlineMs: settings.visitDeadlineMs,
      networkTimeoutMs: settings.networkTimeoutMs,
      keepAlive: (work) => ctx.waitUntil(work),
    }),
  );
  const waitedMs = deps.clock() - nowMs;
  if (waitedMs > 0) recordWait(waitedMs);
  const link = linkOf(resolution, url, compiled.table.version);
  if (raw !== null && link.parts !== null)
    warm.keep(raw, { ...link, cache: link.cache === "none" ? "none" : "memory" });
  return answer(visit, link);
}

function linkOf(resolution: Resolution, url: URL, tableVersion: number): WarmLink {
  const { store, relation, parts, ruleVersion, outcome, reason, tried, cache, untilMs } = resolution;
  return {
    tableVersion,
    untilMs,
    parts,
    url: url.href,
    storeId: store?.id ?? 0,
    code: store?.code ?? NO_STORE,
    network: relation?.network ?? "",
    ruleVersion,
    outcome,
    reason,
    tried,
    cache,
  };
}

/** The door of `/visit`. `rebuild` makes the routing table from the truth, for an isolate that finds none published. */
export function visitDoor(rebuild: Rebuild): EdgeDoor {
  return {
    path: "/visit",
    handle({ request, url, env, ctx, deps }) {
      const { method } = request;
      const nowMs = deps.clock();
      const visit: Visit = { request, method, url, env, ctx, deps, nowMs, query: url.indexOf("?") };
      if (method !== "GET" && method !== "HEAD") {
        return refuseWithoutClick(visit, "method_not_allowed", "Only GET and HEAD.");
      }
      const raw = rawParameter(url, visit.query, "url");
      const table = tableInUse(env, ctx, deps, nowMs);
      if (table !== null && raw !== null) {
        const link = warm.find(raw, table.table.version, nowMs);
        if (link !== null) return answer(visit, link);
      }
      return cold(visit, raw, rebuild).catch((error: unknown) => {
        log("visit_failed", { level: "error", error });
        return refuseWithoutClick(visit, "internal_error", "The visit could not be answered.");
      });
    },
  };
}
