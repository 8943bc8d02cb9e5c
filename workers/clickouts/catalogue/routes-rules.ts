// The doors of rules: `/rule` as its old callers know it, the list of versions, and the cancellation of a scheduled one.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { csvResponse, everyPage } from "../../../src/shared/http/csv.ts";
import type { Column } from "../../../src/shared/http/csv.ts";
import { decodeCursor, listOf, listQuery, MAX_LIMIT } from "../../../src/shared/http/page.ts";
import type { Routes } from "../../../src/shared/system.ts";
import { body, csvAnswer, json } from "../routes-answers.ts";
import type { Open } from "../routes-doors.ts";
import { parseIfMatch } from "./rules.ts";
import * as schema from "./schema.ts";
import type { RuleView } from "./schema.ts";
import { activeRule, cancelRule, changeRule, listRules } from "./service-rules.ts";

const compat = { compat: true };
const path = "/api/clickouts/rules";
const query = z.strictObject({ ...listQuery, ...schema.rulesFilter });
const cursorOf = (cursor: string | undefined) => decodeCursor(cursor, z.int());
const etagOf = (version: number) => ({ ETag: `"${version}"`, "Cache-Control": "no-store" });
const rule = json(schema.compatRuleView, "The rule; its version stands in `ETag`.");

const get = createRoute({
  ...keyed("clickouts:read", compat),
  method: "get",
  path: "/rule",
  request: { query: schema.ruleQuery },
  responses: { 200: rule },
});
const post = createRoute({
  ...keyed("clickouts:write", compat),
  method: "post",
  path: "/rule",
  description: "A stale `If-Match` is 409 `rule_changed`; without it the last writer wins.",
  request: { body: body(schema.ruleBody) },
  responses: { 200: rule },
});
const list = createRoute({
  ...keyed("clickouts:read"),
  method: "get",
  path,
  request: { query },
  responses: { 200: json(listOf(schema.ruleView), "Versions, newest first; with `at` those valid at that instant.") },
});
const csv = createRoute({
  ...keyed("clickouts:read"),
  method: "get",
  path: `${path}.csv`,
  request: { query },
  responses: csvAnswer,
});
const cancel = createRoute({
  ...keyed("clickouts:write"),
  method: "delete",
  path: `${path}/{version}`,
  request: { params: schema.versionPath },
  responses: { 204: { description: "It is cancelled." } },
});

const columns: Column<RuleView>[] = [
  { name: "version", value: (r) => r.version },
  { name: "storeId", value: (r) => r.storeId },
  { name: "networks", value: (r) => r.networks.map((n) => `${n.network}:${n.orderPriority}`).join(" ") },
  { name: "startedAt", value: (r) => r.startedAt },
  { name: "endedAt", value: (r) => r.endedAt },
  { name: "author", value: (r) => r.author },
  { name: "cause", value: (r) => r.cause },
];

/** Adds the doors of rules. */
export function addRuleRoutes(routes: Routes, open: Open): void {
  routes.openapi(get, async (c) => {
    const { version, rule: found } = await activeRule(open(c), c.req.valid("query").store_id);
    return c.json(found, 200, etagOf(version));
  });
  routes.openapi(post, async (c) => {
    const ifMatch = parseIfMatch(c.req.header("If-Match"));
    const { version, rule: made } = await changeRule(open(c), c.req.valid("json"), ifMatch);
    return c.json(made, 200, etagOf(version));
  });
  routes.openapi(list, async (c) => {
    const { limit, cursor, store_id: storeId, at: atMs } = c.req.valid("query");
    return c.json(await listRules(open(c), { storeId, atMs }, limit, cursorOf(cursor)), 200);
  });
  routes.openapi(csv, (c) => {
    const { store_id: storeId, at: atMs } = c.req.valid("query");
    const op = open(c);
    return csvResponse(
      columns,
      everyPage((cursor) => listRules(op, { storeId, atMs }, MAX_LIMIT, cursorOf(cursor))),
    );
  });
  routes.openapi(cancel, async (c) => {
    await cancelRule(open(c), c.req.valid("param").version);
    return c.body(null, 204);
  });
}
