// The doors of rules: `/rule` as its old callers know it, the list of versions, and the cancellation of a scheduled one.
import { createRoute } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { body, json } from "../../../src/shared/http/answers.ts";
import { addList } from "../../../src/shared/http/list.ts";
import type { Routes } from "../../../src/shared/system.ts";
import type { Open } from "../routes-doors.ts";
import { parseIfMatch } from "./rules.ts";
import * as schema from "./schema.ts";
import { activeRule, cancelRule, changeRule, listRules } from "./service-rules.ts";

const compat = { compat: true };
const path = "/api/clickouts/rules";
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
const cancel = createRoute({
  ...keyed("clickouts:write"),
  method: "delete",
  path: `${path}/{version}`,
  request: { params: schema.versionPath },
  responses: { 204: { description: "It is cancelled." } },
});

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
  addList(routes, open, {
    ...keyed("clickouts:read"),
    path,
    filter: schema.rulesFilter,
    item: schema.ruleView,
    answer: "Versions, newest first; with `at` those valid at that instant.",
    columns: [
      "version",
      "storeId",
      { name: "networks", value: (r) => r.networks.map((n) => `${n.network}:${n.orderPriority}`).join(" ") },
      "startedAt",
      "endedAt",
      "author",
      "cause",
    ],
    page: (op, { store_id: storeId, at: atMs }, limit, cursor) => listRules(op, { storeId, atMs }, limit, cursor),
  });
  routes.openapi(cancel, async (c) => {
    await cancelRule(open(c), c.req.valid("param").version);
    return c.body(null, 204);
  });
}
