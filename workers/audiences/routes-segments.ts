// The operator's doors of segments: how each buffer stands, what is parked, and what may be done about it.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../src/shared/auth/requires.ts";
import { csvResponse, everyPage } from "../../src/shared/http/csv.ts";
import type { Column } from "../../src/shared/http/csv.ts";
import { MAX_LIMIT, decodeCursor, listOf, listQuery } from "../../src/shared/http/page.ts";
import type { Routes } from "../../src/shared/system.ts";
import { body, csvAnswer, json } from "./routes-doors.ts";
import type { Open } from "./routes-doors.ts";
import * as schema from "./schema.ts";
import type { ParkedView, SegmentView } from "./schema.ts";
import {
  flushSegment,
  getSegment,
  listParked,
  listSegments,
  renameSegment,
  replaySegment,
} from "./service-segments.ts";

const read = keyed("audiences:read");
const write = keyed("audiences:write");
const path = "/api/audiences/segments";
const one = `${path}/{id}`;
const query = z.strictObject({ ...listQuery, ...schema.segmentsFilter });
const parkedQuery = z.strictObject(listQuery);
const params = schema.segmentPath;

const segment = json(schema.segmentView, "The segment.");
const list = createRoute({
  ...read,
  method: "get",
  path,
  request: { query },
  responses: {
    200: json(listOf(schema.segmentView), "Segments by workspace, environment and name, as they stand now."),
  },
});
const csv = createRoute({ ...read, method: "get", path: `${path}.csv`, request: { query }, responses: csvAnswer });
const get = createRoute({ ...read, method: "get", path: one, request: { params }, responses: { 200: segment } });
const rename = createRoute({
  ...write,
  method: "put",
  path: one,
  description: "Changes go to the segment of this name from now on.",
  request: { params, body: body(schema.renameBody) },
  responses: { 200: segment },
});
const flush = createRoute({
  ...write,
  method: "post",
  path: `${one}/flush`,
  request: { params },
  responses: { 202: json(z.object({ pending: z.int() }), "It is being sent.") },
});
const replay = createRoute({
  ...write,
  method: "post",
  path: `${one}/replay`,
  description: "Without `mpids` all that is parked.",
  request: { params, body: body(schema.replayBody, false) },
  responses: { 202: json(z.object({ replayed: z.int() }), "They wait again.") },
});
const parked = createRoute({
  ...read,
  method: "get",
  path: `${one}/parked`,
  request: { params, query: parkedQuery },
  responses: { 200: json(listOf(schema.parkedView), "Parked changes by MPID.") },
});
const parkedCsv = createRoute({
  ...read,
  method: "get",
  path: `${one}/parked.csv`,
  request: { params, query: parkedQuery },
  responses: csvAnswer,
});

const columns: Column<SegmentView>[] = Object.keys(schema.segmentView.shape).map((name) => ({
  name,
  value: (item) => item[name as keyof SegmentView],
}));
const parkedColumns: Column<ParkedView>[] = Object.keys(schema.parkedView.shape).map((name) => ({
  name,
  value: (item) => item[name as keyof ParkedView],
}));

/** Rows of a CSV that are asked of their objects; an invocation may make 10,000 calls. The others show what they last told. */
const MAX_LIVE_ROWS = 5_000;

const afterSegment = (cursor: string | undefined) => decodeCursor(cursor, schema.segmentPosition);
const afterMpid = (cursor: string | undefined) => decodeCursor(cursor, schema.parkedPosition);

/** Adds the doors of segments. */
export function addSegmentRoutes(routes: Routes, open: Open): void {
  routes.openapi(list, async (c) => {
    const { limit, cursor, workspace_id: workspaceId, state } = c.req.valid("query");
    return c.json(await listSegments(open(c), { workspaceId, state }, limit, afterSegment(cursor)), 200);
  });
  routes.openapi(csv, (c) => {
    const { workspace_id: workspaceId, state } = c.req.valid("query");
    const op = open(c);
    let rows = 0;
    const page = (cursor: string | undefined) => {
      rows += MAX_LIMIT;
      return listSegments(op, { workspaceId, state }, MAX_LIMIT, afterSegment(cursor), rows <= MAX_LIVE_ROWS);
    };
    return csvResponse(columns, everyPage(page));
  });
  routes.openapi(get, async (c) => c.json(await getSegment(open(c), c.req.valid("param").id), 200));
  routes.openapi(rename, async (c) =>
    c.json(await renameSegment(open(c), c.req.valid("param").id, c.req.valid("json").segmentName), 200),
  );
  routes.openapi(flush, async (c) => c.json(await flushSegment(open(c), c.req.valid("param").id), 202));
  routes.openapi(replay, async (c) => {
    return c.json(await replaySegment(open(c), c.req.valid("param").id, c.req.valid("json").mpids), 202);
  });
  routes.openapi(parked, async (c) => {
    const { limit, cursor } = c.req.valid("query");
    return c.json(await listParked(open(c), c.req.valid("param").id, limit, afterMpid(cursor)), 200);
  });
  routes.openapi(parkedCsv, (c) => {
    const { id } = c.req.valid("param");
    const op = open(c);
    return csvResponse(
      parkedColumns,
      everyPage((cursor) => listParked(op, id, MAX_LIMIT, afterMpid(cursor))),
    );
  });
}
