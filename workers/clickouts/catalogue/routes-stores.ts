// The doors of stores, their domains and relations.
import { createRoute } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { body, json } from "../../../src/shared/http/answers.ts";
import { addList } from "../../../src/shared/http/list.ts";
import type { Routes } from "../../../src/shared/system.ts";
import type { Open } from "../routes-doors.ts";
import * as schema from "./schema.ts";
import { addRelation, changeRelation, removeRelation } from "./service-relations.ts";
import { changeStore, createStore, deleteStore, getStore, listStores } from "./service-stores.ts";

const read = keyed("clickouts:read");
const write = keyed("clickouts:write");

const path = "/api/clickouts/stores";
const one = `${path}/{storeId}`;
const relations = `${one}/networks`;
const relation = `${relations}/{relationId}`;

const store = json(schema.storeView, "The store.");
const get = createRoute({
  ...read,
  method: "get",
  path: one,
  request: { params: schema.storePath },
  responses: { 200: store },
});
const create = createRoute({
  ...write,
  method: "post",
  path,
  request: { body: body(schema.storeBody) },
  responses: { 201: store },
});
const change = createRoute({
  ...write,
  method: "patch",
  path: one,
  request: { params: schema.storePath, body: body(schema.storePatch) },
  responses: { 200: store },
});
const remove = createRoute({
  ...write,
  method: "delete",
  path: one,
  request: { params: schema.storePath },
  responses: { 204: { description: "It is gone." } },
});
const tie = createRoute({
  ...write,
  method: "post",
  path: relations,
  request: { params: schema.storePath, body: body(schema.relationBody) },
  responses: { 201: json(schema.relationView, "The relation.") },
});
const changeTie = createRoute({
  ...write,
  method: "patch",
  path: relation,
  request: { params: schema.relationPath, body: body(schema.relationPatch) },
  responses: { 200: json(schema.relationView, "The relation.") },
});
const untie = createRoute({
  ...write,
  method: "delete",
  path: relation,
  request: { params: schema.relationPath },
  responses: { 204: { description: "It is gone." } },
});

/** Adds the doors of stores. */
export function addStoreRoutes(routes: Routes, open: Open): void {
  addList(routes, open, {
    ...read,
    path,
    filter: schema.storesFilter,
    item: schema.storeView,
    answer: "Stores by id.",
    columns: [
      "storeId",
      "name",
      { name: "domains", value: (s) => s.domains.join(" ") },
      { name: "networks", value: (s) => s.networks.map((n) => `${n.network}:${n.externalId}:${n.state}`).join(" ") },
      { name: "ruleVersion", value: (s) => s.rule?.version },
      { name: "ruleNetworks", value: (s) => s.rule?.networks.join(" ") },
      { name: "ruleStartedAt", value: (s) => s.rule?.startedAt },
      { name: "ruleEndedAt", value: (s) => s.rule?.endedAt },
    ],
    page: listStores,
  });
  routes.openapi(get, async (c) => c.json(await getStore(open(c), c.req.valid("param").storeId), 200));
  routes.openapi(create, async (c) => c.json(await createStore(open(c), c.req.valid("json")), 201));
  routes.openapi(change, async (c) =>
    c.json(await changeStore(open(c), c.req.valid("param").storeId, c.req.valid("json")), 200),
  );
  routes.openapi(remove, async (c) => {
    await deleteStore(open(c), c.req.valid("param").storeId);
    return c.body(null, 204);
  });
  routes.openapi(tie, async (c) =>
    c.json(await addRelation(open(c), c.req.valid("param").storeId, c.req.valid("json")), 201),
  );
  routes.openapi(changeTie, async (c) => {
    const { storeId, relationId } = c.req.valid("param");
    return c.json(await changeRelation(open(c), storeId, relationId, c.req.valid("json")), 200);
  });
  routes.openapi(untie, async (c) => {
    const { storeId, relationId } = c.req.valid("param");
    await removeRelation(open(c), storeId, relationId);
    return c.body(null, 204);
  });
}
