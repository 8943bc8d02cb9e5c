// A file of stores piece by piece: the same rows however it is cut, and a reason for each line that is refused.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FileRows } from "./import-file.ts";

const HEADING = "name,domain,network,externalId,priority";

function rowsOf(text: string, cuts: readonly number[] = []) {
  const file = new FileRows();
  const found = [];
  let from = 0;
  for (const cut of cuts.toSorted((a, b) => a - b)) {
    found.push(...file.push(text.slice(from, cut), false));
    from = cut;
  }
  return [...found, ...file.push(text.slice(from), false), ...file.push("", true)];
}

const row = (line: number, rest: object = {}) => ({
  line,
  name: "Casa",
  domain: "casa.example",
  networkId: 2,
  externalId: "17648",
  priority: 0,
  ...rest,
});

describe("a file", () => {
  test("may come with semicolons, other line ends, another order, blank lines and without an end of line", () => {
    expect(rowsOf(`${HEADING}\nCasa,www.Casa.example,awin,17648,0`)).toEqual([row(2)]);
    expect(rowsOf(`${HEADING}\r\n\r\nCasa,casa.example,AWIN,17648,0\r\n`)).toEqual([row(3)]);
    expect(rowsOf("Priority;Name;Domain;Network;ExternalId\n-3;Casa;casa.example;awin;17648\n")).toEqual([
      row(2, { priority: -3 }),
    ]);
    expect(rowsOf(`name,domain\n"Casa ""A"", Lda.",casa.example\n`)).toEqual([
      row(2, { name: 'Casa "A", Lda.', networkId: null, externalId: "", priority: null }),
    ]);
  });

  test("is the same however it is cut", () => {
    const lines = [
      "Casa,casa.example,awin,17648,0",
      '"Lua ""L""",lua.example,lomadee,1,1',
      "",
      "x,y",
      "Sol,sol.example,,,",
    ];
    const text = [HEADING, ...lines].join("\r\n");
    const whole = rowsOf(text);
    expect(whole).toHaveLength(4);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 12 }), (cuts) => {
        expect(rowsOf(text, cuts)).toEqual(whole);
      }),
    );
  });

  test.for([
    ["Casa,casa.example,awin,17648,0,1", "has 6 fields"],
    [",casa.example,awin,17648,0", "name: must be"],
    ["Casa,com.br,awin,17648,0", "domain: This is a public suffix"],
    ["Casa,https://casa.example/,awin,17648,0", "domain: A domain is a bare host name"],
    ["Casa,casa.example,ebay,17648,0", "network: must be one of afilio, awin"],
    ["Casa,casa.example,direto,x,0", "network: direto needs parameters"],
    ["Casa,casa.example,,17648,0", "network: is needed"],
    ["Casa,casa.example,awin,,0", "externalId: must be"],
    ["Casa,casa.example,awin,a b,0", "externalId: must be"],
    ["Casa,casa.example,awin,17648,first", "priority: must be a whole number"],
    ["Casa,casa.example,awin,17648,1.5", "priority: must be a whole number"],
    [`"Casa"x,casa.example,awin,17648,0`, "a quotation mark"],
  ])("refuses %j", ([line, why]) => {
    const found = rowsOf(`${HEADING}\nOk,ok.example,,,\n${line}\n`);
    expect(found).toContainEqual({ line: 3, message: expect.stringContaining(why!) });
    expect(found).toContainEqual(expect.objectContaining({ line: 2, name: "Ok" }));
  });

  test.for([
    ["name,domain,colour", 'the column "colour" is not known'],
    ["name,network", "the column domain is missing"],
    ["name,domain,name", "the column name stands twice"],
  ])("refuses the heading %j", ([heading, why]) => {
    expect(rowsOf(`${heading}\n`)).toEqual([{ line: 1, message: expect.stringContaining(why!) }]);
  });

  test("with a quotation mark that is never closed is not kept in memory", () => {
    const file = new FileRows();
    file.push(`${HEADING}\n"`, false);
    const found = file.push("x".repeat(70_000), false);
    expect(found).toEqual([{ line: 2, message: expect.stringContaining("too long") }]);
  });
});
