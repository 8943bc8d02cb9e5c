// What the house says of itself: that it lives, which doors it has, what it counted.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../src/shared/auth/requires.ts";
import { isoTime } from "../../src/shared/clock.ts";
import { newRoutes } from "../../src/shared/http/app.ts";
import { metricsDoor } from "../../src/shared/telemetry/metrics.ts";

const health = z.object({ status: z.literal("ok"), version: z.string(), time: z.string() }).openapi("Health");
const tags = ["house"];

/** `/health`, `/openapi.json`, `/metrics`. */
export const metaRoutes = newRoutes();

metaRoutes.openapi(
  createRoute({
    tags,
    method: "get",
    path: "/health",
    summary: "Says that the Worker answers; touches no storage",
    responses: { 200: { description: "It does.", content: { "application/json": { schema: health } } } },
  }),
  (c) => {
    const { id, tag } = c.env.VERSION;
    c.header("Cache-Control", "no-store");
    return c.json({ status: "ok" as const, version: tag || id, time: isoTime(c.get("deps").clock()) }, 200);
  },
);

metaRoutes.get("/openapi.json", (c) => c.json(c.get("house").openApi()));

metaRoutes.openapi(
  createRoute({
    ...keyed("metrics:read"),
    tags,
    method: "get",
    path: "/metrics",
    summary: "All metrics as Prometheus text 0.0.4",
    responses: { 200: { description: "The exposition.", content: { "text/plain": { schema: z.string() } } } },
  }),
  async (c) => {
    const text = await metricsDoor(c.env).exposition();
    return c.text(text, 200, {
      "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
      "Cache-Control": "no-store",
    });
  },
);
