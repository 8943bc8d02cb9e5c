// A run of a job as it is listed, and how the list is narrowed.
import { z } from "@hono/zod-openapi";
import { RUN_STATES } from "../../../src/shared/jobs/job.ts";

const state = z.enum(RUN_STATES);

export const runItem = z
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

/** The name of a job or a system. */
export const name = z.string().max(64);
const instant = z.iso.datetime({ offset: true });

export const runFilter = {
  system: name.optional(),
  job: name.optional(),
  state: state.optional(),
  from: instant.optional(),
  to: instant.optional(),
};

export const runQuery = z.strictObject(runFilter);

export type RunQuery = z.output<typeof runQuery>;
export type RunItem = z.output<typeof runItem>;
