// The doors of jobs: start one, see its runs, agree to what a run asks.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../src/shared/auth/requires.ts";
import { isoTime } from "../../src/shared/clock.ts";
import { database } from "../../src/shared/db/client.ts";
import { newRoutes } from "../../src/shared/http/app.ts";
import { csvResponse, everyPage } from "../../src/shared/http/csv.ts";
import { MAX_LIMIT, decodeCursor, listOf, listQuery, pageOf } from "../../src/shared/http/page.ts";
import { RUN_STATES } from "../../src/shared/jobs/job.ts";
import { listRuns } from "../../src/shared/jobs/list.ts";
import type { RunFilter, RunRow } from "../../src/shared/jobs/list.ts";
import { alreadyRunning, confirmRun, startRun } from "../../src/shared/jobs/start.ts";

const state = z.enum(RUN_STATES);
const runItem = z
  .object({
    runId: z.string(),
    system: z.string().openapi({ description: "The system whose job it is; `house` where several do a part of it." }),
    job: z.string(),
    state,
    startedAt: z.string(),
    endedAt: z.string().nullable(),
    cause: z.enum(["cron", "operator"]),
    steps: z.array(
      z.object({
        name: z.string(),
        state,
        counts: z.record(z.string(), z.number()),
        warnings: z.array(z.string()),
        error: z.string().nullable(),
      }),
    ),
  })
  .openapi("Run");

const name = z.string().max(64);
const instant = z.iso.datetime({ offset: true });
const filter = {
  system: name.optional(),
  job: name.optional(),
  state: state.optional(),
  from: instant.optional(),
  to: instant.optional(),
};
const filterQuery = z.strictObject(filter);
const started = {
  202: {
    description: "It runs; see `/api/runs`.",
    content: { "application/json": { schema: z.object({ runId: z.string() }) } },
  },
};
const tags = ["jobs"];

function itemOf({ id, startedAt, endedAt, steps, ...run }: RunRow) {
  return {
    runId: id,
    ...run,
    startedAt: isoTime(startedAt),
    endedAt: endedAt === null ? null : isoTime(endedAt),
    steps: steps.map(({ name: step, state: reached, counts, warnings, error }) => ({
      name: step,
      state: reached,
      counts,
      warnings,
      error,
    })),
  };
}

function filterOf({ from, to, ...rest }: z.output<typeof filterQuery>): RunFilter {
  const ms = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text));
  return { ...rest, fromMs: ms(from), toMs: ms(to) };
}

async function page(env: Env, wanted: RunFilter, limit: number, cursor: string | undefined) {
  const beforeId = decodeCursor(cursor, z.string().max(100));
  const rows = await listRuns(database(env), { ...wanted, beforeId }, limit + 1);
  return pageOf(rows.map(itemOf), limit, (last) => last.runId);
}

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
    const audit = { actor: c.get("actor").id, requestId: c.get("requestId") };
    const { job } = c.req.valid("param");
    const run = await startRun(c.get("house").systems, job, "operator", c.env, c.get("deps"), audit);
    if (!run.started) throw alreadyRunning(run.runId);
    return c.json({ runId: run.runId }, 202);
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
    await confirmRun(runId, c.env, c.get("deps"), { actor: c.get("actor").id, requestId: c.get("requestId") });
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
    request: { query: z.strictObject({ ...filter, ...listQuery }) },
    responses: {
      200: { description: "A page of runs.", content: { "application/json": { schema: listOf(runItem) } } },
    },
  }),
  async (c) => {
    const { limit, cursor, ...query } = c.req.valid("query");
    return c.json(await page(c.env, filterOf(query), limit, cursor), 200);
  },
);

jobRoutes.openapi(
  createRoute({
    ...keyed("jobs:read"),
    tags,
    method: "get",
    path: "/api/runs.csv",
    summary: "Runs as CSV",
    request: { query: filterQuery },
    responses: { 200: { description: "CSV.", content: { "text/csv": { schema: z.string() } } } },
  }),
  (c) => {
    const wanted = filterOf(c.req.valid("query"));
    const names = ["runId", "system", "job", "state", "startedAt", "endedAt", "cause", "steps"] as const;
    const columns = names.map((column) => ({
      name: column,
      value: (item: ReturnType<typeof itemOf>) => item[column],
    }));
    return csvResponse(
      columns,
      everyPage((cursor) => page(c.env, wanted, MAX_LIMIT, cursor)),
    );
  },
);
