import { createRoute, z } from "@hono/zod-openapi";
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { takeLog } from "../../../test/support/logged.ts";
import { systemClock } from "../clock.ts";
import { AppError } from "../errors.ts";
import { newRoutes } from "./app.ts";
import { MAX_BODY_BYTES } from "./body.ts";
import { createRoot } from "./root.ts";

const routes = newRoutes();
routes.openapi(
  createRoute({
    method: "post",
    path: "/things/{id}",
    request: {
      params: z.object({ id: z.string() }),
      body: {
        required: true,
        content: {
          "application/json": {
            schema: z.strictObject({ name: z.string(), parts: z.array(z.object({ n: z.int() })) }),
          },
        },
      },
    },
    responses: {
      200: { description: "Echo.", content: { "application/json": { schema: z.object({ name: z.string() }) } } },
    },
  }),
  (c) => c.json({ name: c.req.valid("json").name }, 200),
);
routes.get("/things/:id", (c) => c.text("a thing"));
routes.get("/broken", () => {
  throw new Error("the inside of a bug");
});
routes.get("/busy", () => {
  throw new AppError("busy", { retry: true, detail: "Later.", headers: { "Retry-After": "2" }, extra: { waiting: 3 } });
});

const root = createRoot([{ name: "things", prefixes: ["/things", "/broken", "/busy"], routes }], {
  clock: systemClock,
  fetch: globalThis.fetch,
});

async function ask(path: string, init: RequestInit = {}) {
  return root.fetch(new Request(`https://sluice.test${path}`, init), env, createExecutionContext());
}

const post = (body: BodyInit, headers: Record<string, string> = { "Content-Type": "application/json" }) =>
  ask("/things/1", { method: "POST", body, headers });

interface Problem {
  code: string;
  status: number;
  title: string;
  detail: string;
  requestId: string;
  errors?: { path: string; message: string }[];
}

async function problemOf(answer: Response): Promise<Problem> {
  expect(answer.headers.get("Content-Type")).toBe("application/problem+json; charset=utf-8");
  const read = await answer.json<Problem>();
  expect(read.status).toBe(answer.status);
  expect(read.requestId).toBe(answer.headers.get("X-Request-Id"));
  return read;
}

test("every answer carries the caller's request id if it is well formed, else a new one", async () => {
  const own = await ask("/things/1", { headers: { "X-Request-Id": "my-request_1" } });
  expect(own.headers.get("X-Request-Id")).toBe("my-request_1");
  const fresh = await ask("/things/1", { headers: { "X-Request-Id": "no spaces, please" } });
  expect(fresh.headers.get("X-Request-Id")).toMatch(/^req_[0-9a-z]{21}$/);
  const failed = await ask("/nowhere", { headers: { "X-Request-Id": "my-request_1" } });
  expect(failed.headers.get("X-Request-Id")).toBe("my-request_1");
});

test("an unknown path is 404 not_found", async () => {
  expect(await problemOf(await ask("/nowhere"))).toMatchObject({ code: "not_found", status: 404, title: "Not Found" });
});

test("a wrong method is 405 and tells the right ones", async () => {
  const answer = await ask("/things/1", { method: "DELETE" });
  expect(answer.headers.get("Allow")).toBe("GET, HEAD, POST");
  expect(await problemOf(answer)).toMatchObject({ code: "method_not_allowed", status: 405 });
});

test("a body that is no JSON is 400 invalid_json", async () => {
  expect(await problemOf(await post("{"))).toMatchObject({ code: "invalid_json", status: 400 });
  expect(await problemOf(await post(""))).toMatchObject({ code: "invalid_json", status: 400 });
});

test("a body that the schema refuses is 400 invalid_request and names each field", async () => {
  const read = await problemOf(await post(JSON.stringify({ parts: [{ n: 1 }, { n: 1.5 }], extra: true })));
  expect(read.code).toBe("invalid_request");
  expect(read.errors?.map(({ path }) => path).toSorted()).toEqual(["extra", "name", "parts.1.n"]);
});

test("an integer that JavaScript cannot hold is refused, never rounded", async () => {
  const read = await problemOf(await post('{"name": "x", "parts": [{"n": 9007199254740993}]}'));
  expect(read).toMatchObject({ code: "invalid_request", errors: [{ path: "parts.0.n" }] });
});

test("a body without a type is taken for JSON; another type is 415", async () => {
  const bytes = new TextEncoder().encode('{"name": "x", "parts": []}');
  expect(await (await post(bytes, {})).json()).toEqual({ name: "x" });
  expect(await problemOf(await post("name=x", { "Content-Type": "text/plain" }))).toMatchObject({
    code: "unsupported_media_type",
    status: 415,
  });
});

test("a body over 1 MiB is 413, whether its length is declared or not", async () => {
  const large = new Uint8Array(MAX_BODY_BYTES + 1);
  expect(await problemOf(await post(large, { "Content-Length": String(large.byteLength) }))).toMatchObject({
    status: 413,
  });
  const streamed = new ReadableStream({
    pull(controller) {
      controller.enqueue(new Uint8Array(300_000));
    },
  });
  expect(await problemOf(await post(streamed))).toMatchObject({ code: "body_too_large", status: 413 });
});

test("a body of 1 MiB passes", async () => {
  const shell = JSON.stringify({ name: "", parts: [] });
  const body = JSON.stringify({ name: "x".repeat(MAX_BODY_BYTES - shell.length), parts: [] });
  expect((await post(body)).status).toBe(200);
});

test("a known failure keeps its headers and its own members", async () => {
  const answer = await ask("/busy");
  expect(answer.headers.get("Retry-After")).toBe("2");
  expect(await problemOf(answer)).toMatchObject({ code: "busy", status: 503, detail: "Later.", waiting: 3 });
});

test("a bug tells nothing but its request id, and is logged under it", async () => {
  const read = await problemOf(await ask("/broken"));
  expect(read).toMatchObject({ code: "internal_error", status: 500 });
  expect(JSON.stringify(read)).not.toContain("inside");
  const line = takeLog().find(({ event }) => event === "request_failed");
  expect(line).toMatchObject({ requestId: read.requestId, error: { message: "the inside of a bug" } });
});
