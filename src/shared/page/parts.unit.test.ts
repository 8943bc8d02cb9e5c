// The pure rules of the parts.
import { expect, test } from "vitest";
import { currentLine } from "./layout.tsx";
import { orderIn } from "./order.tsx";
import { isOwnPage } from "./pages.tsx";
import { inReadersWords } from "./refusals.ts";
import { sparkPoints } from "./tile.tsx";
import { shortened } from "./time.tsx";

test("a spark spans its box, and stays within it", () => {
  expect(sparkPoints([0, 10])).toBe("0,32 100,2");
  expect(sparkPoints([5, 5, 5])).toBe("0,2 50,2 100,2");
  expect(sparkPoints([0, 0])).toBe("0,32 100,32");
  expect(sparkPoints([1])).toBeNull();
});

test("a long id is shortened in the middle", () => {
  expect(shortened("0mi2k3x9f0000abcd123490fzz")).toBe("0mi2k3x9f000…490fzz");
  expect(shortened("key_1")).toBe("key_1");
});

const order = (query: string) => orderIn(new URLSearchParams(query), ["a", "b", "c"]).join("");

test("an order in the URL is taken only if it has exactly the list's ids", () => {
  expect(order("")).toBe("abc");
  expect(order("order=c&order=a&order=b")).toBe("cab");
  expect(order("order=c&order=c&order=b")).toBe("abc");
  expect(order("order=c&order=b")).toBe("abc");
  expect(order("order=a&order=b&order=c&move=b+up")).toBe("bac");
  expect(order("move=b+down")).toBe("acb");
  expect(order("move=a+up")).toBe("abc");
  expect(order("move=x+up")).toBe("abc");
});

test("the line of the navigation is the longest above the page", () => {
  const lines = [{ path: "/console" }, { path: "/console/keys" }];
  expect(currentLine("/console/keys/new", lines)).toBe("/console/keys");
  expect(currentLine("/console/keyson", lines)).toBe("/console");
});

test.for([
  ["/console", true],
  ["/console/keys?a=b", true],
  ["/docs", true],
  ["//evil.example", false],
  ["/console//evil", true],
  ["https://evil.example/console", false],
  ["/consolex", false],
  ["/console/\\evil", false],
  ["/console\n", false],
] as const)("after a sign-in %s may be gone to: %s", ([path, own]) => {
  expect(isOwnPage(path)).toBe(own);
});

test("refusals are told in the reader's language where it is known, else as the door tells them", () => {
  const refused = {
    code: "invalid_request",
    detail: "name: x",
    errors: [{ path: "expiresAt", message: "must be in the future" }],
  } as const;
  const error = { ...refused, errors: [...refused.errors] };
  expect(inReadersWords({ language: "pt" }, error)).toEqual({
    detail: "Verifique os campos marcados: precisa estar no futuro.",
    errors: [{ path: "expiresAt", message: "precisa estar no futuro" }],
  });
  expect(inReadersWords({ language: "pt" }, { code: "busy", detail: "Odd.", errors: undefined }).detail).toBe("Odd.");
});

test.for([
  ["must be visible ASCII characters", "só caracteres ASCII visíveis, sem espaços nem acentos"],
  ["must be 1 to 100 letters, digits, dashes or underscores", "de 1 a 100 letras, dígitos, hífens ou sublinhados"],
  ["is not an MPID", "não é um MPID"],
  ["is not a site id", "não é um id de site"],
  ["is not a cursor of this list", "não é uma posição desta lista"],
  ['Invalid option: expected one of "eu"|"us"', "não é válido"],
])("the schemas of audiences and visitors refuse in Portuguese: %s", ([message, said]) => {
  const { errors } = inReadersWords(
    { language: "pt" },
    { code: "invalid_request", detail: "", errors: [{ path: "field", message: message! }] },
  );
  expect(errors).toEqual([{ path: "field", message: said }]);
});
