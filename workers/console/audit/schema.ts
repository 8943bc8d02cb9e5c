// An operator change as it is listed, and how the list is narrowed.
import { z } from "@hono/zod-openapi";

/** What was stored as JSON comes back as it was. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export const auditItem = z
  .object({
    id: z.string(),
    at: z.string(),
    actor: z.string(),
    action: z.string(),
    subject: z.string(),
    before: z.unknown(),
    after: z.unknown(),
    requestId: z.string().nullable(),
  })
  .openapi("AuditRow");

export const auditFilter = {
  actor: z.string().max(100).optional(),
  action: z.string().max(100).optional(),
  request_id: z.string().max(100).optional(),
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
};

export const auditQuery = z.strictObject(auditFilter);

export type AuditQuery = z.output<typeof auditQuery>;
