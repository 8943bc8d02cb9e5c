// The doors of what queues set aside: look, and replay.
import { createRoute } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { body, json } from "../../../src/shared/http/answers.ts";
import { newRoutes } from "../../../src/shared/http/app.ts";
import { addList } from "../../../src/shared/http/list.ts";
import { changeOf, envOf } from "../change.ts";
import { parkedFilter, parkedItem, replayAnswer, replayBody } from "./schema.ts";
import { parkedPage, replay } from "./service.ts";

const tags = ["parked"];

/** `/api/parked` and below. */
export const parkedRoutes = newRoutes();

addList(parkedRoutes, envOf, {
  ...keyed("jobs:read"),
  tags,
  path: "/api/parked",
  summary: "Lists messages that a queue set aside, newest first",
  filter: parkedFilter,
  item: parkedItem,
  answer: "A page of messages.",
  columns: ["id", "queue", "reason", "detail", "parkedAt", "replayedAt", "excerpt"],
  page: (env, { replayed, ...rest }, limit, cursor) =>
    parkedPage(env, { ...rest, replayed: replayed === "true" }, limit, cursor),
});

parkedRoutes.openapi(
  createRoute({
    ...keyed("jobs:write"),
    tags,
    method: "post",
    path: "/api/parked/replay",
    summary: "Sends parked messages to their queues again; repeating it is harmless",
    request: { body: body(replayBody) },
    responses: { 202: json(replayAnswer, "Sent.") },
  }),
  async (c) => {
    const { replayed, failed } = await replay(changeOf(c), c.req.valid("json").ids);
    return c.json({ replayed: replayed.length, failed }, 202);
  },
);
