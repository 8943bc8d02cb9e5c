// The operator's doors of tenants. A key goes in and never comes out.
import { createRoute } from "@hono/zod-openapi";
import { keyed } from "../../src/shared/auth/requires.ts";
import { body, json } from "../../src/shared/http/answers.ts";
import { addList } from "../../src/shared/http/list.ts";
import type { Routes } from "../../src/shared/system.ts";
import type { Open } from "./routes-doors.ts";
import * as schema from "./schema.ts";
import { listTenants, replaceKey } from "./service-tenants.ts";

const path = "/api/audiences/tenants";

const put = createRoute({
  ...keyed("audiences:write"),
  method: "put",
  path: `${path}/{workspaceId}`,
  description: "Gives the tenant a key to try; its buffers resume at once.",
  request: { params: schema.tenantPath, body: body(schema.tenantBody) },
  responses: { 200: json(schema.tenantView.pick({ workspaceId: true, state: true, since: true }), "Taken.") },
});

/** Adds the doors of tenants. */
export function addTenantRoutes(routes: Routes, open: Open): void {
  addList(routes, open, {
    ...keyed("audiences:read"),
    path,
    item: schema.tenantView,
    answer: "Tenants by workspace.",
    page: (op, _, limit, cursor) => listTenants(op, limit, cursor),
  });
  routes.openapi(put, async (c) =>
    c.json(await replaceKey(open(c), c.req.valid("param").workspaceId, c.req.valid("json").apiToken), 200),
  );
}
