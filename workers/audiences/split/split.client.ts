// The only HTTP to Split (upstreams/split.md): segments of its Admin API v2. One method is one call; no retries, no decisions,
// and no key in a detail. What a call did twice is as if done once: adding a member or removing one is idempotent.
import { callUpstream } from "../../../src/shared/http/upstream.ts";
import type { UpstreamDeps } from "../../../src/shared/http/upstream.ts";

/** Split's official client sends at most so many keys in one call. */
export const MAX_KEYS_PER_CALL = 10_000;
/** A standard segment holds no more in one environment (widely documented). */
export { MAX_MEMBERS } from "./members.ts";

/** 10,000 keys are some 250 KB and may be slow; a timeout is an unknown outcome and sent again. */
const DEADLINE_MS = 20_000;
/** Answers are small; bodies of changes are not even read. */
const MAX_BYTES = 1_048_576;
/** In seconds; the larger counts. */
const RESET_HEADERS = ["X-RateLimit-Reset-Seconds-Org", "X-RateLimit-Reset-Seconds-IP"];
const REMAINING_HEADERS = ["X-RateLimit-Remaining-Org", "X-RateLimit-Remaining-IP"];

/** What a call came to. `status` is Split's, or the kind of failure, as metrics label it. */
export type SplitAnswer<T = null> =
  | { kind: "done"; status: string; value: T; spentUntilMs?: number }
  /** 404: no such segment in this environment (or workspace). */
  | { kind: "missing"; status: string; detail: string }
  /** 409 on making or activating: it is there already. */
  | { kind: "exists"; status: string }
  /** 401, 403. */
  | { kind: "unauthorized"; status: string; detail: string }
  /** 429, 5xx, timeout, no connection: the outcome may be unknown. */
  | { kind: "later"; status: string; detail: string; retryAtMs?: number; limited: boolean }
  /** Any other refusal, for what the call holds; 409 is about the segment as it is now, not about single keys. */
  | { kind: "refused"; status: string; detail: string };

/** The segment that a call is about. */
export interface SplitSegment {
  workspaceId: string;
  environmentId: string;
  name: string;
}

/** Who calls where. */
export interface SplitSession {
  /** `SPLIT_API_URL`. */
  apiUrl: string;
  apiKey: string;
  deps: UpstreamDeps;
}

interface Call {
  operation: string;
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  body?: unknown;
  /** What 409 means here. */
  conflict: "exists" | "refused";
}

const at = (...parts: string[]) => parts.map(encodeURIComponent).join("/");

/** Makes the segment in its workspace. `exists` is as good. */
export function createSegment(
  session: SplitSession,
  { workspaceId, name }: SplitSegment,
  trafficTypeId: string,
  description: string,
): Promise<SplitAnswer> {
  const path = `segments/ws/${at(workspaceId)}/trafficTypes/${at(trafficTypeId)}`;
  return plain(session, { operation: "create", method: "POST", path, body: { name, description }, conflict: "exists" });
}

/** Activates it in its environment, where it then has members. `exists` is as good; a 400 may mean the same (inferred). */
export function activateSegment(session: SplitSession, { environmentId, name }: SplitSegment): Promise<SplitAnswer> {
  const path = `segments/${at(environmentId, name)}`;
  return plain(session, { operation: "activate", method: "POST", path, body: {}, conflict: "exists" });
}

/** Takes it out of its environment with its members there. `missing` is as good. */
export function deactivateSegment(session: SplitSession, { environmentId, name }: SplitSegment): Promise<SplitAnswer> {
  const path = `segments/${at(environmentId, name)}`;
  return plain(session, { operation: "deactivate", method: "DELETE", path, conflict: "refused" });
}

/** Deletes it from its workspace. `missing` is as good; `refused` where a flag uses it. */
export function deleteSegment(session: SplitSession, { workspaceId, name }: SplitSegment): Promise<SplitAnswer> {
  const path = `segments/ws/${at(workspaceId, name)}`;
  return plain(session, { operation: "delete", method: "DELETE", path, conflict: "refused" });
}

