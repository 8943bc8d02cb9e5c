// The doors of API keys. A key is answered once, when it is made.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { newRoutes } from "../../../src/shared/http/app.ts";
import { csvResponse, everyPage } from "../../../src/shared/http/csv.ts";
import { MAX_LIMIT, listOf, listQuery } from "../../../src/shared/http/page.ts";
import { changeOf } from "../change.ts";
import { keysPage, makeKey, removeKey } from "./service.ts";
import { keyItem, newKeyItem, wantedKey } from "./schema.ts";
import type { KeyItem } from "./schema.ts";

const tags = ["keys"];

/** `/api/keys` and below. */
export const keyRoutes = newRoutes();

keyRoutes.openapi(
  createRoute({
    ...keyed("keys:write"),
    tags,
    method: "post",
    path: "/api/keys",
    summary: "Makes a key and shows it once",
    request: { body: { required: true, content: { "application/json": { schema: wantedKey } } } },
    responses: { 201: { description: "Made.", content: { "application/json": { schema: newKeyItem } } } },
  }),
  async (c) => {
    const made = await makeKey(changeOf(c), c.req.valid("json"));
    c.header("Cache-Control", "no-store");
    return c.json(made, 201);
  },
);

keyRoutes.openapi(
  createRoute({
    ...keyed("keys:read"),
    tags,
    method: "get",
    path: "/api/keys",
    summary: "Lists the keys, newest first",
    request: { query: z.strictObject(listQuery) },
    responses: {
      200: { description: "A page of keys.", content: { "application/json": { schema: listOf(keyItem) } } },
    },
  }),
  async (c) => {
    const { limit, cursor } = c.req.valid("query");
    return c.json(await keysPage(c.env, limit, cursor), 200);
  },
);

keyRoutes.openapi(
  createRoute({
    ...keyed("keys:read"),
    tags,
    method: "get",
    path: "/api/keys.csv",
    summary: "The list of keys as CSV",
    responses: { 200: { description: "CSV.", content: { "text/csv": { schema: z.string() } } } },
  }),
  (c) => {
    const columns = (["id", "name", "prefix", "scopes", "createdAt", "expiresAt", "lastUsedAt"] as const).map(
      (name) => ({
        name,
        value: (item: KeyItem) => (name === "scopes" ? item.scopes.join(" ") : item[name]),
      }),
    );
    return csvResponse(
      columns,
      everyPage((cursor) => keysPage(c.env, MAX_LIMIT, cursor)),
    );
  },
);

keyRoutes.openapi(
  createRoute({
    ...keyed("keys:write"),
    tags,
    method: "delete",
    path: "/api/keys/{id}",
    summary: "Revokes a key, everywhere within two minutes",
    request: { params: z.object({ id: z.string().min(1).max(100) }) },
    responses: { 204: { description: "Revoked." } },
  }),
  async (c) => {
    await removeKey(changeOf(c), c.req.valid("param").id);
    return c.body(null, 204);
  },
);
