// The doors that look at visits: what was recorded, and what one would do. Reads only.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { json } from "../../../src/shared/http/answers.ts";
import { addList } from "../../../src/shared/http/list.ts";
import type { Routes } from "../../../src/shared/system.ts";
import type { ClickoutDoors, Open } from "../routes-doors.ts";
import * as schema from "./schema.ts";
import { listVisits } from "./service-visits.ts";

const read = keyed("clickouts:read");

const explained = createRoute({
  ...read,
  method: "get",
  path: "/api/clickouts/explain",
  description: "What `/visit` would do, step by step. It calls no upstream and records nothing.",
  request: { query: schema.explainQuery },
  responses: { 200: json(z.record(z.string(), z.unknown()), "The steps and their outcome.") },
});

/** Adds the doors of visits. */
export function addVisitRoutes(routes: Routes, open: Open, explain: ClickoutDoors["explain"]): void {
  addList(routes, open, {
    ...read,
    path: "/api/clickouts/visits",
    description: "Without `from` the last 31 days.",
    filter: schema.visitsFilter,
    item: schema.visitView,
    answer: "Clickouts, newest first.",
    columns: [
      ...(["clickoutId", "at", "url", "storeId", "network", "ruleVersion", "outcome", "reason"] as const),
      { name: "tried", value: ({ tried }) => tried.map(({ network, reason }) => `${network}:${reason}`).join(" ") },
      ...(["cache", "bot", "duplicate", "country", "referrerHost", "ref"] as const),
    ],
    page: (op, { store_id: storeId, from: fromMs, to: toMs, ...rest }, limit, cursor) =>
      listVisits(op, { ...rest, storeId, fromMs, toMs }, limit, cursor),
  });
  routes.openapi(explained, async (c) => {
    const { url, ref, at } = c.req.valid("query");
    const asked = { url, ...(ref === undefined ? {} : { ref }), ...(at === undefined ? {} : { atMs: at }) };
    return c.json({ ...(await explain(c.env, c.get("deps"), asked)) }, 200);
  });
}
