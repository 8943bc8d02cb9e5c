// The doors of jobs: start one, see its runs, agree to what a run asks.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { newRoutes } from "../../../src/shared/http/app.ts";
import { csvResponse, everyPage } from "../../../src/shared/http/csv.ts";
import { MAX_LIMIT, listOf, listQuery } from "../../../src/shared/http/page.ts";
import { changeOf } from "../change.ts";
import { name, runFilter, runItem, runQuery } from "./schema.ts";
import type { RunItem } from "./schema.ts";
import { confirmRunOf, runsPage, startJob } from "./service.ts";

const started = {
  202: {
    description: "It runs; see `/api/runs`.",
    content: { "application/json": { schema: z.object({ runId: z.string() }) } },
  },
};
const tags = ["jobs"];

/** `/api/jobs` and `/api/runs`. */
export const jobRoutes = newRoutes();

jobRoutes.openapi(
  createRoute({
    ...keyed("jobs:write"),
    tags,
    method: "post",
    path: "/api/jobs/{job}",
    summary: "Runs a job now; 409 `already_running` with the `runId` of the one that is not over",
    request: { params: z.object({ job: name }) },
    responses: started,
  }),
  async (c) => {
    return c.json({ runId: await startJob(changeOf(c), c.req.valid("param").job) }, 202);
  },
);

jobRoutes.openapi(
  createRoute({
    ...keyed("jobs:write"),
    tags,
    method: "post",
    path: "/api/runs/{runId}/confirm",
    summary: "Agrees to what a run asks; 409 `nothing_to_confirm` if it asks nothing",
    request: { params: z.object({ runId: z.string().max(64) }) },
    responses: started,
  }),
  async (c) => {
    const { runId } = c.req.valid("param");
    await confirmRunOf(changeOf(c), runId);
    return c.json({ runId }, 202);
  },
);

jobRoutes.openapi(
  createRoute({
    ...keyed("jobs:read"),
    tags,
    method: "get",
    path: "/api/runs",
    summary: "Lists runs, newest first",
    request: { query: z.strictObject({ ...runFilter, ...listQuery }) },
    responses: {
      200: { description: "A page of runs.", content: { "application/json": { schema: listOf(runItem) } } },
    },
  }),
  async (c) => {
    const { limit, cursor, ...query } = c.req.valid("query");
    return c.json(await runsPage(c.env, query, limit, cursor), 200);
  },
);

jobRoutes.openapi(
  createRoute({
    ...keyed("jobs:read"),
    tags,
    method: "get",
    path: "/api/runs.csv",
    summary: "Runs as CSV",
    request: { query: runQuery },
    responses: { 200: { description: "CSV.", content: { "text/csv": { schema: z.string() } } } },
  }),
  (c) => {
    const wanted = c.req.valid("query");
    const names = ["runId", "system", "job", "state", "startedAt", "endedAt", "cause", "steps"] as const;
    const columns = names.map((column) => ({
      name: column,
      value: (item: RunItem) => item[column],
    }));
    return csvResponse(
      columns,
      everyPage((cursor) => runsPage(c.env, wanted, MAX_LIMIT, cursor)),
    );
  },
);
