// The doors that look at visits: what was recorded, and what one would do. Reads only.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { csvResponse, everyPage } from "../../../src/shared/http/csv.ts";
import type { Column } from "../../../src/shared/http/csv.ts";
import { decodeCursor, listOf, listQuery, MAX_LIMIT } from "../../../src/shared/http/page.ts";
import type { Routes } from "../../../src/shared/system.ts";
import type { ClickFilter, ClickRow } from "./click.ts";
import { csvAnswer, json } from "../routes-answers.ts";
import type { ClickoutDoors, Open } from "../routes-doors.ts";
import * as schema from "../catalogue/schema.ts";
import { listVisits } from "./service-visits.ts";

const read = keyed("clickouts:read");
const path = "/api/clickouts/visits";
const query = z.strictObject({ ...listQuery, ...schema.visitsFilter });

const list = createRoute({
  ...read,
  method: "get",
  path,
  description: "Without `from` the last 31 days.",
  request: { query },
  responses: { 200: json(listOf(schema.visitView), "Clickouts, newest first.") },
});
const csv = createRoute({ ...read, method: "get", path: `${path}.csv`, request: { query }, responses: csvAnswer });
const explained = createRoute({
  ...read,
  method: "get",
  path: "/api/clickouts/explain",
  description: "What `/visit` would do, step by step. It calls no upstream and records nothing.",
  request: { query: schema.explainQuery },
  responses: { 200: json(z.record(z.string(), z.unknown()), "The steps and their outcome.") },
});

const columns: Column<ClickRow>[] = [
  ...(["clickoutId", "at", "url", "storeId", "network", "ruleVersion", "outcome", "reason"] as const).map(
    (name): Column<ClickRow> => ({ name, value: (visit) => visit[name] }),
  ),
  { name: "tried", value: (visit) => visit.tried.map(({ network, reason }) => `${network}:${reason}`).join(" ") },
  ...(["cache", "bot", "duplicate", "country", "referrerHost", "ref"] as const).map((name): Column<ClickRow> => ({
    name,
    value: (visit) => visit[name],
  })),
];

function filterOf(given: Omit<z.output<typeof query>, "limit">): ClickFilter {
  const { cursor, store_id: storeId, from: fromMs, to: toMs, ...rest } = given;
  return { ...rest, storeId, fromMs, toMs, beforeId: beforeOf(cursor) };
}

function beforeOf(cursor: string | undefined): string | undefined {
  return decodeCursor(cursor, z.string().regex(/^[0-9a-z]{26}$/));
}

/** Adds the doors of visits. */
export function addVisitRoutes(routes: Routes, open: Open, explain: ClickoutDoors["explain"]): void {
  routes.openapi(list, async (c) => {
    const { limit, ...filter } = c.req.valid("query");
    return c.json(await listVisits(open(c), filterOf(filter), limit), 200);
  });
  routes.openapi(csv, (c) => {
    const { limit: _, cursor: __, ...given } = c.req.valid("query");
    const op = open(c);
    const filter = filterOf(given);
    const page = (cursor: string | undefined) => listVisits(op, { ...filter, beforeId: beforeOf(cursor) }, MAX_LIMIT);
    return csvResponse(columns, everyPage(page));
  });
  routes.openapi(explained, async (c) => {
    const { url, ref, at } = c.req.valid("query");
    const asked = { url, ...(ref === undefined ? {} : { ref }), ...(at === undefined ? {} : { atMs: at }) };
    return c.json({ ...(await explain(c.env, c.get("deps"), asked)) }, 200);
  });
}
