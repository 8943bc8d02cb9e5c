// The bridge over a real socket: what is whole arrives whole, what breaks is seen to break.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { createSandbox } from "./apps.ts";
import { bridgedServer } from "./bridge.ts";

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

async function listening(handle: (request: Request) => Response | Promise<Response>) {
  const server = bridgedServer(handle);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stops.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it("carries method, headers, body and address both ways", async () => {
  const origin = await listening(async (request) => {
    const headers = { "X-Method": request.method, "X-Url": request.url };
    return new Response(await request.text(), { status: 201, headers });
  });
  const response = await fetch(`${origin}/a?b=c`, { method: "POST", body: "olá" });
  expect(response.status).toBe(201);
  expect(response.headers.get("X-Url")).toBe(`${origin}/a?b=c`);
  expect(response.headers.get("X-Method")).toBe("POST");
  expect(await response.text()).toBe("olá");
});

it("a caller that goes away aborts the request's signal", async () => {
  const aborted = Promise.withResolvers<void>();
  const origin = await listening((request) => {
    request.signal.addEventListener("abort", () => aborted.resolve());
    return aborted.promise.then(() => new Response("late"));
  });
  const caller = new AbortController();
  const call = fetch(origin, { signal: caller.signal });
  setTimeout(() => caller.abort(), 20);
  await expect(call).rejects.toThrow();
  await aborted.promise;
});

it("a torn body reaches the caller as a broken connection", async () => {
  const { app, simulators } = createSandbox();
  const origin = await listening((request) => app.fetch(request));
  simulators.magazinevoce.faults.set({ mode: "torn" });
  const response = await fetch(`${origin}/magazinevoce/magazinesluice/`);
  expect(response.status).toBe(200);
  const reader = response.body?.getReader();
  const half = await reader?.read();
  expect(new TextDecoder().decode(half?.value)).toBe("<h1>magazin");
  await expect(reader?.read()).rejects.toThrow();
});

it("an endless body stops when the caller leaves, and the next call is served", async () => {
  const { app, simulators } = createSandbox();
  const origin = await listening((request) => app.fetch(request));
  simulators.magazinevoce.faults.set({ mode: "huge", times: 1 });
  const response = await fetch(`${origin}/magazinevoce/magazinesluice/`);
  await response.body?.cancel();
  const next = await fetch(`${origin}/magazinevoce/magazinesluice/`);
  expect(await next.text()).toContain("magazinesluice");
});
