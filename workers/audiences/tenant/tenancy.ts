// What a tenant knows of its keys, and what follows from an acceptance or a refusal. Pure. Keys appear by the SHA-256 of theirs
// alone; two of them at most: the good one, which Split accepted last, and a candidate, which came since.
import type { CallPlace, TenantState } from "../objects.ts";

/** A message that brings a key which was refused within this time brings nothing new. */
const REFUSED_FOR_MS = 60 * 60_000;
/** Keys remembered as refused. */
const MAX_REFUSED = 50;

/** See the head of this file. */
export interface Tenancy {
  state: TenantState;
  sinceMs: number;
  lastError: string | null;
  good: string | null;
  candidate: string | null;
  /** The first characters of the key in use. */
  hint: string;
  /** By key: until when it counts as refused. */
  refused: Record<string, number>;
  /** Where the good key was accepted last. */
  proof: CallPlace | null;
  /** Where a key was refused last: a probe asks there. */
  failed: CallPlace | null;
}

/** A tenant that has no key yet. */
export function newTenancy(nowMs: number): Tenancy {
  const nothing = { lastError: null, good: null, candidate: null, hint: "", proof: null, failed: null };
  return { state: "ok", sinceMs: nowMs, refused: {}, ...nothing };
}

/** Whether this key is worth keeping as the candidate. `byOperator`: also one that was refused. */
export function isNews(tenancy: Tenancy, keyId: string, nowMs: number, byOperator: boolean): boolean {
  if (keyId === tenancy.good || keyId === tenancy.candidate) return false;
  return byOperator || (tenancy.refused[keyId] ?? 0) <= nowMs;
}

/** The tenancy with another candidate. */
export function withCandidate(tenancy: Tenancy, keyId: string, hint: string): Tenancy {
  const { [keyId]: _, ...refused } = tenancy.refused;
  return { ...tenancy, candidate: keyId, refused, hint: tenancy.good === null ? hint : tenancy.hint };
}

/** Split took this key there. */
export function accepted(tenancy: Tenancy, keyId: string, place: CallPlace, nowMs: number): Tenancy {
  const back = tenancy.state === "ok" ? {} : ({ state: "ok", sinceMs: nowMs } as const);
  if (keyId === tenancy.candidate) {
    return { ...tenancy, ...back, good: keyId, candidate: null, proof: place, failed: null, lastError: null };
  }
  if (keyId !== tenancy.good) return tenancy;
  return { ...tenancy, ...back, proof: place, failed: null, lastError: null };
}

/** A key that is to be tried instead of the refused candidate. The only key that there is stays, to be probed. */
export function withoutCandidate(tenancy: Tenancy, nowMs: number, error: string): Tenancy {
  const { candidate, good } = tenancy;
  if (candidate === null || good === null) return tenancy;
  const recent = Object.entries(tenancy.refused).filter(([, untilMs]) => untilMs > nowMs);
  const refused = Object.fromEntries([...recent.slice(1 - MAX_REFUSED), [candidate, nowMs + REFUSED_FOR_MS]]);
  return { ...tenancy, candidate: null, refused, lastError: error };
}

/** Every key is refused: one that was refused before may be tried once more. */
export function withoutCredentials(tenancy: Tenancy, place: CallPlace, nowMs: number, error: string): Tenancy {
  const sinceMs = tenancy.state === "needs_credentials" ? tenancy.sinceMs : nowMs;
  return { ...tenancy, state: "needs_credentials", sinceMs, lastError: error, failed: place, refused: {} };
}
