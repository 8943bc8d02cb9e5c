// All that the services of audiences ask of D1, in one value: they are built with it and name no database code.
import { auditRow } from "../../src/shared/audit/row.ts";
import type { AuditEntry } from "../../src/shared/audit/row.ts";
import { together } from "../../src/shared/db/client.ts";
import type { Db } from "../../src/shared/db/client.ts";
import * as segments from "./store-segments.ts";
import * as tenants from "./store-tenants.ts";

/** The D1 functions of audiences. */
export const audienceData = {
  registerSegments: segments.registerSegments,
  listSegments: segments.listSegments,
  segmentById: segments.segmentById,
  segmentsOfAudience: segments.segmentsOfAudience,
  busySegments: segments.busySegments,
  overdueSegments: segments.overdueSegments,
  listTenants: tenants.listTenants,
  overdueTenants: tenants.overdueTenants,
  keyHints: tenants.keyHints,
  /** Records an operator's change, before an object is told to make it. */
  audit: async (db: Db, entry: AuditEntry): Promise<void> => together(db, [auditRow(db, entry)]),
};

/** What the services are given of the database. */
export type AudienceData = typeof audienceData;