/** How many members it has in its environment; `missing` where it is not active there. */
export async function countMembers(
  session: SplitSession,
  { environmentId, name }: SplitSegment,
): Promise<SplitAnswer<number>> {
  const path = `segments/${at(environmentId, name)}/keys?limit=1`;
  const answer = await call(session, { operation: "count", method: "GET", path, conflict: "refused" });
  if (answer.kind !== "done") return answer;
  const count = countIn(answer.value);
  if (count !== null) return { ...answer, value: count };
  return { kind: "later", status: "malformed", detail: "Split told no count of members.", limited: false };
}

/** Adds members (`add`) or removes them. At most 10,000; `comment` shows in Split's history. */
export function changeMembers(
  session: SplitSession,
  { environmentId, name }: SplitSegment,
  verb: "add" | "delete",
  keys: readonly string[],
  comment: string,
): Promise<SplitAnswer> {
  const door = verb === "add" ? "uploadKeys?replace=false" : "removeKeys";
  const path = `segments/${at(environmentId, name)}/${door}`;
  const operation = verb === "add" ? "upload_keys" : "remove_keys";
  return plain(session, { operation, method: "PUT", path, body: { keys, comment }, conflict: "refused" });
}

/** No MPID: nobody's membership changes by it. */
const NOBODY = "sluice-probe";

/**
 * Whether a key may change members there: it removes one that is in no segment. Reading would not tell, since a key may be
 * allowed that alone. Anything but `unauthorized` and `later` means yes, `missing` too.
 */
export function probe(
  session: SplitSession,
  segment: Pick<SplitSegment, "environmentId" | "name">,
): Promise<SplitAnswer> {
  const path = `segments/${at(segment.environmentId, segment.name)}/removeKeys`;
  const body = { keys: [NOBODY], comment: "Does this key still work?" };
  return plain(session, { operation: "probe", method: "PUT", path, body, conflict: "refused" });
}

async function plain(session: SplitSession, made: Call): Promise<SplitAnswer> {
  const answer = await call(session, made);
  return answer.kind === "done" ? { ...answer, value: null } : answer;
}

async function call(session: SplitSession, made: Call): Promise<SplitAnswer<string>> {
  const { apiUrl, apiKey, deps } = session;
  const { operation, method, path, body, conflict } = made;
  const answer = await callUpstream(
    {
      upstream: "split",
      operation,
      url: `${apiUrl}/${path}`,
      init: {
        method,
        headers: { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json", Accept: "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      },
      deadlineMs: DEADLINE_MS,
      maxBytes: MAX_BYTES,
      secrets: [apiKey],
      resetHeaders: RESET_HEADERS,
    },
    deps,
  );
  if (answer.ok) {
    const spentUntilMs = spentUntil(answer.headers, deps.clock());
    const done = { kind: "done", status: String(answer.status), value: answer.text() } as const;
    return spentUntilMs === null ? done : { ...done, spentUntilMs };
  }
  const { kind, status: code, detail, retryAtMs } = answer.failure;
  const status = String(code ?? kind);
  if (kind === "unauthorized") return { kind, status, detail };
  if (code === 404) return { kind: "missing", status, detail };
  if (code === 409 && conflict === "exists") return { kind: "exists", status };
  if (kind === "rejected" && code !== undefined && code >= 400 && code !== 408) {
    return { kind: "refused", status, detail };
  }
  const limited = kind === "rate_limited";
  // Reset headers stand on every answer: only a 429 means them.
  return { kind: "later", status, detail, limited, ...(limited && retryAtMs !== undefined ? { retryAtMs } : {}) };
}

/** Until when the limits are used up, as a success tells it; null while calls are left. */
function spentUntil(headers: Headers, nowMs: number): number | null {
  const spent = RESET_HEADERS.flatMap((reset, n) => {
    const seconds = headers.get(reset);
    return headers.get(REMAINING_HEADERS[n]!) === "0" && seconds !== null && /^\d{1,6}$/.test(seconds)
      ? [nowMs + Number(seconds) * 1_000]
      : [];
  });
  return spent.length === 0 ? null : Math.max(...spent);
}

function countIn(text: string): number | null {
  try {
    const body: unknown = JSON.parse(text);
    const count = typeof body === "object" && body !== null && "count" in body ? body.count : null;
    return typeof count === "number" && Number.isSafeInteger(count) && count >= 0 ? count : null;
  } catch {
    return null;
  }
}
