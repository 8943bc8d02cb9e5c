// The one way out to an upstream: a deadline that covers the body, a size cap, no redirects unless asked, failures by class.
// It never throws for what an upstream does, and no secret leaves in a detail.
import type { Clock } from "../clock.ts";
import { redact } from "./redact.ts";

/** Why a call failed. `retryAtMs` when the upstream said when to come back. */
export interface UpstreamFailure {
  kind: "rate_limited" | "unavailable" | "unauthorized" | "rejected" | "malformed" | "timeout";
  status?: number;
  retryAtMs?: number;
  /** Where a redirect points, as sent. */
  location?: string;
  /** `malformed` because it passed `maxBytes`: asking for less may help. */
  tooLarge?: true;
  /** For an operator: without secrets, at most 300 characters. */
  detail: string;
  /** The first 2 KiB of a refusal's body, without secrets, for who must understand it. Show only what was read out of it. */
  body?: string;
}

/** What came back: a 2xx with its whole body, or a classified failure. */
export type UpstreamAnswer =
  | { ok: true; status: number; headers: Headers; body: Uint8Array; text(): string }
  | { ok: false; failure: UpstreamFailure };

/** One call. */
export interface UpstreamRequest {
  /** Names for metrics: `awin`, `programmes`. */
  upstream: string;
  operation: string;
  url: string;
  init?: RequestInit;
  /** From the start of the call to the last byte of the body. */
  deadlineMs: number;
  maxBytes: number;
  /** Texts that may stand in the URL, the headers or an echo of them, and must never be told. */
  secrets: readonly string[];
  /** Gives the call up early; it then counts as a timeout. */
  signal?: AbortSignal;
  /** Headers of the upstream's own that say, like `Retry-After`, in how many seconds to come back. The longest wait counts. */
  resetHeaders?: readonly string[];
}

/** What a call needs from its surroundings; `count` adds to a metric (in a histogram: one observation). */
export interface UpstreamDeps {
  fetch: typeof fetch;
  clock: Clock;
  count?: (metric: "upstream_requests_total" | "upstream_seconds", labels: Record<string, string>, n: number) => void;
}

const MAX_DETAIL = 300;
/** How much of a refusal's body is kept to explain it. */
const EXCERPT_BYTES = 2_048;

class TooLarge extends Error {}

/** Calls an upstream once. Retrying is the caller's decision. */
export async function callUpstream(request: UpstreamRequest, deps: UpstreamDeps): Promise<UpstreamAnswer> {
  const startedMs = deps.clock();
  const answer = await attempt(request, deps);
  const status = answer.ok ? String(answer.status) : String(answer.failure.status ?? answer.failure.kind);
  const { upstream, operation } = request;
  deps.count?.("upstream_requests_total", { upstream, operation, status }, 1);
  deps.count?.("upstream_seconds", { upstream }, (deps.clock() - startedMs) / 1_000);
  return answer;
}

async function attempt(request: UpstreamRequest, deps: UpstreamDeps): Promise<UpstreamAnswer> {
  // The platform's fetch refuses to be called as a method of another object.
  const { fetch: call } = deps;
  const stop = new AbortController();
  const giveUp = Promise.withResolvers<never>();
  // Racing against it must not leave an unhandled rejection when the call wins.
  giveUp.promise.catch(() => {});
  const abort = (why: string) => {
    giveUp.reject(new Error(why));
    stop.abort();
  };
  const timer = setTimeout(abort, request.deadlineMs, `no answer within ${request.deadlineMs} ms`);
  const onCaller = () => abort("given up by the caller's deadline");
  request.signal?.addEventListener("abort", onCaller, { once: true });
  if (request.signal?.aborted) onCaller();
  const fail = (kind: UpstreamFailure["kind"], detail: string, rest: Partial<UpstreamFailure> = {}): UpstreamAnswer => {
    const told = redact(`${request.upstream} ${request.operation}: ${detail}`, request.secrets);
    return { ok: false, failure: { kind, detail: told.slice(0, MAX_DETAIL), ...rest } };
  };
  try {
    if (stop.signal.aborted) return fail("timeout", "given up by the caller's deadline");
    const response = await Promise.race([
      call(request.url, { redirect: "manual", ...request.init, signal: stop.signal }),
      giveUp.promise,
    ]);
    if (response.ok) {
      const body = await Promise.race([readBody(response, request.maxBytes), giveUp.promise]);
      const { status, headers } = response;
      return { ok: true, status, headers, body, text: () => new TextDecoder().decode(body) };
    }
    const excerpt = await Promise.race([readExcerpt(response), giveUp.promise]);
    const retryAtMs = latestReset(response.headers, ["Retry-After", ...(request.resetHeaders ?? [])], deps.clock());
    return fail(kindOf(response.status), `HTTP ${response.status}${excerpt === "" ? "" : `: ${excerpt}`}`, {
      status: response.status,
      ...(excerpt === "" ? {} : { body: redact(excerpt, request.secrets) }),
      ...(retryAtMs === undefined ? {} : { retryAtMs }),
      ...(response.headers.has("Location") ? { location: response.headers.get("Location")! } : {}),
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof TooLarge) return fail("malformed", message, { tooLarge: true });
    return fail(stop.signal.aborted ? "timeout" : "unavailable", message);
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener("abort", onCaller);
    // Closes the connection of an answer that was not read to its end.
    stop.abort();
  }
}

function kindOf(status: number): UpstreamFailure["kind"] {
  if (status === 429) return "rate_limited";
  if (status === 401 || status === 403) return "unauthorized";
  return status >= 500 ? "unavailable" : "rejected";
}

function latestReset(headers: Headers, names: readonly string[], nowMs: number): number | undefined {
  const told = names.flatMap((name) => retryAt(headers.get(name), nowMs) ?? []);
  return told.length === 0 ? undefined : Math.max(...told);
}

/** `Retry-After` as an instant: seconds or an HTTP date; undefined when absent or unreadable. */
export function retryAt(header: string | null, nowMs: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d{1,9}\s*$/.test(header)) return nowMs + Number(header) * 1_000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : date;
}

async function readBody(response: Response, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = `the answer is longer than ${maxBytes} bytes`;
  if (Number(response.headers.get("Content-Length") ?? 0) > maxBytes) throw new TooLarge(tooLarge);
  const { bytes, whole } = await readUpTo(response.body, maxBytes);
  if (!whole) throw new TooLarge(tooLarge);
  return bytes;
}

async function readExcerpt(response: Response): Promise<string> {
  const { bytes } = await readUpTo(response.body, EXCERPT_BYTES);
  return new TextDecoder().decode(bytes).replaceAll(/\s+/g, " ").trim();
}

/** Reads at most `maxBytes` of a body; `whole` is false when there was more. */
async function readUpTo(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<{ bytes: Uint8Array; whole: boolean }> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (body !== null) {
    const reader = body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      size += value.byteLength;
      if (size > maxBytes) {
        reader.cancel().catch(() => {});
        break;
      }
    }
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return size > maxBytes ? { bytes: bytes.subarray(0, maxBytes), whole: false } : { bytes, whole: true };
}
