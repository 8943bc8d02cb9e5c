// Asks every system of the house one question for one reader. A system that fails or is slow is left out, never waited for.
import { SECOND_MS } from "../clock.ts";
import { inTime } from "../deadline.ts";
import type { System } from "../system.ts";
import { log } from "../telemetry/log.ts";
import type { NavLine } from "./layout.tsx";
import type { NavItem, Need } from "./overview.ts";
import type { Look } from "./view.ts";

const ANSWER_MS = 2 * SECOND_MS;
/** How old the counts beside the navigation may be: they cost every system a look. */
const COUNTS_MS = 15 * SECOND_MS;
const MAX_COUNTED = 100;

/** What a system answered. */
export interface Answered<T> {
  system: System;
  answer: T;
}

/** Whether the reader may see what a system tells; the console's own answers look at his scopes themselves. */
const mayAsk = (look: Look, { name }: System) => name === "console" || look.can(`${name}:read`);

/** The answers of those systems that have one, in the order of the house. */
export async function askAll<T>(
  systems: readonly System[],
  look: Look,
  question: (system: System) => Promise<T> | undefined,
): Promise<Answered<T>[]> {
  const answers = await Promise.all(
    systems.map(async (system): Promise<Answered<T> | null> => {
      if (!mayAsk(look, system)) return null;
      try {
        const asked = question(system);
        return asked === undefined ? null : { system, answer: await inTime(asked, ANSWER_MS) };
      } catch (error) {
        log("system_did_not_tell", { level: "warn", system: system.name, error });
        return null;
      }
    }),
  );
  return answers.filter((answer) => answer !== null);
}

const asked = new WeakMap<Look, Promise<Need[]>>();

/**
 * What needs the reader, the oldest first. What two systems tell is told once, by the one that stands first in the house. One
 * look at it serves a page and its navigation.
 */
export function needsOf(systems: readonly System[], look: Look): Promise<Need[]> {
  const known = asked.get(look) ?? needsNow(systems, look);
  asked.set(look, known);
  return known;
}

async function needsNow(systems: readonly System[], look: Look): Promise<Need[]> {
  const answers = await askAll(systems, look, (system) => system.attention?.(look));
  const age = ({ sinceMs }: Need) => sinceMs ?? look.nowMs;
  const needs = new Map<string, Need>();
  for (const need of answers.flatMap(({ answer }) => answer)) if (!needs.has(need.id)) needs.set(need.id, need);
  return [...needs.values()].toSorted((a, b) => age(a) - age(b));
}

/** The lines of the navigation that the reader may follow. */
export function linesOf(systems: readonly System[], look: Look): NavItem[] {
  return systems.flatMap(({ nav = [] }) => nav.filter(({ scope }) => scope === "" || look.can(scope)));
}

/** How many needs stand behind each line of the navigation. */
function counted(lines: readonly NavItem[], needs: readonly Need[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { page, action } of needs) {
    const path = page ?? ("href" in action ? action.href : action.post);
    const line = lines.find(
      (one) => path === one.path || (/^[/?#]/.test(path.slice(one.path.length)) && path.startsWith(one.path)),
    );
    if (line !== undefined) counts.set(line.path, (counts.get(line.path) ?? 0) + 1);
  }
  return counts;
}

const remembered = new Map<string, { untilMs: number; counts: Map<string, number> }>();

/** The navigation with its counts; `needs` spares the look where the page has taken it already. */
export async function navigation(systems: readonly System[], look: Look, needs?: readonly Need[]): Promise<NavLine[]> {
  const lines = linesOf(systems, look);
  const who = look.actor.scopes.join(" ");
  let known = remembered.get(who);
  if (needs !== undefined || known === undefined || known.untilMs <= look.nowMs) {
    if (remembered.size >= MAX_COUNTED) remembered.clear();
    known = { untilMs: look.nowMs + COUNTS_MS, counts: counted(lines, needs ?? (await needsOf(systems, look))) };
    remembered.set(who, known);
  }
  const { counts } = known;
  return lines.map((line) => ({ ...line, count: counts.get(line.path) ?? 0 }));
}

/** Begins to ask for the counts where they are not remembered, so that their questions travel with the page's own. */
export function askAhead(systems: readonly System[], look: Look): void {
  const known = remembered.get(look.actor.scopes.join(" "));
  if (known === undefined || known.untilMs <= look.nowMs) void needsOf(systems, look);
}

/** After a change the counts are asked for anew. */
export function forgetCounts(): void {
  remembered.clear();
}
