import { expect, test } from "vitest";
import { MAX_CSV_ROWS, csvField, csvResponse, everyPage } from "./csv.ts";

test.each([
  ["=1+1", "'=1+1"],
  ["  =cmd()", "'  =cmd()"],
  ["@sum", "'@sum"],
  ["-2+3", "'-2+3"],
  ["\t=1", "'\t=1"],
  ["-12.50", "-12.50"],
  ['a "b", c', '"a ""b"", c"'],
  ["line\nbreak", '"line\nbreak"'],
  [null, ""],
  [7, "7"],
  [["a", 1], '"[""a"",1]"'],
])("%j is written %j", (value, field) => expect(csvField(value)).toBe(field));

test("a list is headed, streamed page after page, and typed as CSV", async () => {
  const pages: Record<string, { items: { n: number }[]; nextCursor: string | null }> = {
    first: { items: [{ n: 1 }, { n: 2 }], nextCursor: "second" },
    second: { items: [{ n: 3 }], nextCursor: null },
  };
  const rows = everyPage(async (cursor) => pages[cursor ?? "first"]!);
  const answer = csvResponse([{ name: "n", value: (row) => row.n }], rows);
  expect(answer.headers.get("Content-Type")).toBe("text/csv; charset=utf-8");
  expect(await answer.text()).toBe("n\r\n1\r\n2\r\n3\r\n");
});

test("no answer is longer than 50,000 rows", async () => {
  function* endless() {
    for (;;) yield 1;
  }
  const text = await csvResponse([{ name: "n", value: (n) => n }], endless()).text();
  expect(text.split("\r\n")).toHaveLength(MAX_CSV_ROWS + 2);
});
