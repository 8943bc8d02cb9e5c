// The operator's doors: sites, deliveries, and what was set aside, each with its CSV twin.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../src/shared/auth/requires.ts";
import { csvResponse, everyPage } from "../../src/shared/http/csv.ts";
import type { Column } from "../../src/shared/http/csv.ts";
import { MAX_LIMIT, decodeCursor, listOf, listQuery } from "../../src/shared/http/page.ts";
import type { Routes } from "../../src/shared/system.ts";
import { csvAnswer, json } from "./routes-answers.ts";
import type { Open } from "./routes-answers.ts";
import * as schema from "./schema.ts";
import type { Operation } from "./service.ts";
import { listParked, replayParked } from "./service-parked.ts";
import { listDeliveries, listSites } from "./service-views.ts";

const read = keyed("visitors:read");
const tags = ["visitors"];

type Page<T> = Promise<{ items: T[]; nextCursor: string | null }>;

/** Adds a list and its CSV twin; the columns are the item's fields. */
function addList<T extends object, F extends z.ZodRawShape>(
  routes: Routes,
  open: Open,
  door: {
    path: string;
    summary: string;
    item: z.ZodObject;
    filter: F;
    page: (op: Operation, filter: z.output<z.ZodObject<F>>, cursor: string | undefined, limit: number) => Page<T>;
  },
): void {
  const { path, summary, item, filter, page } = door;
  const query = z.strictObject({ ...listQuery, ...filter });
  const list = createRoute({
    ...read,
    tags,
    method: "get",
    path,
    summary,
    request: { query },
    responses: { 200: json(listOf(item), "A page.") },
  });
  const twin = createRoute({
    ...read,
    tags,
    method: "get",
    path: `${path}.csv`,
    summary: `${summary}, as CSV`,
    request: { query },
    responses: csvAnswer,
  });
  const columns = Object.keys(item.shape).map((name): Column<T> => ({ name, value: (row) => row[name as keyof T] }));
  routes.openapi(list, async (c) => {
    const { limit, cursor, ...rest } = c.req.valid("query") as z.output<z.ZodObject<typeof listQuery>>;
    const answer = await page(open(c), rest as z.output<z.ZodObject<F>>, cursor, limit);
    // The list's own schema is known only where it is added.
    return c.json(answer as never, 200);
  });
  routes.openapi(twin, (c) => {
    const { limit: _, cursor: __, ...rest } = c.req.valid("query") as z.output<z.ZodObject<typeof listQuery>>;
    const op = open(c);
    return csvResponse(
      columns,
      everyPage((cursor) => page(op, rest as z.output<z.ZodObject<F>>, cursor, MAX_LIMIT)),
    );
  });
}

const replay = createRoute({
  ...keyed("visitors:write"),
  tags,
  method: "post",
  path: "/api/visitors/parked/replay",
  summary: "Reads quarantined elements again and sends parked attributes again, with their own event times",
  request: { body: { required: true, content: { "application/json": { schema: schema.replayBody } } } },
  responses: { 202: json(z.object({ replayed: z.int() }), "How many came back.") },
});

/** Adds the doors below `/api/visitors`. */
export function addViewRoutes(routes: Routes, open: Open): void {
  addList(routes, open, {
    path: "/api/visitors/sites",
    summary: "Sites, how their access stands, and what waits",
    item: schema.siteItem,
    filter: {},
    page: (op, _filter, cursor, limit) => listSites(op, decodeCursor(cursor, z.string()) ?? "", limit),
  });
  addList(routes, open, {
    path: "/api/visitors/deliveries",
    summary: "The newest 1,000 calls of each shard, newest first",
    item: schema.deliveryItem,
    filter: schema.deliveriesFilter,
    page: (op, filter, cursor, limit) => listDeliveries(op, filter, decodeCursor(cursor, schema.deliveryPlace), limit),
  });
  addList(routes, open, {
    path: "/api/visitors/parked",
    summary: "Elements that could not be read, and attributes that Maxymiser refused",
    item: schema.parkedItem,
    filter: schema.parkedFilter,
    page: (op, filter, cursor, limit) => listParked(op, filter, decodeCursor(cursor, schema.parkedPlace), limit),
  });
  routes.openapi(replay, async (c) => c.json({ replayed: await replayParked(open(c), c.req.valid("json")) }, 202));
}
