// The operator's doors of tenants. A key goes in and never comes out.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../src/shared/auth/requires.ts";
import { csvResponse, everyPage } from "../../src/shared/http/csv.ts";
import type { Column } from "../../src/shared/http/csv.ts";
import { MAX_LIMIT, decodeCursor, listOf, listQuery } from "../../src/shared/http/page.ts";
import type { Routes } from "../../src/shared/system.ts";
import { body, csvAnswer, json } from "./routes-doors.ts";
import type { Open } from "./routes-doors.ts";
import * as schema from "./schema.ts";
import type { TenantView } from "./schema.ts";
import { listTenants, replaceKey } from "./service-tenants.ts";

const path = "/api/audiences/tenants";
const query = z.strictObject(listQuery);
const read = keyed("audiences:read");

const list = createRoute({
  ...read,
  method: "get",
  path,
  request: { query },
  responses: { 200: json(listOf(schema.tenantView), "Tenants by workspace.") },
});
const csv = createRoute({ ...read, method: "get", path: `${path}.csv`, request: { query }, responses: csvAnswer });
const put = createRoute({
  ...keyed("audiences:write"),
  method: "put",
  path: `${path}/{workspaceId}`,
  description: "Gives the tenant a key to try; its buffers resume at once.",
  request: { params: schema.tenantPath, body: body(schema.tenantBody) },
  responses: { 200: json(schema.tenantView.pick({ workspaceId: true, state: true, since: true }), "Taken.") },
});

const columns: Column<TenantView>[] = Object.keys(schema.tenantView.shape).map((name) => ({
  name,
  value: (item) => item[name as keyof TenantView],
}));

const after = (cursor: string | undefined) => decodeCursor(cursor, z.string());

/** Adds the doors of tenants. */
export function addTenantRoutes(routes: Routes, open: Open): void {
  routes.openapi(list, async (c) => {
    const { limit, cursor } = c.req.valid("query");
    return c.json(await listTenants(open(c), limit, after(cursor)), 200);
  });
  routes.openapi(csv, (c) => {
    const op = open(c);
    return csvResponse(
      columns,
      everyPage((cursor) => listTenants(op, MAX_LIMIT, after(cursor))),
    );
  });
  routes.openapi(put, async (c) =>
    c.json(await replaceKey(open(c), c.req.valid("param").workspaceId, c.req.valid("json").apiToken), 200),
  );
}
