// The journal's rows: one for a put, as many as its size needs, numbered by arrival, and never one too large for the platform.
import { expect, test } from "vitest";
import { Disk } from "../../../test/simulation/disk.ts";
import { Journal, JOURNAL_TABLE } from "./journal.ts";
import { MAX_ROW_CHARS } from "./store.ts";

const T = 1_790_000_000_000;
const changes = (n: number, key = (i: number) => String(i)) =>
  Array.from({ length: n }, (_, i) => ({ key: key(i), value: i % 3 === 0 ? "delete" : "add", atMs: T }));

function openJournal() {
  const disk = new Disk();
  const { sql } = disk.open({ dead: false, ended: new Promise(() => {}), step: () => {} });
  sql.exec(JOURNAL_TABLE);
  return { disk, journal: new Journal<string>(sql, (value) => value) };
}

test("a put is one row, and tells how much of what kind waits", () => {
  const { disk, journal } = openJournal();
  const last = journal.append(journal.encode(changes(100)), T, 0);
  expect([last, disk.count("SELECT count(*) FROM journal"), journal.size()]).toEqual([T, 1, 100]);
  expect(journal.tally()).toEqual({ add: 66, delete: 34 });
  expect(journal.window(1_000).newest.size).toBe(100);
});

test("puts of one moment are numbered one after the other", () => {
  const { journal } = openJournal();
  const first = journal.append(journal.encode(changes(1)), T, 0);
  expect(journal.append(journal.encode(changes(1)), T, first)).toBe(T + 1);
  expect(journal.append(journal.encode(changes(1)), T - 5_000, T + 1)).toBe(T + 2);
});

test("large batches are split into rows that the platform takes, and none of their changes is lost", () => {
  const { disk, journal } = openJournal();
  journal.append(journal.encode(changes(100_001)), T, 0);
  expect(disk.count("SELECT max(changes) FROM journal")).toBeLessThanOrEqual(10_000);
  expect(journal.window(Infinity).newest.size).toBe(100_001);
  const wide = openJournal();
  wide.journal.append(wide.journal.encode(changes(50, (i) => `${"ü".repeat(50_000)}${i}`)), T, 0);
  expect(wide.disk.count("SELECT max(length(body)) FROM journal")).toBeLessThanOrEqual(MAX_ROW_CHARS);
  expect(wide.disk.count("SELECT sum(changes) FROM journal")).toBe(50);
});

test("a change that no row holds is refused", () => {
  const { journal } = openJournal();
  expect(() => journal.encode(changes(2, () => "x".repeat(MAX_ROW_CHARS)))).toThrow(RangeError);
});
