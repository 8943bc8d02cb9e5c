// Keeps a ledger over restarts: a file of JSON lines, one per write. For Node only.
// It must never lose what was written before because the last line was cut by a kill.
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import type { Ledger, LedgerEntry } from "./ledger/ledger.ts";

/** Brings back what the file holds, then adds to it all that is written. A line that is no JSON is passed over. */
export function keepJournal(ledger: Ledger, file: string): void {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  ledger.restore(text.split("\n").flatMap(entriesOf));
  // What follows a cut line must not become part of it.
  if (text !== "" && !text.endsWith("\n")) appendFileSync(file, "\n");
  ledger.onWrite((entry) => appendFileSync(file, `${JSON.stringify(entry)}\n`));
}

function entriesOf(line: string): LedgerEntry[] {
  try {
    return line === "" ? [] : [JSON.parse(line) as LedgerEntry];
  } catch {
    return [];
  }
}
