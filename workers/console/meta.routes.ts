// What the house says of itself: that it lives, which doors it has, what it counted.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../src/shared/auth/requires.ts";
import { isoTime } from "../../src/shared/clock.ts";
import { json, text } from "../../src/shared/http/answers.ts";
import { newRoutes } from "../../src/shared/http/app.ts";
import { EXPOSITION_TYPE } from "../../src/shared/telemetry/exposition.ts";
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
    responses: { 200: json(health, "It does.") },
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
    responses: { 200: text("The exposition.") },
  }),
  async (c) => {
    return c.text(await metricsDoor(c.env).exposition(), 200, {
      "Content-Type": EXPOSITION_TYPE,
      "Cache-Control": "no-store",
    });
  },
);
