// The operator's doors of clickouts: parse, call the verb, answer. `/visit` is not here: it passes no middleware.
import { createRoute, z } from "@hono/zod-openapi";
import { json } from "../../src/shared/http/answers.ts";
import { newRoutes } from "../../src/shared/http/app.ts";
import type { Routes } from "../../src/shared/system.ts";
import type { ClickoutDoors, Open } from "./routes-doors.ts";
import { addNetworkRoutes } from "./catalogue/routes-networks.ts";
import { addReportRoutes } from "./earnings/routes-report.ts";
import { addTransactionRoutes } from "./earnings/routes-transactions.ts";
import { addReplayRoute } from "./clicks/routes-replay.ts";
import { addImportRoute } from "./catalogue/routes-import.ts";
import { addRuleRoutes } from "./catalogue/routes-rules.ts";
import { addStoreRoutes } from "./catalogue/routes-stores.ts";
import { addVisitRoutes } from "./clicks/routes-visits.ts";
import { openOperation } from "./service.ts";

/** All doors of clickouts but `/visit`. */
export function clickoutRoutes({ data, explain }: ClickoutDoors): Routes {
  const routes = newRoutes();
  const open: Open = (c) =>
    openOperation({
      env: c.env,
      deps: c.get("deps"),
      data,
      actor: c.get("actor").id,
      requestId: c.get("requestId"),
    });
  const status = createRoute({
    method: "get",
    path: "/status",
    summary: "Says that the service runs; it asks nothing else.",
    responses: { 200: json(z.object({ status: z.literal("ok") }), "It runs.") },
  });
  routes.openapi(status, (c) => c.json({ status: "ok" as const }, 200));
  addStoreRoutes(routes, open);
  addImportRoute(routes, open);
  addNetworkRoutes(routes, open);
  addRuleRoutes(routes, open);
  addVisitRoutes(routes, open, explain);
  addTransactionRoutes(routes, open);
  addReportRoutes(routes, open);
  addReplayRoute(routes);
  return routes;
}
