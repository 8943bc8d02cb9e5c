// The only way out of a test: requests to the sandbox's origin meet its simulators, anything else is recorded and refused.
import { createSandbox } from "../../sandbox/apps.ts";
import type { Sandbox } from "../../sandbox/apps.ts";

/** The origin that the tests' variables give to every upstream. */
export const SANDBOX_ORIGIN = "http://sandbox.test";

const MAX_REDIRECTS = 20;

let current: Sandbox | null = null;
let refused: string[] = [];

/** The sandbox of the running test: faults are switched and calls are counted here. Each test gets a new one. */
export function sandbox(): Sandbox {
  current ??= createSandbox();
  return current;
}

/** Forgets the sandbox; the next request builds a new one. */
export function renewSandbox(): void {
  current = null;
}

/** The requests that were refused since the last call, as `GET https://…`. A test that expects one takes it away. */
export function takeRefused(): string[] {
  const taken = refused;
  refused = [];
  return taken;
}

function withAbort(answer: Promise<Response>, signal: AbortSignal): Promise<Response> {
  if (signal.aborted) return Promise.reject(signal.reason as Error);
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    answer.then(resolve, reject);
  });
}

async function answer(request: Request, redirects: number): Promise<Response> {
  if (new URL(request.url).origin !== SANDBOX_ORIGIN) {
    refused.push(`${request.method} ${request.url}`);
    throw new TypeError(`unexpected request: ${request.method} ${request.url}`);
  }
  const response = await withAbort(Promise.resolve(sandbox().app.fetch(request)), request.signal);
  const location = response.headers.get("Location");
  if (response.status < 300 || response.status > 399 || location === null || request.redirect === "manual")
    return response;
  if (redirects === MAX_REDIRECTS) throw new TypeError("too many redirects");
  const next = new URL(location, request.url);
  return answer(new Request(next, { headers: request.headers, signal: request.signal }), redirects + 1);
}

/** Stands in for `fetch`; the runtime's own rule for redirects holds (`follow` unless the caller says otherwise). */
export const sandboxFetch: typeof fetch = (input: RequestInfo | URL, init?: RequestInit) =>
  answer(new Request(input, init), 0);
