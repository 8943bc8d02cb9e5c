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
  const befores: number[] = [];
  const rows = await everyPage(async (cursor, before) => {
    befores.push(before);
    return pages[cursor ?? "first"]!;
  });
  const answer = csvResponse(["n", { name: "twice", value: (row) => row.n * 2 }], rows);
  expect(answer.headers.get("Content-Type")).toBe("text/csv; charset=utf-8");
  expect(await answer.text()).toBe("n,twice\r\n1,2\r\n2,4\r\n3,6\r\n");
  expect(befores).toEqual([0, 2]);
});

test("a list that refuses does so before its answer has begun", async () => {
  const refused = everyPage(() => Promise.reject(new Error("no such list")));
  await expect(refused).rejects.toThrow("no such list");
});

test("no answer is longer than 50,000 rows", async () => {
  function* endless() {
    for (;;) yield 1;
  }
  const text = await csvResponse([{ name: "n", value: (n) => n }], endless()).text();
  expect(text.split("\r\n")).toHaveLength(MAX_CSV_ROWS + 2);
});
