// The newest deliveries of a shard on its disk: a page for each drain, so that a drain costs one row. What a killed drain did
// is missing here; nothing rests on this list.
import type { DeliveryRecord } from "./records.ts";

export const DELIVERY_TABLES =
  "CREATE TABLE delivery_page (id INTEGER PRIMARY KEY, n INTEGER NOT NULL, body TEXT NOT NULL)";

/** The SQLite of an object. */
type Disk = Pick<SqlStorage, "exec">;

/** The contract's number for each shard. */
const KEPT = 1_000;

/** Appends records, the oldest first; pages that are not needed for the newest 1,000 go. */
export function appendRecords(sql: Disk, records: readonly DeliveryRecord[]): void {
  const newest = records.slice(-KEPT);
  if (newest.length === 0) return;
  sql.exec("INSERT INTO delivery_page (n, body) VALUES (?, ?)", newest.length, JSON.stringify(newest));
  sql.exec(
    `DELETE FROM delivery_page WHERE id IN (
       SELECT id FROM (SELECT id, sum(n) OVER (ORDER BY id DESC) - n AS newer FROM delivery_page) WHERE newer >= ?)`,
    KEPT,
  );
}

/** Of the newest 1,000 those up to a time, newest first, at most `most`; `unwritten` are those that no page has yet. */
export function newestRecords(
  sql: Disk,
  unwritten: readonly DeliveryRecord[],
  upToMs: number,
  most = KEPT,
): DeliveryRecord[] {
  const found: DeliveryRecord[] = [];
  let looked = 0;
  const isDone = () => found.length >= most || looked >= KEPT;
  const take = (records: readonly DeliveryRecord[]) => {
    for (const record of records.toReversed()) {
      if (isDone()) return;
      looked += 1;
      if (record.atMs <= upToMs) found.push(record);
    }
  };
  take(unwritten);
  for (const { body } of sql.exec<{ body: string }>("SELECT body FROM delivery_page ORDER BY id DESC")) {
    if (isDone()) break;
    take(JSON.parse(body) as DeliveryRecord[]);
  }
  return found;
}
