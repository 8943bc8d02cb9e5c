// What a buffer knows of itself besides its changes: one small row.
import { HOUR_MS } from "../clock.ts";
import { backoffMs } from "./backoff.ts";
import type { Stop } from "./policy.ts";
import type { Sql } from "./store.ts";

export const STATE_TABLE = "CREATE TABLE buffer_state (id INTEGER PRIMARY KEY CHECK (id = 1), state TEXT NOT NULL)";

/** However long an upstream asks for, it is tried again after this: a slip in one header must not end a buffer. */
const LONGEST_WAIT_MS = HOUR_MS;

/** Why nothing is sent, and until when. */
export interface Stopped {
  kind: Stop["kind"];
  reason: string;
  sinceMs: number;
  untilMs: number;
  /** Failures in a row, for the backoff. */
  failures: number;
}

/** `through`: the last journal number that was removed; numbers are never used twice. */
export interface BufferState {
  through: number;
  /** Up to here the journal is to be sent now, as somebody asked. */
  flushUpTo: number;
  stopped: Stopped | null;
  drainedMs: number | null;
}

const NEW: BufferState = { through: 0, flushUpTo: 0, stopped: null, drainedMs: null };

/** Reads the row. */
export function readState(sql: Sql): BufferState {
  const [row] = sql.exec<{ state: string }>("SELECT state FROM buffer_state").toArray();
  return row === undefined ? NEW : (JSON.parse(row.state) as BufferState);
}

/** Writes the row. */
export function writeState(sql: Sql, state: BufferState): void {
  sql.exec("INSERT OR REPLACE INTO buffer_state VALUES (1, ?)", JSON.stringify(state));
}

/** The stop that follows `before`. `progress`: something was delivered since, so failures begin anew. Pure. */
export function stoppedBy(
  stop: Stop,
  before: Stopped | null,
  progress: boolean,
  nowMs: number,
  chance: number,
): Stopped {
  const sinceMs = before !== null && !progress ? before.sinceMs : nowMs;
  if (stop.kind === "hold") {
    return { kind: "hold", reason: stop.reason, sinceMs, untilMs: stop.checkAtMs, failures: 0 };
  }
  const failures = (progress ? 0 : (before?.failures ?? 0)) + 1;
  const untilMs = Math.min(stop.retryAtMs ?? nowMs + backoffMs(failures, chance), nowMs + LONGEST_WAIT_MS);
  return { kind: "retry", reason: stop.reason, sinceMs, untilMs, failures };
}
