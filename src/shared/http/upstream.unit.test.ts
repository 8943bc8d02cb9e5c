import { describe, expect, test, vi } from "vitest";
import { callUpstream, retryAt } from "./upstream.ts";
import type { UpstreamFailure, UpstreamRequest } from "./upstream.ts";

const NOW_MS = 1_800_000_000_000;
const SECRET = "s3cret/with+odd chars";

type Reply = () => Response | Promise<Response>;

async function call(reply: Reply, overrides: Partial<UpstreamRequest> = {}) {
  const count = vi.fn();
  const asked: RequestInit[] = [];
  const answer = await callUpstream(
    {
      upstream: "awin",
      operation: "programmes",
      url: "https://api.awin.test/x",
      deadlineMs: 1_000,
      maxBytes: 100,
      secrets: [SECRET],
      ...overrides,
    },
    {
      clock: () => NOW_MS,
      count,
      fetch: async (_input, init) => {
        asked.push(init ?? {});
        return reply();
      },
    },
  );
  return { answer, count, asked };
}

async function failureOf(reply: Reply, overrides: Partial<UpstreamRequest> = {}): Promise<UpstreamFailure> {
  const { answer } = await call(reply, overrides);
  if (answer.ok) throw new Error("expected a failure");
  return answer.failure;
}

test("a 2xx comes back with its body, and is counted", async () => {
  const { answer, count } = await call(() => new Response("hello", { headers: { "X-Kind": "greeting" } }));
  expect(answer).toMatchObject({ ok: true, status: 200 });
  if (answer.ok) expect([answer.text(), answer.headers.get("X-Kind")]).toEqual(["hello", "greeting"]);
  expect(count).toHaveBeenCalledWith(
    "upstream_requests_total",
    { upstream: "awin", operation: "programmes", status: "200" },
    1,
  );
  expect(count).toHaveBeenCalledWith("upstream_seconds", { upstream: "awin" }, 0);
});

describe("a status is a class of failure", () => {
  test.each([
    [301, "rejected"],
    [400, "rejected"],
    [401, "unauthorized"],
    [403, "unauthorized"],
    [404, "rejected"],
    [429, "rate_limited"],
    [500, "unavailable"],
    [503, "unavailable"],
  ] as const)("%i is %s", async (status, kind) => {
    expect(await failureOf(() => new Response("why", { status }))).toMatchObject({ kind, status });
  });
});

test("redirects are followed only when asked for", async () => {
  const first = await call(() => new Response(null));
  expect(first.asked[0]?.redirect).toBe("manual");
  const second = await call(() => new Response(null), { init: { redirect: "follow" } });
  expect(second.asked[0]?.redirect).toBe("follow");
});

test("Retry-After tells when to come back", async () => {
  const limited = await failureOf(() => new Response("", { status: 429, headers: { "Retry-After": "30" } }));
  expect(limited.retryAtMs).toBe(NOW_MS + 30_000);
  expect(retryAt("Wed, 21 Oct 2026 07:28:00 GMT", NOW_MS)).toBe(Date.UTC(2026, 9, 21, 7, 28));
  expect(retryAt("soon", NOW_MS)).toBeUndefined();
  expect(retryAt(null, NOW_MS)).toBeUndefined();
});

test("a broken connection is unavailable", async () => {
  const failure = await failureOf(() => Promise.reject(new TypeError("connection lost")));
  expect(failure).toMatchObject({ kind: "unavailable", detail: "awin programmes: connection lost" });
});

test("an answer that never comes is a timeout, even if fetch ignores its signal", async () => {
  const failure = await failureOf(() => new Promise<Response>(() => {}), { deadlineMs: 20 });
  expect(failure.kind).toBe("timeout");
});

test("the deadline covers the body", async () => {
  const stalled = new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array([65])) });
  expect((await failureOf(() => new Response(stalled), { deadlineMs: 20 })).kind).toBe("timeout");
});

test("the caller can give up earlier", async () => {
  const failure = await failureOf(() => new Promise<Response>(() => {}), { signal: AbortSignal.timeout(20) });
  expect(failure.kind).toBe("timeout");
  const already = await call(() => new Response("ok"), { signal: AbortSignal.abort() });
  expect(already.answer.ok).toBe(false);
  expect(already.asked).toEqual([]);
});

test("a body over the cap is malformed, declared or not", async () => {
  expect((await failureOf(() => new Response("x".repeat(101)))).kind).toBe("malformed");
  const declared = new Response("x", { headers: { "Content-Length": "101" } });
  expect((await failureOf(() => declared)).kind).toBe("malformed");
  expect((await call(() => new Response("x".repeat(100)))).answer.ok).toBe(true);
});

test("no form of a secret stands in a detail", async () => {
  const forms = [SECRET, encodeURIComponent(SECRET), encodeURIComponent(SECRET).replaceAll("%20", "+"), btoa(SECRET)];
  for (const form of forms) {
    const refused = await failureOf(() => new Response(`bad token ${form}!`, { status: 401 }));
    expect(refused.detail).toBe("awin programmes: HTTP 401: bad token ***!");
    const broken = await failureOf(() => Promise.reject(new Error(`GET /?token=${form} failed`)));
    expect(broken.detail).not.toContain(form);
  }
});

test("a secret at the edge of the longest detail is not cut into view", async () => {
  const failure = await failureOf(() => new Response(`${"x".repeat(260)}${SECRET}`, { status: 400 }));
  expect(failure.detail).not.toContain(SECRET.slice(0, 4));
  expect(failure.detail.length).toBeLessThanOrEqual(300);
});
