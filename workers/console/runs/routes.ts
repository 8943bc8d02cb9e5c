// The doors of jobs: start one, see its runs, agree to what a run asks.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { json } from "../../../src/shared/http/answers.ts";
import { newRoutes } from "../../../src/shared/http/app.ts";
import { addList } from "../../../src/shared/http/list.ts";
import { changeOf, envOf } from "../change.ts";
import { name, runFilter, runItem } from "./schema.ts";
import { confirmRunOf, runsPage, startJob } from "./service.ts";

const started = { 202: json(z.object({ runId: z.string() }), "It runs; see `/api/runs`.") };
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

addList(jobRoutes, envOf, {
  ...keyed("jobs:read"),
  tags,
  path: "/api/runs",
  summary: "Lists runs, newest first",
  filter: runFilter,
  item: runItem,
  answer: "A page of runs.",
  columns: ["runId", "system", "job", "state", "startedAt", "endedAt", "cause", "steps"],
  page: runsPage,
});
