// Whether a site may be written to now, and with which token: state and event in, state and decision out. Pure.
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../src/shared/clock.ts";
import type { SiteFault } from "../maxymiser/answers.ts";

/** A token with less than this left is never handed out: the call it is for may wait behind others. */
export const LEAST_LEFT_MS = MINUTE_MS;
/** A token that was rejected is replaced at once, but not over and over: then something else is wrong. */
const FORCED_EVERY_MS = 10 * SECOND_MS;
const FIRST_BACKOFF_MS = SECOND_MS;
const LONGEST_BACKOFF_MS = MINUTE_MS;
/** However long an upstream asks for, it is tried again after this. */
const LONGEST_PAUSE_MS = HOUR_MS;
/** Whoever put credentials tells the object; this is for a word that got lost. */
const MISSING_RECHECK_MS = MINUTE_MS;
/** A paused site is tried by one call in this time (systems/visitors). A wrong site id mends itself seldom. */
const PROBE_EVERY_MS: Readonly<Record<SiteFault, number>> = {
  api_access_disabled: MINUTE_MS,
  unknown_site: HOUR_MS,
};

/** A token as it is kept; its text is in memory, and on disk only sealed. */
export interface Token {
  text: string;
  /** Tells tokens apart without showing them. */
  serial: number;
  region: string;
  obtainedAtMs: number;
  expiresAtMs: number;
}

/** What a site waits for. `unavailable`: Maxymiser gives no token at the moment. */
export type HoldReason = "missing" | "refused" | "unavailable" | SiteFault;

/** Everything that is remembered of a site's access. */
export interface AccessState {
  token: Token | null;
  lastSerial: number;
  /** Times the token was handed out: an idle site's token is not renewed. */
  uses: number;
  /** Credentials are absent or were refused: since when, and when to look again (never, for refused ones). */
  needs: { reason: "missing" | "refused"; sinceMs: number; lookAgainAtMs: number | null; detail: string } | null;
  pause: { reason: SiteFault; sinceMs: number; probeAtMs: number; detail: string } | null;
  failures: number;
  retryAtMs: number;
  forcedAtMs: number;
}

/** A site of which nothing is known. */
export const UNKNOWN: AccessState = {
  token: null,
  lastSerial: 0,
  uses: 0,
  needs: null,
  pause: null,
  failures: 0,
  retryAtMs: 0,
  forcedAtMs: Number.NEGATIVE_INFINITY,
};

/** Who asks: a delivery (which a pause concerns), the same once more under a new token, or a partner who wants the token itself. */
export interface Ask {
  purpose: "deliver" | "repeat" | "show";
  /** The serial of a token that Maxymiser has just rejected. */
  rejected?: number;
}

/** `fetch` without a token: the caller waits for the one flight. With one: he goes on while it is renewed. */
export type Decision =
  | { kind: "hand_out"; token: Token; probe: boolean }
  | { kind: "fetch"; token: Token | null; probe: boolean; forced: boolean }
  | { kind: "hold"; reason: HoldReason; untilMs: number | null; detail: string };

/** When a token is to be renewed: at half its life, and before it is too old to be handed out. */
function renewAtMs({ obtainedAtMs, expiresAtMs }: Token): number {
  return Math.min((obtainedAtMs + expiresAtMs) / 2, expiresAtMs - LEAST_LEFT_MS);
}

/** What to do for one who asks. */
export function decide(state: AccessState, nowMs: number, ask: Ask): Decision {
  const { needs, pause, token } = state;
  if (needs !== null && (needs.lookAgainAtMs === null || nowMs < needs.lookAgainAtMs)) {
    return { kind: "hold", reason: needs.reason, untilMs: needs.lookAgainAtMs, detail: needs.detail };
  }
  const rejected = token !== null && ask.rejected === token.serial;
  const paused = ask.purpose !== "show" && pause !== null;
  // Also a probe may meet a token that ended: it is replaced and the probe repeated, or the pause would never end.
  if (paused && nowMs < pause.probeAtMs && ask.purpose === "deliver" && !rejected) {
    return { kind: "hold", reason: pause.reason, untilMs: pause.probeAtMs, detail: pause.detail };
  }
  const usable = token !== null && !rejected && token.expiresAtMs - nowMs >= LEAST_LEFT_MS;
  const mayFetch = nowMs >= state.retryAtMs;
  if (usable) {
    const due = mayFetch && nowMs >= renewAtMs(token);
    return due ? { kind: "fetch", token, probe: paused, forced: false } : { kind: "hand_out", token, probe: paused };
  }
  const untilMs = Math.max(state.retryAtMs, rejected ? state.forcedAtMs + FORCED_EVERY_MS : 0);
  if (nowMs < untilMs) return { kind: "hold", reason: "unavailable", untilMs, detail: "Maxymiser gives no token." };
  return { kind: "fetch", token: null, probe: paused, forced: rejected };
}

