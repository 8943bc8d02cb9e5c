// The operator's verbs on rules: decide on what is, write under its guard, decide anew when another was faster.
import { isoTime } from "../../../src/shared/clock.ts";
import { AppError, invalid, notFound } from "../../../src/shared/errors.ts";
import { decodeCursor, pageOf } from "../../../src/shared/http/page.ts";
import type { Cursor } from "../../../src/shared/http/page.ts";
import { networkOf } from "../networks.ts";
import { planCancel, planChange } from "./rules.ts";
import type { Priority, RuleRefusal } from "./rules.ts";
import { numberCursor } from "../schema.ts";
import type { CompatRule, RuleBody, RuleView } from "./schema.ts";
import { announce, audited, untilMade } from "../service.ts";
import type { Operation } from "../service.ts";
import type { RuleRow } from "./store-rules.ts";

function viewOf(row: RuleRow): RuleView {
  return {
    version: row.version,
    storeId: row.storeId,
    networks: row.priorities.map(({ networkId, orderPriority }) => ({ network: networkOf(networkId)!, orderPriority })),
    startedAt: isoTime(row.startedAtMs),
    endedAt: isoTime(row.endedAtMs),
    author: row.author,
    cause: row.cause,
  };
}

function compatOf(row: Pick<RuleRow, "storeId" | "priorities" | "startedAtMs" | "endedAtMs">): CompatRule {
  return {
    store_id: row.storeId,
    network_priorities: row.priorities.map(({ networkId, orderPriority }) => ({
      network_id: networkId,
      order_priority: orderPriority,
    })),
    started_at: isoTime(row.startedAtMs),
    ended_at: isoTime(row.endedAtMs),
  };
}

/** A rule as `/rule` answers it, with the version for its ETag. */
export interface VersionedRule {
  version: number;
  rule: CompatRule;
}

/** The active rule of a store. */
export async function activeRule(op: Operation, storeId: number): Promise<VersionedRule> {
  const row = await op.data.ruleAt(op.db, storeId, op.deps.clock());
  if (row === null) throw notFound(`An active rule of store ${storeId}`);
  return { version: row.version, rule: compatOf(row) };
}

function checkedPriorities(body: RuleBody): Priority[] {
  const networks = new Set<number>();
  const priorities = new Set<number>();
  const list = body.network_priorities.map(({ network_id, order_priority }, i) => {
    const path = `network_priorities.${i}`;
    if (networkOf(network_id) === undefined) throw invalid(`${path}.network_id`, "is not a network");
    if (networks.has(network_id)) throw invalid(`${path}.network_id`, "stands twice in the list");
    if (priorities.has(order_priority)) throw invalid(`${path}.order_priority`, "stands twice in the list");
    networks.add(network_id);
    priorities.add(order_priority);
    return { networkId: network_id, orderPriority: order_priority };
  });
  return list.toSorted((a, b) => a.orderPriority - b.orderPriority);
}

function refused(refusal: RuleRefusal): AppError {
  if (refusal === "past_start") return invalid("started_at", "lies in the past");
  if (refusal === "start_too_late") return invalid("started_at", "is too late");
  return new AppError("rule_changed", {
    retry: false,
    detail: "The rule is not the version that If-Match names. Read it again.",
  });
}

/** Gives a store a new rule, at once or from `started_at` on. `ifMatch`: versions that the caller has seen. */
export async function changeRule(
  given: Operation,
  body: RuleBody,
  ifMatch: readonly string[] | null,
): Promise<VersionedRule> {
  const priorities = checkedPriorities(body);
  const storeId = body.store_id;
  return untilMade(given, async (op) => {
    const nowMs = op.deps.clock();
    const state = await op.data.ruleState(op.db, storeId, nowMs);
    if (state === null) throw invalid("store_id", "is not a store");
    const plan = planChange(state.versions, { startedAtMs: body.started_at ?? null, ifMatch }, nowMs);
    if (typeof plan === "string") throw refused(plan);
    const { interval, ends, presentMs } = plan;
    const made = {
      storeId,
      priorities,
      interval,
      author: op.actor,
      cause: "operator" as const,
      createdAtMs: presentMs,
    };
    const rule = compatOf({ storeId, priorities, ...interval });
    const audit = audited(op, "rule.change", `store:${storeId}`, { ends: ends.map(({ version }) => version) }, rule);
    const version = await op.data.writeRule(op.db, state.guard, ends, made, audit);
    await announce(op);
    return { version, rule };
  });
}

/** Cancels a scheduled version; the one before it goes on. */
export async function cancelRule(given: Operation, version: number): Promise<void> {
  const [row] = await given.data.listRules(given.db, { version, limit: 1 });
  if (row === undefined) throw notFound(`The rule version ${version}`);
  const started = new AppError("rule_started", { retry: false, detail: `The rule version ${version} has started.` });
  return untilMade(given, async (op) => {
    const nowMs = op.deps.clock();
    if (row.startedAtMs <= nowMs) throw started;
    const state = await op.data.ruleState(op.db, row.storeId, nowMs);
    const ends = planCancel(state?.versions ?? [], version, nowMs);
    if (ends === "started") throw started;
    if (state === null || ends === "unknown_version") throw notFound(`The scheduled rule version ${version}`);
    const audit = audited(op, "rule.cancel", `store:${row.storeId}`, viewOf(row), null);
    await op.data.writeEnds(op.db, row.storeId, state.guard, ends, audit);
    await announce(op);
  });
}

/** A page of rule versions, newest first; with `atMs` those valid at that instant. */
export async function listRules(
  op: Operation,
  filter: { storeId?: number | undefined; atMs?: number | undefined },
  limit: number,
  cursor?: Cursor,
) {
  const beforeVersion = decodeCursor(cursor, numberCursor);
  const rows = await op.data.listRules(op.db, { ...filter, beforeVersion, limit: limit + 1 });
  return pageOf(rows.map(viewOf), limit, (last) => last.version);
}
