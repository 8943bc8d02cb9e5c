// A hand-over as a queue, a log line or an operator brings it back. Checked only as far as its day's log relies on.
import * as z from "zod";

/** See `Handover`; a click's fields are known by their places. */
export const handover = z.object({
  log: z.string().regex(/^\d{4}-\d{2}-\d{2}:\d{1,2}$/),
  batch: z.object({
    clicks: z
      .array(z.tuple([z.string().regex(/^[0-9a-z]{26}$/)], z.unknown()).refine((click) => click.length === 16))
      .max(1_000),
    rejected: z.record(z.string(), z.number()),
    waitedMs: z.array(z.number()),
  }),
});

/** A hand-over that was checked. */
export type CheckedHandover = z.output<typeof handover>;
