// The operator's doors: sites, deliveries, and what was set aside, each with its CSV twin.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../src/shared/auth/requires.ts";
import { body, json } from "../../src/shared/http/answers.ts";
import { addList } from "../../src/shared/http/list.ts";
import type { Routes } from "../../src/shared/system.ts";
import type { Open } from "./routes-doors.ts";
import * as schema from "./schema.ts";
import { listParked, replayParked } from "./service-parked.ts";
import { listDeliveries, listSites } from "./service-views.ts";

const tags = ["visitors"];
const read = { ...keyed("visitors:read"), tags, answer: "A page." };

const replay = createRoute({
  ...keyed("visitors:write"),
  tags,
  method: "post",
  path: "/api/visitors/parked/replay",
  summary: "Reads quarantined elements again and sends parked attributes again, with their own event times",
  request: { body: body(schema.replayBody) },
  responses: { 202: json(z.object({ replayed: z.int() }), "How many came back.") },
});

/** Adds the doors below `/api/visitors`. */
export function addViewRoutes(routes: Routes, open: Open): void {
  addList(routes, open, {
    ...read,
    path: "/api/visitors/sites",
    summary: "Sites, how their access stands, and what waits",
    item: schema.siteItem,
    page: (op, _, limit, cursor) => listSites(op, limit, cursor),
  });
  addList(routes, open, {
    ...read,
    path: "/api/visitors/deliveries",
    summary: "The newest 1,000 calls of each shard, newest first",
    item: schema.deliveryItem,
    filter: schema.deliveriesFilter,
    page: listDeliveries,
  });
  addList(routes, open, {
    ...read,
    path: "/api/visitors/parked",
    summary: "Elements that could not be read, and attributes that Maxymiser refused",
    item: schema.parkedItem,
    filter: schema.parkedFilter,
    page: listParked,
  });
  routes.openapi(replay, async (c) => c.json({ replayed: await replayParked(open(c), c.req.valid("json")) }, 202));
}
