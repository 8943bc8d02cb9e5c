// The other doors of the replaced batch server: whether it lives, since when, and what it holds.
import { createRoute } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { text } from "../../../src/shared/http/answers.ts";
import type { Routes } from "../../../src/shared/system.ts";
import { TEXT, uptime } from "./compat.ts";
import type { Open } from "../routes-doors.ts";
import { cacheLines } from "../service-segments.ts";

const noStore = { "Cache-Control": "no-store" };

const ping = createRoute({
  method: "get",
  path: "/ping",
  summary: "Says that the service runs",
  responses: { 200: text("`pong`.") },
});
const upSince = createRoute({
  method: "get",
  path: "/uptime",
  summary: "For how long the running version has been deployed",
  responses: { 200: text("`{d}d:{h}h:{m}m:{s}s`.") },
});
const cache = createRoute({
  ...keyed("audiences:read", { compat: true }),
  method: "get",
  path: "/cache",
  summary: "What waits, a line for each segment and verb",
  responses: { 200: text("The lines, or `cache empty`.") },
});

/** Adds `/ping`, `/uptime`, `/cache`. */
export function addCompatRoutes(routes: Routes, open: Open): void {
  routes.openapi(ping, (c) => c.text(TEXT.pong, 200, noStore));
  routes.openapi(upSince, (c) =>
    c.text(uptime(Date.parse(c.env.VERSION.timestamp), c.get("deps").clock()), 200, noStore),
  );
  routes.openapi(cache, async (c) => {
    const lines = await cacheLines(open(c));
    return c.text(lines.length === 0 ? TEXT.cacheEmpty : lines.join("\n"), 200, noStore);
  });
}
