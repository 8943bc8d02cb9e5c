// The doors of the report. Reads only.
import { createRoute } from "@hono/zod-openapi";
import type { z } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { csvAnswer, json } from "../../../src/shared/http/answers.ts";
import { csvResponse, MAX_CSV_ROWS } from "../../../src/shared/http/csv.ts";
import type { Column } from "../../../src/shared/http/csv.ts";
import type { Routes } from "../../../src/shared/system.ts";
import type { Open } from "../routes-doors.ts";
import type { Dimension } from "./report.ts";
import { reportQuery, reportView } from "./schema.ts";
import { makeReport } from "./service-report.ts";
import type { ReportAnswer, ReportRequest } from "./service-report.ts";

const read = keyed("clickouts:read");
const path = "/api/clickouts/report";
/** Lines of one JSON answer; the CSV twin has all. */
const MAX_ITEMS = 5_000;

const get = createRoute({
  ...read,
  method: "get",
  path,
  description:
    "Whole UTC days, the last 31 without `from`. Clicks by their day, sales by their order's; declined sales are left out. By `ref` only what carried one.",
  request: { query: reportQuery },
  responses: { 200: json(reportView, "Newest day first, then what earned most; `total` is of all groups.") },
});
const csv = createRoute({
  ...read,
  method: "get",
  path: `${path}.csv`,
  request: { query: reportQuery },
  responses: csvAnswer,
});

type Item = ReportAnswer["items"][number];

const FIGURES: Column<Item>[] = [
  ...(["clicks", "humans", "transactions", "conversion"] as const),
  ...(["sales", "commission", "approvedCommission", "epc"] as const).map((name): Column<Item> => ({
    name,
    value: (item) => item[name].value,
  })),
  { name: "currency", value: (item) => item.sales.currency },
];

function columnsOf(dimensions: readonly Dimension[]): Column<Item>[] {
  return [...dimensions.flatMap((name) => (name === "store" ? ([name, "storeName"] as const) : [name])), ...FIGURES];
}

function requestOf({ group_by: dimensions, from, to, currency }: z.output<typeof reportQuery>): ReportRequest {
  return { dimensions, fromMs: from, toMs: to, currency };
}

/** Adds the doors of the report. */
export function addReportRoutes(routes: Routes, open: Open): void {
  routes.openapi(get, async (c) => {
    const report = await makeReport(open(c), requestOf(c.req.valid("query")));
    const truncated = report.truncated || report.items.length > MAX_ITEMS;
    return c.json({ ...report, items: report.items.slice(0, MAX_ITEMS), truncated }, 200);
  });
  routes.openapi(csv, async (c) => {
    const query = c.req.valid("query");
    const { items } = await makeReport(open(c), requestOf(query));
    return csvResponse(columnsOf(query.group_by), items.slice(0, MAX_CSV_ROWS));
  });
}
