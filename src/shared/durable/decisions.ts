// Makes durable what became of changes, before anything may be removed from the journal on the strength of it.
import { backoffMs } from "./backoff.ts";
import { keepNewest } from "./change.ts";
import type { Change } from "./change.ts";
import type { Disk } from "./disk.ts";
import type { Decision } from "./dispatch.ts";
import type { Policy } from "./policy.ts";

/** Writes decisions, all of them or none. */
export function decide<V>(
  disk: Disk<V>,
  policy: Policy<V>,
  decisions: readonly Decision<V>[],
  nowMs: number,
  chance: number,
): void {
  if (decisions.length === 0) return;
  disk.store.transaction(() => {
    const sent = decisions.flatMap((decision) => (decision.kind === "delivered" ? [...decision.changes] : []));
    disk.memory.note(sent, nowMs);
    disk.parked.supersede(sent);
    for (const decision of decisions) {
      if (decision.kind === "carried") carry(disk, policy, decision, nowMs, chance);
      else {
        if (decision.kind === "parked") disk.parked.put(decision.changes, decision.reason, decision.detail, nowMs);
        settleGroups(disk, policy, decision.changes);
        policy.observe?.(decision);
      }
    }
  });
}

/** What is decided needs no further attempt of its group. */
export function settleGroups<V>({ carried }: Disk<V>, { groupOf }: Policy<V>, changes: readonly Change<V>[]): void {
  if (groupOf === undefined) return;
  for (const [group, decided] of Map.groupBy(changes, ({ key }) => groupOf(key))) carried.settle(group, decided);
}

function carry<V>(
  disk: Disk<V>,
  policy: Policy<V>,
  { changes, reason, retryAtMs }: Extract<Decision<V>, { kind: "carried" }>,
  nowMs: number,
  chance: number,
): void {
  if (policy.groupOf === undefined) throw new TypeError("a policy without groups retried one call");
  const group = policy.groupOf(changes[0]!.key);
  const [before] = disk.carried.of([group]);
  const attempts = (before?.attempts ?? 0) + 1;
  const firstFailedMs = before?.firstFailedMs ?? nowMs;
  const retryMs = retryAtMs ?? nowMs + backoffMs(attempts, chance);
  const newest = new Map<string, Change<V>>();
  keepNewest(newest, before?.changes ?? []);
  keepNewest(newest, changes);
  const waiting = [...newest.values()];
  const inTime = nowMs - firstFailedMs < (policy.limits.giveUpAfterMs ?? Infinity);
  if (inTime && disk.carried.put({ group, changes: waiting, retryMs, attempts, firstFailedMs, reason })) {
    policy.observe?.({ kind: "carried", changes, reason });
    return;
  }
  const detail = inTime ? "too much waits for this group" : `given up after ${attempts} attempts`;
  disk.parked.put(waiting, reason, detail, nowMs);
  disk.carried.remove(group);
  policy.observe?.({ kind: "parked", changes: waiting, reason, detail });
}
