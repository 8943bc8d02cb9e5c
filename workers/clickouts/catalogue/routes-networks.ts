// The doors of networks: a short list that is never paged, and their switch.
import { createRoute } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { body, json } from "../../../src/shared/http/answers.ts";
import { addList } from "../../../src/shared/http/list.ts";
import type { Routes } from "../../../src/shared/system.ts";
import type { Open } from "../routes-doors.ts";
import * as schema from "./schema.ts";
import { changeNetwork, listNetworks } from "./service-networks.ts";

const path = "/api/clickouts/networks";

const change = createRoute({
  ...keyed("clickouts:write"),
  method: "patch",
  path: `${path}/{name}`,
  request: { params: schema.networkPath, body: body(schema.networkPatch) },
  responses: { 200: json(schema.networkView, "The network.") },
});

/** Adds the doors of networks. */
export function addNetworkRoutes(routes: Routes, open: Open): void {
  addList(routes, open, {
    ...keyed("clickouts:read"),
    path,
    item: schema.networkView,
    answer: "All networks by id, on one page.",
    page: async (op) => ({ items: await listNetworks(op), nextCursor: null }),
  });
  routes.openapi(change, async (c) => {
    const { enabled } = c.req.valid("json");
    return c.json(await changeNetwork(open(c), c.req.valid("param").name, enabled), 200);
  });
}
