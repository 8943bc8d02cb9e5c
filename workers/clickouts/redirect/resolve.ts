// Where a visit goes: the one walk over store, rule and networks that both `/visit` and `explain` take.
// Pure but for the `LinkSource` it is handed, which alone may ask anyone; it never makes a link that no configuration names.

import type { CacheLevel, NoLinkReason, SkipReason, Tried, VisitOutcome } from "../clicks/click.ts";
import { ruleAt } from "./compiled.ts";
import type { Compiled, CompiledRelation, CompiledStore } from "./compiled.ts";
import { parseDestination, storeHost } from "./destination.ts";
import { awinTail, digidipParts, diretoParts, magazineVoceParts, rakutenTail } from "./links.ts";
import type { LinkParts } from "./links.ts";
import { isPartnerSite, MAGAZINE_LUIZA_HOSTS, ownPagePath, partnerPath } from "../networks/magazineluiza.ts";

/** A link, or why there is none and until when that stays so. */
export type LinkAnswer = { parts: LinkParts; cache: CacheLevel } | { skip: SkipReason; untilMs: number };

/** Gives the links that cannot be built here. It never throws and keeps the deadlines. */
export type LinkSource = (relation: CompiledRelation, url: URL) => Promise<LinkAnswer>;

/** The outcome of the walk. `parts` null: no link at all. `untilMs`: until when it may be reused for the same URL. */
export interface Resolution {
  outcome: VisitOutcome;
  parts: LinkParts | null;
  store: CompiledStore | null;
  domain: string | null;
  ruleVersion: number;
  relation: CompiledRelation | null;
  reason: NoLinkReason | "";
  tried: Tried[];
  cache: CacheLevel;
  untilMs: number;
}

/** A link of this relation without any call, or null where a call is needed. */
function builtHere(relation: CompiledRelation, url: URL, compiled: Compiled): LinkAnswer | null {
  switch (relation.network) {
    case "awin":
      return { parts: [relation.head, awinTail(url.href)], cache: "none" };
    case "rakuten":
      return { parts: [relation.head, rakutenTail(url.href)], cache: "none" };
    case "direto":
      return { parts: diretoParts(url.href, relation.parameters), cache: "none" };
    case "magazinevoce":
      return magazineVoce(relation, url, compiled);
    default:
      return null;
  }
}

function magazineVoce(relation: CompiledRelation, url: URL, compiled: Compiled): LinkAnswer | null {
  if (!MAGAZINE_LUIZA_HOSTS.has(storeHost(url))) return { skip: "rejected", untilMs: Number.POSITIVE_INFINITY };
  const slug = relation.settings.link["store"] ?? "";
  const path = partnerPath(url) ?? ownPagePath(url, slug);
  if (path !== null) return { parts: magazineVoceParts(compiled.bases, slug, path), cache: "none" };
  return isPartnerSite(url) ? { skip: "rejected", untilMs: Number.POSITIVE_INFINITY } : null;
}

/** Whether the table already says that this network cannot serve. */
function unusable(relation: CompiledRelation): SkipReason | null {
  if (!relation.settings.enabled) return "disabled";
  return relation.settings.credentials ? null : "no_credentials";
}

/** A destination that is our own fallback already is unwrapped, not wrapped twice. */
function fallbackParts(compiled: Compiled, account: string, href: string): LinkParts {
  const own = new URL(digidipParts(compiled.bases, account, "")[0]!);
  let target = href;
  for (;;) {
    const url = new URL(target);
    const inner =
      url.host === own.host && url.pathname === own.pathname ? parseDestination(url.searchParams.get("url")) : "";
    // Each turn is shorter than the one before.
    if (typeof inner === "string") return digidipParts(compiled.bases, account, target);
    target = inner.href;
  }
}

/** Walks store, rule and networks for one URL. `source` is asked only for links that cannot be built here. */
export async function resolve(compiled: Compiled, url: URL, nowMs: number, source: LinkSource): Promise<Resolution> {
  const found = compiled.storeOf(storeHost(url));
  const { rule, untilMs: ruleUntilMs } =
    found === null ? { rule: null, untilMs: Number.POSITIVE_INFINITY } : ruleAt(found.store, nowMs);
  const tried: Tried[] = [];
  let untilMs = ruleUntilMs;
  const base = { store: found?.store ?? null, domain: found?.domain ?? null, ruleVersion: rule?.version ?? 0, tried };
  for (const relation of rule?.relations ?? []) {
    const closed = unusable(relation);
    const answer: LinkAnswer =
      closed === null
        ? (builtHere(relation, url, compiled) ?? (await source(relation, url)))
        : { skip: closed, untilMs: Number.POSITIVE_INFINITY };
    if ("parts" in answer) {
      return { ...base, outcome: "tracked", parts: answer.parts, relation, reason: "", cache: answer.cache, untilMs };
    }
    tried.push({ network: relation.network, reason: answer.skip });
    untilMs = Math.min(untilMs, answer.untilMs);
  }
  const reason: NoLinkReason = found === null ? "no_store" : rule === null ? "no_rule" : "no_link";
  const account = compiled.table.digidipAccount;
  const end = { ...base, relation: null, reason, cache: "none" as const, untilMs };
  if (account !== null) return { ...end, outcome: "fallback", parts: fallbackParts(compiled, account, url.href) };
  if (found !== null) return { ...end, outcome: "direct", parts: [url.href] };
  return { ...end, outcome: "unknown_store", parts: null };
}
