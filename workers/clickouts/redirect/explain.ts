// What `/visit` would do with a URL, and why, step by step: the same walk with a source that never calls an upstream
// and writes no click.
import { isoTime } from "../../../src/shared/clock.ts";
import { AppError } from "../../../src/shared/errors.ts";
import type { Deps } from "../../../src/shared/deps.ts";
import type { CacheLevel, VisitOutcome } from "../clicks/click.ts";
import type { CompiledRelation, CompiledRule } from "./compiled.ts";
import { parseDestination } from "./destination.ts";
import { askedUrl, partsOf, templateKey } from "./link-source.ts";
import type { LinkReply } from "../networks/link-ask.ts";
import type { Network } from "../networks.ts";
import { isLinkNetwork, linkFor } from "./links.ts";
import { resolve } from "./resolve.ts";
import type { LinkAnswer, Resolution } from "./resolve.ts";
import type { Compiled } from "./compiled.ts";

/** One step of the decision. */
export interface ExplainStep {
  step: "parse" | "store" | "rule" | "network" | "fallback";
  network?: string;
  orderPriority?: number;
  result: "ok" | "link" | "skipped" | "failed" | "would_call";
  reason?: string;
  cache?: CacheLevel;
  ms?: number;
}

/** The whole decision; `{click}` stands for the click id. */
export interface Explanation {
  url: string;
  outcome: VisitOutcome;
  location: string | null;
  store: { storeId: number; name: string; matchedDomain: string } | null;
  rule: { version: number; startedAt: string } | null;
  steps: ExplainStep[];
}

/** What `explain` is asked. `atMs` looks at the rules of another time, with the links of now. */
export interface ExplainQuery {
  url: string;
  ref?: string | undefined;
  atMs?: number | undefined;
}

interface LinkPeek {
  peek(key: string): Promise<LinkReply | null>;
}

/** Explains one URL under a table; `ref` changes nothing of where it goes. */
export async function explain(env: Env, deps: Deps, compiled: Compiled, query: ExplainQuery): Promise<Explanation> {
  const url = parseDestination(query.url);
  if (typeof url === "string") throw new AppError("invalid_url", { retry: false, detail: url });
  const seen: ExplainStep[] = [];
  const atMs = query.atMs ?? deps.clock();
  const resolution = await resolve(compiled, url, atMs, (relation, target) =>
    peekLink(env, deps, compiled, relation, target, seen),
  );
  const rule = resolution.store?.rules.find(({ version }) => version === resolution.ruleVersion);
  const wouldCall = resolution.outcome === "tracked" && resolution.parts?.[0] === WOULD_CALL;
  return {
    url: url.href,
    outcome: resolution.outcome,
    location: resolution.parts === null || wouldCall ? null : linkFor(resolution.parts, "{click}"),
    store:
      resolution.store === null
        ? null
        : { storeId: resolution.store.id, name: resolution.store.name, matchedDomain: resolution.domain ?? "" },
    rule: rule === undefined ? null : { version: rule.version, startedAt: isoTime(rule.startsAtMs) },
    steps: stepsOf(resolution, rule?.priorities ?? {}, seen, wouldCall),
  };
}

/** Stands in for the link of a network that a visit would ask. */
const WOULD_CALL = "\0would_call";

async function peekLink(
  env: Env,
  deps: Deps,
  compiled: Compiled,
  relation: CompiledRelation,
  url: URL,
  seen: ExplainStep[],
): Promise<LinkAnswer> {
  const { network } = relation;
  if (!isLinkNetwork(network)) return { skip: "malformed", untilMs: 0 };
  const startedMs = deps.clock();
  const key = await templateKey(relation, network, askedUrl(network, url));
  const stored = await env.KV.get(`link:${key}`, "text").catch(() => null);
  const note = (cache: CacheLevel) =>
    seen.push({ step: "network", network, result: "ok", cache, ms: deps.clock() - startedMs });
  if (stored !== null) {
    note("kv");
    return { parts: partsOf(network, stored, compiled.bases, relation), cache: "kv" };
  }
  const reply = await (env.NETWORK_LINKS.getByName(network) as unknown as LinkPeek).peek(key);
  note("object");
  if (reply === null) return { parts: [WOULD_CALL], cache: "none" };
  if ("raw" in reply) return { parts: partsOf(network, reply.raw, compiled.bases, relation), cache: "object" };
  return { skip: reply.skip, untilMs: reply.untilMs };
}

function stepsOf(
  resolution: Resolution,
  priorities: CompiledRule["priorities"],
  seen: readonly ExplainStep[],
  wouldCall: boolean,
): ExplainStep[] {
  const steps: ExplainStep[] = [{ step: "parse", result: "ok" }];
  steps.push(
    resolution.store === null
      ? { step: "store", result: "failed", reason: "no_store" }
      : { step: "store", result: "ok" },
  );
  if (resolution.store !== null) {
    steps.push(
      resolution.ruleVersion === 0
        ? { step: "rule", result: "failed", reason: "no_rule" }
        : { step: "rule", result: "ok" },
    );
  }
  const networkStep = (network: Network) => {
    const found = seen.find((step) => step.network === network);
    const orderPriority = priorities[network];
    return {
      step: "network" as const,
      network,
      ...(orderPriority === undefined ? {} : { orderPriority }),
      ...(found === undefined ? {} : { cache: found.cache ?? "none", ms: found.ms ?? 0 }),
    };
  };
  for (const { network, reason } of resolution.tried) {
    steps.push({ ...networkStep(network), result: "skipped", reason });
  }
  if (resolution.relation !== null) {
    const result = wouldCall ? "would_call" : "link";
    steps.push({ ...networkStep(resolution.relation.network), result, cache: resolution.cache });
  } else {
    const reason = resolution.outcome === "fallback" ? "digidip" : resolution.outcome;
    steps.push({ step: "fallback", result: resolution.parts === null ? "failed" : "link", reason });
  }
  return steps;
}
