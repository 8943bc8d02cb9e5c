// The row of a segment's record in its object's own SQLite, kept in memory as it was last written.
import { migrate } from "../../../src/shared/durable/schema-version.ts";
import type { Store } from "../../../src/shared/durable/store.ts";
import type { SegmentIdentity } from "../objects.ts";
import { identified, newRecord } from "./record.ts";
import type { SegmentRecord } from "./record.ts";

const STEPS = ["CREATE TABLE segment_record (id INTEGER PRIMARY KEY CHECK (id = 1), record TEXT NOT NULL)"];

/** Whether a record was ever kept here. Writes nothing. */
export function recordKept({ sql }: Store): boolean {
  return sql.exec("SELECT 1 AS one FROM sqlite_master WHERE name = 'segment_record'").toArray().length > 0;
}

/** See the head of this file. */
export class RecordRow {
  readonly #store: Store;
  #record: SegmentRecord | null;

  constructor(store: Store) {
    migrate(store, "segment", STEPS);
    this.#store = store;
    const [row] = store.sql.exec<{ record: string }>("SELECT record FROM segment_record").toArray();
    this.#record = row === undefined ? null : (JSON.parse(row.record) as SegmentRecord);
  }

  /** What is known; throws before the first `identify`. */
  get known(): SegmentRecord {
    if (this.#record === null) throw new Error("a segment that nobody named");
    return this.#record;
  }

  get isNamed(): boolean {
    return this.#record !== null;
  }

  /** Takes in who a caller says this is. */
  identify(identity: SegmentIdentity): void {
    const record = identified(this.#record ?? newRecord(identity), identity);
    if (record !== this.#record) this.#write(record);
  }

  /** Changes some of it. */
  set(change: Partial<SegmentRecord>): void {
    this.#write({ ...this.known, ...change });
  }

  /** Changes it in memory; the next `set` writes it too. For counts, which a crash may cost. */
  note(record: SegmentRecord): void {
    this.#record = record;
  }

  #write(record: SegmentRecord): void {
    this.#store.sql.exec("INSERT OR REPLACE INTO segment_record VALUES (1, ?)", JSON.stringify(record));
    this.#record = record;
  }
}
