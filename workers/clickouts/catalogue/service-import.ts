// Stores by the hundred: a file is read as it comes, staged, looked at as a whole, and then applied or not, all of it.
import { AppError } from "../../../src/shared/errors.ts";
import { newId } from "../../../src/shared/ids.ts";
import { log } from "../../../src/shared/telemetry/log.ts";
import { MAX_STORE_ID } from "../clicks/click-id.ts";
import { OPEN_END_MS } from "../redirect/table.ts";
import { announce, audited, untilMade } from "../service.ts";
import type { Operation } from "../service.ts";
import { FileRows } from "./import-file.ts";
import type { ImportRow, LineError } from "./import-file.ts";
import type { ImportCounts, PlannedImport } from "./store-import.ts";

/** A click id has room for 46,655 stores, and a store has a handful of networks. */
const MAX_ROWS = 200_000;
/** Rows of one statement, about. */
const STAGED_AT_ONCE = 5_000;
/** A file that is wrong in every line is told so often enough. */
const MAX_ERRORS = 1_000;

/** What an import brings, or what stands against it. */
export interface ImportResult extends ImportCounts {
  errors: LineError[];
}

/** Reads a file and brings what is not there; with `dryRun` it only says what that would be. Throws `invalid_request`. */
export async function importStores(
  op: Operation,
  pieces: AsyncIterable<string>,
  dryRun: boolean,
): Promise<ImportResult> {
  const importId = newId("imp", op.deps.clock());
  try {
    const { errors, rows } = await stage(op, importId, pieces);
    if (dryRun || errors.length > 0) {
      const plan = await planned(op, importId);
      const result = resultOf(plan, errors);
      if (dryRun) return result;
      throw refused(result.errors);
    }
    return await untilMade(op, async (mine) => {
      const plan = await planned(mine, importId);
      const result = resultOf(plan, []);
      if (result.errors.length > 0) throw refused(result.errors);
      const { stores, relations, rules } = result;
      // Sent again, a file finds all of it there.
      if (plan.domains + relations + rules === 0) return result;
      const audit = audited(mine, "stores.import", `import:${importId}`, null, { rows, stores, relations, rules });
      await mine.data.applyImport(mine.db, importId, plan, mine.actor, OPEN_END_MS, audit);
      await announce(mine);
      return result;
    });
  } finally {
    // What stays behind because this fails goes with the job `retention`.
    await op.data.discardImport(op.db, importId).catch((error: unknown) => {
      log("import_not_discarded", { level: "warn", importId, error });
    });
  }
}

async function planned(op: Operation, importId: string): Promise<PlannedImport> {
  return await op.data.planImport(op.db, importId, op.deps.clock());
}

function resultOf({ stores, relations, rules, errors, lastStoreId }: PlannedImport, inRows: LineError[]): ImportResult {
  const full = lastStoreId + stores > MAX_STORE_ID;
  const tooMany = full ? [{ line: 1, message: `a click id has room for ${MAX_STORE_ID} stores` }] : [];
  const all = [...inRows, ...tooMany, ...errors].toSorted((a, b) => a.line - b.line);
  return { stores, relations, rules, errors: all.slice(0, MAX_ERRORS) };
}

function refused(errors: readonly LineError[]): AppError {
  return new AppError("invalid_request", {
    retry: false,
    detail: `${errors.length} lines cannot be imported, so nothing was. A dry run tells the same.`,
    errors: errors.map(({ line, message }) => ({ path: `line ${line}`, message })),
  });
}

/** Stages the rows of a file; those that cannot be read come back as errors. */
async function stage(op: Operation, importId: string, pieces: AsyncIterable<string>) {
  const file = new FileRows();
  const errors: LineError[] = [];
  let waiting: ImportRow[] = [];
  let rows = 0;
  const take = async (piece: string, last: boolean) => {
    for (const row of file.push(piece, last)) {
      if ("message" in row) errors.push(row);
      else waiting.push(row);
    }
    if (waiting.length < STAGED_AT_ONCE && !last) return;
    rows += waiting.length;
    await op.data.stageRows(op.db, importId, waiting);
    waiting = [];
  };
  for await (const piece of pieces) {
    await take(piece, false);
    if (errors.length >= MAX_ERRORS) break;
    if (rows + waiting.length > MAX_ROWS) {
      errors.push({ line: MAX_ROWS + 2, message: `a file holds ${MAX_ROWS} rows at most` });
      break;
    }
  }
  await take("", true);
  if (rows === 0 && errors.length === 0) errors.push({ line: 1, message: "there are no rows" });
  return { errors, rows };
}
