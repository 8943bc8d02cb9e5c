import { z } from "@hono/zod-openapi";
import { expect, test } from "vitest";
import { decodeCursor, encodeCursor, pageOf } from "./page.ts";

test("a cursor comes back as it was", () => {
  expect(decodeCursor(encodeCursor(["é+/", 7]), z.tuple([z.string(), z.number()]))).toEqual(["é+/", 7]);
  expect(decodeCursor(undefined, z.string())).toBeUndefined();
});

test.each(["%%%", "abc", encodeCursor(7)])("the cursor %j of somebody else is refused", (cursor) => {
  expect(() => decodeCursor(cursor, z.string())).toThrow(expect.objectContaining({ code: "invalid_request" }));
});

test("a page names the next one only if there is one", () => {
  expect(pageOf([1, 2, 3], 2, (last) => last)).toEqual({ items: [1, 2], nextCursor: encodeCursor(2) });
  expect(pageOf([1, 2], 2, (last) => last)).toEqual({ items: [1, 2], nextCursor: null });
  expect(pageOf([], 2, (last) => last)).toEqual({ items: [], nextCursor: null });
});
