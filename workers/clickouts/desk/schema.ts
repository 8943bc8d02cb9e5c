// What the filters and forms of the operator's pages may hold. The doors' schemas are taken over; only what a form writes
// otherwise than JSON is said here.
import { z } from "@hono/zod-openapi";
import { storesFilter } from "../catalogue/schema.ts";
import { visitsFilter } from "../clicks/schema.ts";
import { transactionsFilter } from "../earnings/schema.ts";

const { from: _, to: __, ...visits } = visitsFilter;
const { from: ___, to: ____, ...sales } = transactionsFilter;

/** The filters of a page of clicks; its days are read by the page, in the reader's zone. */
export const clicksQuery = z.object(visits);

/** The filters of a page of sales. */
export const salesQuery = z.object(sales);

/** The filters of the list of stores. */
export const storesQuery = z.object(storesFilter);

/** An id in a path. */
export const idInPath = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);

const day = z.iso.date().optional();

/** The filters of the report; days are UTC, as its door's. */
export const reportQuery = z.object({
  by: z
    .enum(["network", "store", "store,network", "day", "day,network", "day,store", "ref", "ref,store"])
    .default("network"),
  from: day,
  to: day,
});
