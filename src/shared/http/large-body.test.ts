import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { takeLog } from "../../../test/support/logged.ts";
import { AppError } from "../errors.ts";
import { newRoutes } from "./app.ts";
import { MAX_BODY_BYTES } from "./body.ts";
import { Turn, parseJson, withBody, withPieces } from "./large-body.ts";
import { createRoot } from "./root.ts";

const MAX = 3 * MAX_BODY_BYTES;
const nowMs = 1_000_000;
let finish = Promise.withResolvers<void>();

const routes = newRoutes();
routes.post("/bulk", (c) => withBody(c, MAX, async (text) => c.json({ length: text.length })));
routes.post("/bulk/slow", (c) =>
  withBody(c, MAX, async (text) => {
    await finish.promise;
    return c.json({ length: text.length });
  }),
);
routes.post("/bulk/parsed", (c) => withBody(c, MAX, async (text) => c.json({ read: parseJson(text) })));
routes.post("/bulk/failing", (c) =>
  withBody(c, MAX, async () => {
    throw new AppError("invalid_request", { retry: false, detail: "Not this." });
  }),
);
routes.post("/bulk/pieces", (c) =>
  withPieces(c, MAX, async (pieces) => {
    const lengths = [];
    let text = "";
    for await (const piece of pieces) {
      lengths.push(piece.length);
      text = (text + piece).slice(-20);
      if (text.endsWith("wait")) await finish.promise;
    }
    return c.json({ length: lengths.reduce((sum, n) => sum + n, 0), most: Math.max(0, ...lengths), text });
  }),
);
const root = createRoot([{ name: "bulk", prefixes: ["/bulk"], largeBodies: ["/bulk"], routes }], {
  clock: () => nowMs,
  fetch: globalThis.fetch,
});

/** A body without a declared length. */
function streamed(size: number, fill = 97): ReadableStream<Uint8Array> {
  let left = size;
  return new ReadableStream({
    pull(controller) {
      const part = Math.min(left, 100_000);
      left -= part;
      if (part > 0) controller.enqueue(new Uint8Array(part).fill(fill));
      if (left === 0) controller.close();
    },
  });
}

async function post(path: string, body: BodyInit) {
  const request = new Request(`https://sluice.test${path}`, { method: "POST", body });
  const answer = await root.fetch(request, env, createExecutionContext());
  return { status: answer.status, headers: answer.headers, json: await answer.json<Record<string, unknown>>() };
}

test("a body over 1 MiB is read, whether its length is declared or not", async () => {
  expect(await post("/bulk", "a".repeat(MAX))).toMatchObject({ status: 200, json: { length: MAX } });
  expect(await post("/bulk", streamed(MAX))).toMatchObject({ status: 200, json: { length: MAX } });
});

test("a short body that tells its length is the same text; one that is not UTF-8 is refused, and the next one read", async () => {
  const given = [
    [new TextEncoder().encode('\u{FEFF}"ü \u{FFFD}"'), 200, { read: "ü \u{FFFD}" }],
    [Uint8Array.of(34, 0xc3, 34), 400, { code: "invalid_json" }],
    [Uint8Array.of(34, 97, 34), 200, { read: "a" }],
  ] as const;
  for (const [body, status, json] of given) {
    const headers = { "Content-Length": String(body.byteLength) };
    const request = new Request("https://sluice.test/bulk/parsed", { method: "POST", body, headers });
    const answer = await root.fetch(request, env, createExecutionContext());
    expect({ status: answer.status, json: await answer.json() }).toMatchObject({ status, json });
  }
});

test("a body over the door's limit is 413, whether its length is declared or not", async () => {
  expect(await post("/bulk", "a".repeat(MAX + 1))).toMatchObject({ status: 413, json: { code: "body_too_large" } });
  expect(await post("/bulk", streamed(MAX + 1))).toMatchObject({ status: 413, json: { code: "body_too_large" } });
});

test.each(["declared", "streamed"])("a second large body (%s) is busy until the first is done", async (how) => {
  finish = Promise.withResolvers();
  const first = post("/bulk/slow", "a".repeat(MAX));
  await new Promise((resolve) => setTimeout(resolve, 20));
  const large = () => post("/bulk", how === "declared" ? "a".repeat(MAX) : streamed(MAX));
  const second = await large();
  expect(second).toMatchObject({ status: 503, json: { code: "busy" } });
  expect(second.headers.get("Retry-After")).toBe("1");
  // Bodies up to 1 MiB never wait.
  expect((await post("/bulk", "a".repeat(MAX_BODY_BYTES))).status).toBe(200);
  finish.resolve();
  expect((await first).status).toBe(200);
  expect((await large()).status).toBe(200);
  takeLog();
});

test("a failure gives the turn back", async () => {
  for (const size of [MAX, MAX + 1]) {
    expect((await post("/bulk/failing", streamed(size))).status).toBe(size > MAX ? 413 : 400);
  }
  expect((await post("/bulk", "a".repeat(MAX))).status).toBe(200);
});

test("what is not UTF-8 or not JSON is invalid_json", async () => {
  expect(await post("/bulk", streamed(10, 0xff))).toMatchObject({ status: 400, json: { code: "invalid_json" } });
  expect(await post("/bulk/parsed", '{"a":')).toMatchObject({ status: 400, json: { code: "invalid_json" } });
  expect(await post("/bulk/parsed", "")).toMatchObject({ status: 400, json: { code: "invalid_json" } });
  expect(await post("/bulk/parsed", '\uFEFF{"á":1}')).toMatchObject({ status: 200, json: { read: { á: 1 } } });
});

test("a body is handed over piece by piece, never more than a piece at a time", async () => {
  const { status, json } = await post("/bulk/pieces", streamed(MAX));
  expect([status, json["length"]]).toEqual([200, MAX]);
  expect(json["most"]).toBeLessThan(MAX / 2);
  // A letter of two bytes that lies across two pieces stays one.
  const [head, tail] = [new Uint8Array([0x61, 0xc3]), new Uint8Array([0xa1])];
  const split = new ReadableStream({
    start(controller) {
      for (const part of [head, tail]) controller.enqueue(part);
      controller.close();
    },
  });
  expect((await post("/bulk/pieces", split)).json["text"]).toBe("aá");
});

test("a body in pieces is refused like any other: too large, busy, no text", async () => {
  for (const body of ["a".repeat(MAX + 1), streamed(MAX + 1)]) {
    expect(await post("/bulk/pieces", body)).toMatchObject({ status: 413, json: { code: "body_too_large" } });
  }
  expect(await post("/bulk/pieces", streamed(10, 0xff))).toMatchObject({
    status: 400,
    json: { code: "invalid_request", detail: "The body is not text in UTF-8." },
  });
  finish = Promise.withResolvers();
  const first = post("/bulk/pieces", `${"a".repeat(MAX - 4)}wait`);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(await post("/bulk", streamed(MAX))).toMatchObject({ status: 503, json: { code: "busy" } });
  finish.resolve();
  expect((await first).status).toBe(200);
  expect((await post("/bulk", streamed(MAX))).status).toBe(200);
  takeLog();
});

test("a turn that is never given back runs out", () => {
  const turn = new Turn();
  const [gone, next, third] = [{}, {}, {}];
  turn.take(gone, 0);
  turn.take(gone, 1);
  expect(() => turn.take(next, 39_999)).toThrow("busy");
  turn.take(next, 40_000);
  // The one that was thought gone comes back: it does not free what is another's.
  turn.release(gone);
  expect(() => turn.take(third, 40_001)).toThrow("busy");
  turn.release(next);
  turn.take(third, 40_002);
});