/** A token was handed out. A probe is one call: the next may leave when its time has come. */
export function handedOut(state: AccessState, nowMs: number, probe: boolean): AccessState {
  const { pause } = state;
  const next = probe && pause !== null ? { ...pause, probeAtMs: nowMs + PROBE_EVERY_MS[pause.reason] } : pause;
  return { ...state, uses: state.uses + 1, pause: next };
}

/** A request for a token leaves because the last one was rejected. */
export function forced(state: AccessState, nowMs: number): AccessState {
  return { ...state, token: null, forcedAtMs: nowMs };
}

/** Maxymiser gave a token. One too short-lived to be handed out counts as a failure, lest it be asked for in a circle. */
export function obtained(
  state: AccessState,
  nowMs: number,
  given: { text: string; region: string; livesMs: number },
  chance: number,
): AccessState {
  const { text, region, livesMs } = given;
  if (livesMs < LEAST_LEFT_MS) return unavailable(state, nowMs, undefined, chance);
  const serial = state.lastSerial + 1;
  const token = { text, serial, region, obtainedAtMs: nowMs, expiresAtMs: nowMs + livesMs };
  return { ...state, token, lastSerial: serial, uses: 0, needs: null, failures: 0, retryAtMs: 0 };
}

/** There are no credentials, or Maxymiser does not take them. */
export function needing(state: AccessState, nowMs: number, reason: "missing" | "refused", detail: string): AccessState {
  const lookAgainAtMs = reason === "missing" ? nowMs + MISSING_RECHECK_MS : null;
  const sinceMs = state.needs?.reason === reason ? state.needs.sinceMs : nowMs;
  return { ...state, token: null, needs: { reason, sinceMs, lookAgainAtMs, detail } };
}

/** Maxymiser gives no token now: 1, 2, 4 … 60 s, or as it asks, spread by `chance` in [0, 1). */
export function unavailable(
  state: AccessState,
  nowMs: number,
  askedMs: number | undefined,
  chance: number,
): AccessState {
  const failures = state.failures + 1;
  const backoffMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(failures - 1, 10));
  const spreadMs = backoffMs * (0.5 + chance / 2);
  const askedFor = Math.min((askedMs ?? nowMs) - nowMs, LONGEST_PAUSE_MS);
  return { ...state, failures, retryAtMs: nowMs + Math.max(spreadMs, askedFor) };
}

/** Credentials were put or deleted: all that was learnt with the old ones is void. */
export function changed(state: AccessState): AccessState {
  return { ...UNKNOWN, lastSerial: state.lastSerial };
}

/** A delivery met a site that takes none. */
export function pausedBy(state: AccessState, nowMs: number, reason: SiteFault, detail: string): AccessState {
  const known = state.pause?.reason === reason ? state.pause : null;
  // Calls that were under way when the first one failed must not push the probe further and further.
  if (known !== null && nowMs < known.probeAtMs) return state;
  const probeAtMs = nowMs + PROBE_EVERY_MS[reason];
  return { ...state, pause: { reason, sinceMs: known?.sinceMs ?? nowMs, probeAtMs, detail } };
}

/** A probe got through. */
export function resumed(state: AccessState): AccessState {
  return { ...state, pause: null };
}

/** When the object should wake up to renew a token that is in use; null if it need not. */
export function renewalDueAtMs(state: AccessState): number | null {
  const { token, uses, needs } = state;
  if (token === null || uses === 0 || needs !== null) return null;
  return Math.max(renewAtMs(token), state.retryAtMs);
}
