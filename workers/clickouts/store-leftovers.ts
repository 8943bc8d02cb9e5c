// Rows that are of use only while something is under way, and stay behind when it dies: imports of stores, lists of programmes.
import { lt } from "drizzle-orm";
import { DAY_MS } from "../../src/shared/clock.ts";
import type { Db } from "../../src/shared/db/client.ts";
import { programmeListed, storeImportRow, storeImportStore } from "./tables.ts";

/** An import lives for one request. */
const IMPORT_MS = DAY_MS;
/** A list waits for an operator's word until the next run of the job; a week is long after. */
const LIST_MS = 7 * DAY_MS;

/** Ids that were made before an instant are less than this. */
const idAt = (prefix: string, ms: number) => `${prefix}_${Math.max(0, ms).toString(36).padStart(9, "0")}`;

/** Deletes what nobody will ask for any more; how many rows of each. */
export async function forgetLeftovers(db: Db, nowMs: number): Promise<Record<string, number>> {
  const oldImport = idAt("imp", nowMs - IMPORT_MS);
  const [imports, , lists] = await db.batch([
    db.delete(storeImportRow).where(lt(storeImportRow.importId, oldImport)),
    db.delete(storeImportStore).where(lt(storeImportStore.importId, oldImport)),
    db.delete(programmeListed).where(lt(programmeListed.runId, idAt("run", nowMs - LIST_MS))),
  ]);
  return { importRowsForgotten: imports.meta.changes, listRowsForgotten: lists.meta.changes };
}
