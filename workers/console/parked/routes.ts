// The doors of what queues set aside: look, and replay.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { newRoutes } from "../../../src/shared/http/app.ts";
import { csvResponse, everyPage } from "../../../src/shared/http/csv.ts";
import { MAX_LIMIT, listOf, listQuery } from "../../../src/shared/http/page.ts";
import { changeOf } from "../change.ts";
import { parkedFilter, parkedItem, replayAnswer, replayBody } from "./schema.ts";
import type { ParkedItem } from "./schema.ts";
import { parkedPage, replay } from "./service.ts";

const filterQuery = z.strictObject(parkedFilter);
const tags = ["parked"];

const filterOf = ({ replayed, ...query }: z.output<typeof filterQuery>) => ({
  ...query,
  replayed: replayed === "true",
});

/** `/api/parked` and below. */
export const parkedRoutes = newRoutes();

parkedRoutes.openapi(
  createRoute({
    ...keyed("jobs:read"),
    tags,
    method: "get",
    path: "/api/parked",
    summary: "Lists messages that a queue set aside, newest first",
    request: { query: z.strictObject({ ...parkedFilter, ...listQuery }) },
    responses: {
      200: { description: "A page of messages.", content: { "application/json": { schema: listOf(parkedItem) } } },
    },
  }),
  async (c) => {
    const { limit, cursor, ...query } = c.req.valid("query");
    return c.json(await parkedPage(c.env, filterOf(query), limit, cursor), 200);
  },
);

parkedRoutes.openapi(
  createRoute({
    ...keyed("jobs:read"),
    tags,
    method: "get",
    path: "/api/parked.csv",
    summary: "Parked messages as CSV",
    request: { query: filterQuery },
    responses: { 200: { description: "CSV.", content: { "text/csv": { schema: z.string() } } } },
  }),
  (c) => {
    const filter = filterOf(c.req.valid("query"));
    const names = ["id", "queue", "reason", "detail", "parkedAt", "replayedAt", "excerpt"] as const;
    const columns = names.map((name) => ({ name, value: (item: ParkedItem) => item[name] }));
    return csvResponse(
      columns,
      everyPage((cursor) => parkedPage(c.env, filter, MAX_LIMIT, cursor)),
    );
  },
);

parkedRoutes.openapi(
  createRoute({
    ...keyed("jobs:write"),
    tags,
    method: "post",
    path: "/api/parked/replay",
    summary: "Sends parked messages to their queues again; repeating it is harmless",
    request: { body: { required: true, content: { "application/json": { schema: replayBody } } } },
    responses: { 202: { description: "Sent.", content: { "application/json": { schema: replayAnswer } } } },
  }),
  async (c) => {
    const { replayed, failed } = await replay(changeOf(c), c.req.valid("json").ids);
    return c.json({ replayed: replayed.length, failed }, 202);
  },
);
