// The operator's doors of segments: how each buffer stands, what is parked, and what may be done about it.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../src/shared/auth/requires.ts";
import { body, json } from "../../src/shared/http/answers.ts";
import { addList } from "../../src/shared/http/list.ts";
import type { Routes } from "../../src/shared/system.ts";
import type { Open } from "./routes-doors.ts";
import * as schema from "./schema.ts";
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
const params = schema.segmentPath;

const segment = json(schema.segmentView, "The segment.");
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
/** Rows of a CSV that are asked of their objects; an invocation may make 10,000 calls. The others show what they last told. */
const MAX_LIVE_ROWS = 5_000;

/** Adds the doors of segments. */
export function addSegmentRoutes(routes: Routes, open: Open): void {
  addList(routes, open, {
    ...read,
    path,
    filter: schema.segmentsFilter,
    item: schema.segmentView,
    answer: "Segments by workspace, environment and name, as they stand now.",
    page: (op, { workspace_id: workspaceId, state }, limit, cursor, before) =>
      listSegments(op, { workspaceId, state }, limit, cursor, before < MAX_LIVE_ROWS),
  });
  routes.openapi(get, async (c) => c.json(await getSegment(open(c), c.req.valid("param").id), 200));
  routes.openapi(rename, async (c) =>
    c.json(await renameSegment(open(c), c.req.valid("param").id, c.req.valid("json").segmentName), 200),
  );
  routes.openapi(flush, async (c) => c.json(await flushSegment(open(c), c.req.valid("param").id), 202));
  routes.openapi(replay, async (c) => {
    return c.json(await replaySegment(open(c), c.req.valid("param").id, c.req.valid("json").mpids), 202);
  });
  addList(routes, open, {
    ...read,
    path: `${one}/parked`,
    params,
    item: schema.parkedView,
    answer: "Parked changes by MPID.",
    page: (op, { id }, limit, cursor) => listParked(op, id, limit, cursor),
  });
}
