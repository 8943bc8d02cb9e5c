// The doors of the audit: what operators changed. Reading only.
import { createRoute, z } from "@hono/zod-openapi";
import { listAudit } from "../../src/shared/audit/list.ts";
import type { AuditFilter, AuditRow } from "../../src/shared/audit/list.ts";
import { keyed } from "../../src/shared/auth/requires.ts";
import { isoTime } from "../../src/shared/clock.ts";
import { database } from "../../src/shared/db/client.ts";
import { newRoutes } from "../../src/shared/http/app.ts";
import { csvResponse, everyPage } from "../../src/shared/http/csv.ts";
import { MAX_LIMIT, decodeCursor, listOf, listQuery, pageOf } from "../../src/shared/http/page.ts";

const auditItem = z
  .object({
    id: z.string(),
    at: z.string(),
    actor: z.string(),
    action: z.string(),
    subject: z.string(),
    before: z.unknown(),
    after: z.unknown(),
    requestId: z.string().nullable(),
  })
  .openapi("AuditRow");

const filter = {
  actor: z.string().max(100).optional(),
  action: z.string().max(100).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
};

const filterQuery = z.strictObject(filter);
const tags = ["audit"];

/** What was stored as JSON comes back as it was. */
type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

function itemOf({ at, before, after, ...row }: AuditRow) {
  return { ...row, at: isoTime(at), before: before as Json, after: after as Json };
}

function filterOf(query: z.output<typeof filterQuery>): AuditFilter {
  const ms = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text));
  return { actor: query.actor, action: query.action, fromMs: ms(query.from), toMs: ms(query.to) };
}

async function page(env: Env, wanted: AuditFilter, limit: number, cursor: string | undefined) {
  const beforeId = decodeCursor(cursor, z.string());
  const rows = await listAudit(database(env), { ...wanted, beforeId }, limit + 1);
  return pageOf(rows.map(itemOf), limit, (last) => last.id);
}

/** `/api/audit`. */
export const auditRoutes = newRoutes();

auditRoutes.openapi(
  createRoute({
    ...keyed("audit:read"),
    tags,
    method: "get",
    path: "/api/audit",
    summary: "Lists operator changes, newest first",
    request: { query: z.strictObject({ ...filter, ...listQuery }) },
    responses: {
      200: { description: "A page of changes.", content: { "application/json": { schema: listOf(auditItem) } } },
    },
  }),
  async (c) => {
    const { limit, cursor, ...query } = c.req.valid("query");
    return c.json(await page(c.env, filterOf(query), limit, cursor), 200);
  },
);

auditRoutes.openapi(
  createRoute({
    ...keyed("audit:read"),
    tags,
    method: "get",
    path: "/api/audit.csv",
    summary: "Operator changes as CSV",
    request: { query: filterQuery },
    responses: { 200: { description: "CSV.", content: { "text/csv": { schema: z.string() } } } },
  }),
  (c) => {
    const wanted = filterOf(c.req.valid("query"));
    const names = ["id", "at", "actor", "action", "subject", "before", "after", "requestId"] as const;
    const columns = names.map((name) => ({ name, value: (item: ReturnType<typeof itemOf>) => item[name] }));
    return csvResponse(
      columns,
      everyPage((cursor) => page(c.env, wanted, MAX_LIMIT, cursor)),
    );
  },
);
