// The door by which stores come by the hundred.
import { createRoute } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { json } from "../../../src/shared/http/answers.ts";
import { withPieces } from "../../../src/shared/http/large-body.ts";
import type { Routes } from "../../../src/shared/system.ts";
import type { Open } from "../routes-doors.ts";
import { importQuery, importView } from "./schema.ts";
import { importStores } from "./service-import.ts";

/** It reads its own body. */
export const IMPORT_PATH = "/api/clickouts/stores.csv";

const MAX_BYTES = 32 * 1024 * 1024;

const put = createRoute({
  ...keyed("clickouts:write"),
  method: "put",
  path: IMPORT_PATH,
  description:
    "A row for each relation or domain: `name,domain,network,externalId,priority`. Rows of one name are one store: that which has one of the domains, else a new one. What is there stays; a store without a rule gets its first one. All of the file or, where a line is wrong, nothing.",
  request: {
    query: importQuery,
    body: { required: true, content: { "text/csv": { schema: { type: "string" as const } } } },
  },
  responses: { 200: json(importView, "What was brought, or with `dryRun` would be.") },
});

/** Adds the door of imports. */
export function addImportRoute(routes: Routes, open: Open): void {
  routes.openapi(put, async (c) => {
    const { dryRun } = c.req.valid("query");
    return c.json(await withPieces(c, MAX_BYTES, (pieces) => importStores(open(c), pieces, dryRun)), 200);
  });
}
