import { z } from "@hono/zod-openapi";
import { expect, test } from "vitest";
import { newRoutes } from "./app.ts";
import { addList } from "./list.ts";
import { encodeCursor } from "./page.ts";

const asked: unknown[] = [];
const routes = newRoutes();
addList(routes, () => "op", {
  path: "/shelves/{shelf}/books",
  summary: "Books",
  params: z.object({ shelf: z.string() }),
  filter: { author: z.string().optional() },
  item: z.object({ title: z.string(), pages: z.int() }),
  answer: "Books of a shelf.",
  page: async (...given) => {
    asked.push(given);
    const last = given[3] !== undefined;
    return { items: [{ title: last ? "Z" : "=A", pages: 7 }], nextCursor: last ? null : encodeCursor("A") };
  },
});

const get = (path: string) => {
  asked.length = 0;
  return routes.request(path);
};

test("a list is asked for one page, parameters and filter together", async () => {
  const answer = await get("/shelves/3/books?author=Amado&limit=2");
  expect(await answer.json()).toEqual({ items: [{ title: "=A", pages: 7 }], nextCursor: encodeCursor("A") });
  expect(asked).toEqual([["op", { shelf: "3", author: "Amado" }, 2, undefined, 0]]);
});

test("its twin has the item's fields as columns and every page, whatever `limit` and `cursor` say", async () => {
  const answer = await get("/shelves/3/books.csv?author=Amado&limit=2&cursor=x");
  expect(await answer.text()).toBe("title,pages\r\n'=A,7\r\nZ,7\r\n");
  expect(asked).toEqual([
    ["op", { shelf: "3", author: "Amado" }, 500, undefined, 0],
    ["op", { shelf: "3", author: "Amado" }, 500, encodeCursor("A"), 1],
  ]);
});

test("both are told in OpenAPI, with the same query", () => {
  const { paths } = routes.getOpenAPI31Document({ openapi: "3.1.0", info: { title: "", version: "" } });
  const [list, twin] = ["", ".csv"].map((end) => paths?.[`/shelves/{shelf}/books${end}`]?.get);
  expect(list?.summary).toBe("Books");
  expect(twin?.summary).toBe("Books, as CSV");
  expect(twin?.parameters).toEqual(list?.parameters);
  expect(Object.keys(twin?.responses?.["200"]?.content ?? {})).toEqual(["text/csv"]);
});
