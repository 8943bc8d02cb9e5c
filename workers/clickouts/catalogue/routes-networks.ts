// The doors of networks: a short list that is never paged, and their switch.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { csvResponse } from "../../../src/shared/http/csv.ts";
import type { Column } from "../../../src/shared/http/csv.ts";
import { listOf, listQuery } from "../../../src/shared/http/page.ts";
import type { Routes } from "../../../src/shared/system.ts";
import { body, csvAnswer, json } from "../routes-answers.ts";
import type { Open } from "../routes-doors.ts";
import * as schema from "./schema.ts";
import type { NetworkView } from "./schema.ts";
import { changeNetwork, listNetworks } from "./service-networks.ts";

const path = "/api/clickouts/networks";
const query = z.strictObject(listQuery);

const list = createRoute({
  ...keyed("clickouts:read"),
  method: "get",
  path,
  request: { query },
  responses: { 200: json(listOf(schema.networkView), "All networks by id, on one page.") },
});
const csv = createRoute({
  ...keyed("clickouts:read"),
  method: "get",
  path: `${path}.csv`,
  request: { query },
  responses: csvAnswer,
});
const change = createRoute({
  ...keyed("clickouts:write"),
  method: "patch",
  path: `${path}/{name}`,
  request: { params: schema.networkPath, body: body(schema.networkPatch) },
  responses: { 200: json(schema.networkView, "The network.") },
});

const columns: Column<NetworkView>[] = (
  ["networkId", "name", "enabled", "credentials", "circuit", "lastError", "lastRunAt"] as const
).map((name) => ({ name, value: (network) => network[name] }));

/** Adds the doors of networks. */
export function addNetworkRoutes(routes: Routes, open: Open): void {
  routes.openapi(list, async (c) => c.json({ items: await listNetworks(open(c)), nextCursor: null }, 200));
  routes.openapi(csv, async (c) => csvResponse(columns, await listNetworks(open(c))));
  routes.openapi(change, async (c) => {
    const { enabled } = c.req.valid("json");
    return c.json(await changeNetwork(open(c), c.req.valid("param").name, enabled), 200);
  });
}
