// Whether a network may be called now: its circuit, its calls of this minute, and its own word to wait. Pure: state in, state out.

import type { SkipReason } from "../clicks/click.ts";

/** Consecutive failures that open the circuit, and for how long (systems/clickouts: 5 failures, 30 s, one probe). */
const OPEN_AFTER_FAILURES = 5;
const OPEN_MS = 30_000;
/** A probe that has not answered by then was lost with its request; the next caller may probe. */
const PROBE_LOST_MS = 5_000;
const MINUTE_MS = 60_000;
/** How long to wait after a 429 that names no time. */
const RATE_LIMIT_MS = 60_000;
/** However long an upstream asks for, it is tried again after this: a slip in one header must not end a network. */
const MAX_PAUSE_MS = 3_600_000;

/** What is remembered of one network; small enough to be written at each call. */
export interface GateState {
  failures: number;
  openUntilMs: number;
  /** When the half-open circuit's one probe left, 0 if none is under way. */
  probeAtMs: number;
  /** The upstream said: not before. */
  pausedUntilMs: number;
  /** The minute (ms of its start) that `calls` counts. */
  minuteMs: number;
  calls: number;
}

/** A gate that nothing has passed yet. */
export const OPEN_GATE: GateState = {
  failures: 0,
  openUntilMs: 0,
  probeAtMs: 0,
  pausedUntilMs: 0,
  minuteMs: 0,
  calls: 0,
};

/** A refusal: its reason, and until when asking again is useless. */
export interface Refusal {
  skip: SkipReason;
  untilMs: number;
}

/** The word for the circuit in `/api/clickouts/networks`. */
export function circuitOf(state: GateState, nowMs: number): "closed" | "open" | "half_open" {
  if (state.failures < OPEN_AFTER_FAILURES) return "closed";
  return nowMs < state.openUntilMs ? "open" : "half_open";
}

/** Asks to make one call: the state with the call counted, or why not. */
export function admit(state: GateState, nowMs: number, callsPerMinute: number): GateState | Refusal {
  const circuit = circuitOf(state, nowMs);
  if (circuit === "open") return { skip: "circuit_open", untilMs: state.openUntilMs };
  if (circuit === "half_open" && nowMs < state.probeAtMs + PROBE_LOST_MS) {
    return { skip: "circuit_open", untilMs: state.probeAtMs + PROBE_LOST_MS };
  }
  if (nowMs < state.pausedUntilMs) return { skip: "rate_limited", untilMs: state.pausedUntilMs };
  const minuteMs = nowMs - (nowMs % MINUTE_MS);
  const calls = state.minuteMs === minuteMs ? state.calls : 0;
  if (calls >= callsPerMinute) return { skip: "rate_limited", untilMs: minuteMs + MINUTE_MS };
  return { ...state, minuteMs, calls: calls + 1, probeAtMs: circuit === "half_open" ? nowMs : 0 };
}

/** Whether `admit` refused. */
export function refused(answer: GateState | Refusal): answer is Refusal {
  return "skip" in answer;
}

/** The network works: an answer came, be it only that this URL has no link. */
export function succeeded(state: GateState): GateState {
  return { ...state, failures: 0, openUntilMs: 0, probeAtMs: 0 };
}

/** The network failed; the fifth time in a row opens the circuit, and so does a failed probe. */
export function failed(state: GateState, nowMs: number): GateState {
  const failures = state.failures + 1;
  return { ...state, failures, probeAtMs: 0, openUntilMs: failures >= OPEN_AFTER_FAILURES ? nowMs + OPEN_MS : 0 };
}

/** The network asked to be left alone until a time (an hour at most), or for a minute. */
export function paused(state: GateState, nowMs: number, retryAtMs: number | undefined): GateState {
  const untilMs = Math.min(retryAtMs ?? nowMs + RATE_LIMIT_MS, nowMs + MAX_PAUSE_MS);
  return { ...state, probeAtMs: 0, pausedUntilMs: Math.max(nowMs, untilMs) };
}
