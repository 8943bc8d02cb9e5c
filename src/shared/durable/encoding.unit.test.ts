// Changes as texts of rows: what is read is what was put, whether it was encoded as runs of an event or each by itself.
import fc from "fast-check";
import { expect, test } from "vitest";
import { decode, encode, encodeRun, rowsOf } from "./encoding.ts";
import { MAX_ROW_CHARS } from "./store.ts";

const T = 1_790_000_000_000;
const SEQ = T + 7;
const value = fc.oneof(fc.constantFrom("add", "delete"), fc.jsonValue());
const atMs = fc.integer({ min: 0, max: T });

test("runs and single changes of one row are read as they were put, with the row's number or their own", () => {
  const runs = fc.array(fc.record({ value, atMs, keys: fc.array(fc.string(), { maxLength: 5 }) }), { maxLength: 4 });
  const singles = fc.array(fc.record({ key: fc.string(), value, atMs, seq: fc.option(atMs, { nil: undefined }) }));
  fc.assert(
    fc.property(runs, singles, (ofEvents, alone) => {
      const parts = [
        ...ofEvents.flatMap((run) => encodeRun(run, "x", 3)),
        ...encode(
          alone.map(({ seq, ...one }) => (seq === undefined ? one : { ...one, seq })),
          () => "y",
          4,
        ),
      ];
      if (parts.length === 0) return;
      const [row, ...more] = rowsOf(parts);
      const put = [
        ...ofEvents.flatMap(({ keys, ...one }) => keys.map((key) => ({ key, ...one, seq: SEQ }))),
        ...alone.map((one) => ({ ...one, seq: one.seq ?? SEQ })),
      ];
      expect(more).toEqual([]);
      expect(decode(`[${row!.text}]`, SEQ)).toEqual(JSON.parse(JSON.stringify(put)));
      const [x, y] = [put.length - alone.length, alone.length];
      expect([row!.changes, row!.tally["x"] ?? 0, row!.tally["y"] ?? 0]).toEqual([x + y, x, y]);
    }),
  );
});

test("a run is cut into parts that a row takes, by number and by size", () => {
  const run = (keys: string[]) => ({ value: "add", atMs: T, keys });
  const many = encodeRun(run(Array.from({ length: 25_001 }, (_, n) => String(n))), "add");
  expect(many.map(({ changes }) => changes)).toEqual([10_000, 10_000, 5_001]);
  const wide = encodeRun(run(Array.from({ length: 50 }, (_, n) => `${"ü".repeat(50_000)}${n}`)), "add");
  expect(Math.max(...wide.map(({ text }) => text.length))).toBeLessThan(MAX_ROW_CHARS);
  expect(wide.flatMap(({ text }) => decode(`[${text}]`, SEQ))).toHaveLength(50);
  expect(encodeRun(run([]), "add")).toEqual([]);
  expect(() => encodeRun(run(["1", "x".repeat(MAX_ROW_CHARS)]), "add")).toThrow(RangeError);
});

test("parts that came together share a row, as long as it holds them", () => {
  const parts = Array.from({ length: 30 }, (_, n) => ({ value: "add", atMs: T, keys: [String(n)] })).flatMap((run) =>
    encodeRun(run, run.value),
  );
  expect(rowsOf(parts).map(({ changes, tally }) => [changes, tally])).toEqual([[30, { add: 30 }]]);
  expect(rowsOf(parts, 20).map(({ changes }) => changes)).toEqual([20, 10]);
  const wide = encodeRun({ value: "add", atMs: T, keys: ["x".repeat(400_000)] }, "add");
  expect(rowsOf([...wide, ...wide, ...parts]).map(({ changes }) => changes)).toEqual([1, 31]);
});
