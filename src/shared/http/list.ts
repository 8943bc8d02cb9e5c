// A list and its CSV twin, declared once: two routes with one query, one page function, the same columns as fields.
import { createRoute, z } from "@hono/zod-openapi";
import type { RouteConfig } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { AppEnv, Routes } from "../system.ts";
import { csvAnswer, json } from "./answers.ts";
import { csvResponse, everyPage } from "./csv.ts";
import type { Column } from "./csv.ts";
import { MAX_LIMIT, listOf, listQuery } from "./page.ts";
import type { Page } from "./page.ts";

type Shape = z.ZodRawShape;
type None = Record<never, never>;
type Told = Pick<RouteConfig, "middleware" | "security" | "tags" | "summary" | "description">;

/** A list: `{...keyed("keys:read"), path, item, answer, page}`. `description` is told of the JSON list alone. */
export interface ListDoor<O, I extends z.ZodObject, F extends Shape, P extends Shape> extends Told {
  path: string;
  /** Parameters of the path. */
  params?: z.ZodObject<P>;
  /** Fields of the query besides the page's own. */
  filter?: F;
  item: I;
  /** What the JSON answer is. */
  answer: string;
  /** Columns of the CSV where they are not the item's fields. */
  columns?: readonly Column<z.output<I>>[];
  /** One page of what was asked, parameters and filter together. `before` counts the rows that this answer has already. */
  page: (
    op: O,
    asked: z.output<z.ZodObject<F & P>>,
    limit: number,
    cursor: string | undefined,
    before: number,
  ) => Promise<Page<z.output<I>>>;
}

/** Adds a list and its twin, `.csv` behind its path. `open` makes of a request what the page function is given. */
export function addList<O, I extends z.ZodObject, F extends Shape = None, P extends Shape = None>(
  routes: Routes,
  open: (c: Context<AppEnv>) => O,
  door: ListDoor<O, I, F, P>,
): void {
  const { path, params, filter, item, answer, columns, page, ...told } = door;
  const { description: _, summary, ...same } = told;
  const query = z.strictObject({ ...listQuery, ...filter });
  const common = { method: "get", request: { query, ...(params === undefined ? {} : { params }) } } as const;
  const list = createRoute({ ...told, ...common, path, responses: { 200: json(listOf(item), answer) } });
  const twin = createRoute({
    ...same,
    ...(summary === undefined ? {} : { summary: `${summary}, as CSV` }),
    ...common,
    path: `${path}.csv`,
    responses: csvAnswer,
  });
  const fields = columns ?? (Object.keys(item.shape) as (keyof z.output<I> & string)[]);
  // The door's own fields are known only where it is added.
  type Valid = { valid: (target: "query" | "param") => z.output<z.ZodObject<typeof listQuery>> };
  const askedOf = (valid: Valid) => {
    const { limit, cursor, ...rest } = valid.valid("query");
    const asked = { ...rest, ...valid.valid("param") } as unknown as Parameters<typeof page>[1];
    return { limit, cursor, asked };
  };
  routes.openapi(list, async (c) => {
    const { limit, cursor, asked } = askedOf(c.req as unknown as Valid);
    return c.json((await page(open(c), asked, limit, cursor, 0)) as never, 200);
  });
  routes.openapi(twin, async (c) => {
    const { asked } = askedOf(c.req as unknown as Valid);
    const op = open(c);
    return csvResponse(fields, await everyPage((cursor, before) => page(op, asked, MAX_LIMIT, cursor, before)));
  });
}
