// Sends the calls of one drain, a few at a time, and turns each answer into what becomes of its changes. It keeps nothing:
// what is not decided when it ends stays in the journal and is planned again.
import type { Change } from "./change.ts";
import type { Stop, Verdict } from "./policy.ts";

/** So many calls that fail alone, one after the other and without a success between, are the upstream's fault. */
const UPSTREAM_AWAY_AFTER = 12;

/** What was decided of changes of one call. */
export type Decision<V> =
  | { kind: "delivered"; changes: readonly Change<V>[] }
  | { kind: "parked"; changes: readonly Change<V>[]; reason: string; detail: string }
  | { kind: "carried"; changes: readonly Change<V>[]; reason: string; retryAtMs: number | undefined };

/** What dispatching needs. `decide` must make a decision durable before it returns. */
export interface DispatchPort<V> {
  inFlight: number;
  send(changes: readonly Change<V>[]): Promise<Verdict>;
  decide(decision: Decision<V>): void;
  /** False ends the drain early; what was not begun waits. */
  mayBegin(): boolean;
}

/** How a drain ended: null when all calls are decided, `time` when it ran out of time. */
export type Ending = Stop | { kind: "time" } | null;

/** Sends the calls in order, `inFlight` at once. Rejects only if `decide` throws. */
export async function dispatch<V>(calls: readonly Change<V>[][], port: DispatchPort<V>): Promise<Ending> {
  let ending: Ending = null;
  let next = 0;
  let failedAlone = 0;

  /** The longest wait wins, and a hold wins over any. */
  const stop = (by: Stop | { kind: "time" }) => {
    const rank = (one: Ending) => (one === null ? 0 : { time: 1, retry: 2, hold: 3 }[one.kind]);
    const later = (one: Ending) => (one?.kind === "retry" ? (one.retryAtMs ?? 0) : 0);
    if (rank(by) > rank(ending) || (rank(by) === rank(ending) && later(by) > later(ending))) ending = by;
  };

  const deliver = async (call: Change<V>[]): Promise<void> => {
    const pieces = [call];
    for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
      const verdict = await port.send(piece).catch(thrown);
      switch (verdict.kind) {
        case "delivered":
          failedAlone = 0;
          port.decide({ kind: "delivered", changes: piece });
          break;
        case "refused": {
          failedAlone = 0;
          const { reason, detail } = verdict;
          const { offending, rest } = sift(piece, verdict);
          if (offending.length > 0) port.decide({ kind: "parked", changes: offending, reason, detail });
          pieces.unshift(...rest);
          break;
        }
        case "retry_call":
          failedAlone += 1;
          if (failedAlone > UPSTREAM_AWAY_AFTER) return stop({ kind: "retry", reason: verdict.reason });
          return port.decide({
            kind: "carried",
            changes: [...piece, ...pieces.flat()],
            reason: verdict.reason,
            retryAtMs: verdict.retryAtMs,
          });
        case "retry":
        case "hold":
          return stop(verdict);
      }
      if (ending !== null || (pieces.length > 0 && !port.mayBegin())) return stop({ kind: "time" });
    }
  };

  const lane = async (): Promise<void> => {
    while (ending === null && next < calls.length) {
      if (!port.mayBegin()) return stop({ kind: "time" });
      await deliver(calls[next++]!);
    }
  };

  await Promise.all(Array.from({ length: port.inFlight }, lane));
  return ending;
}

/** Of a refused call: what offends, and what is sent again. */
function sift<V>(
  changes: Change<V>[],
  { keys, smallest = 1 }: Extract<Verdict, { kind: "refused" }>,
): { offending: Change<V>[]; rest: Change<V>[][] } {
  const named = new Set(keys);
  const offending = changes.filter(({ key }) => named.has(key));
  if (offending.length > 0) {
    const rest = changes.filter(({ key }) => !named.has(key));
    return { offending, rest: rest.length > 0 ? [rest] : [] };
  }
  if (changes.length <= smallest) return { offending: changes, rest: [] };
  const middle = Math.ceil(changes.length / 2);
  return { offending: [], rest: [changes.slice(0, middle), changes.slice(middle)] };
}

function thrown(error: unknown): Verdict {
  return { kind: "retry", reason: error instanceof Error ? `thrown_${error.name}` : "thrown" };
}
