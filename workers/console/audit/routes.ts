// The doors of the audit: what operators changed. Reading only.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { newRoutes } from "../../../src/shared/http/app.ts";
import { csvResponse, everyPage } from "../../../src/shared/http/csv.ts";
import { MAX_LIMIT, listOf, listQuery } from "../../../src/shared/http/page.ts";
import { auditFilter, auditItem, auditQuery } from "./schema.ts";
import { auditPage } from "./service.ts";
import type { AuditItem } from "./service.ts";

const tags = ["audit"];

/** `/api/audit`. */
export const auditRoutes = newRoutes();

auditRoutes.openapi(
  createRoute({
    ...keyed("audit:read"),
    tags,
    method: "get",
    path: "/api/audit",
    summary: "Lists operator changes, newest first",
    request: { query: z.strictObject({ ...auditFilter, ...listQuery }) },
    responses: {
      200: { description: "A page of changes.", content: { "application/json": { schema: listOf(auditItem) } } },
    },
  }),
  async (c) => {
    const { limit, cursor, ...query } = c.req.valid("query");
    return c.json(await auditPage(c.env, query, limit, cursor), 200);
  },
);

auditRoutes.openapi(
  createRoute({
    ...keyed("audit:read"),
    tags,
    method: "get",
    path: "/api/audit.csv",
    summary: "Operator changes as CSV",
    request: { query: auditQuery },
    responses: { 200: { description: "CSV.", content: { "text/csv": { schema: z.string() } } } },
  }),
  (c) => {
    const wanted = c.req.valid("query");
    const names = ["id", "at", "actor", "action", "subject", "before", "after", "requestId"] as const;
    const columns = names.map((name) => ({ name, value: (item: AuditItem) => item[name] }));
    return csvResponse(
      columns,
      everyPage((cursor) => auditPage(c.env, wanted, MAX_LIMIT, cursor)),
    );
  },
);
