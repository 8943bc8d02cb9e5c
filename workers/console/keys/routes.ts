// The doors of API keys. A key is answered once, when it is made.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { body, json } from "../../../src/shared/http/answers.ts";
import { newRoutes } from "../../../src/shared/http/app.ts";
import { addList } from "../../../src/shared/http/list.ts";
import { changeOf, envOf } from "../change.ts";
import { keysPage, makeKey, removeKey } from "./service.ts";
import { keyItem, newKeyItem, wantedKey } from "./schema.ts";

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
    request: { body: body(wantedKey) },
    responses: { 201: json(newKeyItem, "Made.") },
  }),
  async (c) => {
    const made = await makeKey(changeOf(c), c.req.valid("json"));
    c.header("Cache-Control", "no-store");
    return c.json(made, 201);
  },
);

addList(keyRoutes, envOf, {
  ...keyed("keys:read"),
  tags,
  path: "/api/keys",
  summary: "Lists the keys, newest first",
  item: keyItem,
  answer: "A page of keys.",
  columns: [
    ...(["id", "name", "prefix"] as const),
    { name: "scopes", value: ({ scopes }) => scopes.join(" ") },
    ...(["createdAt", "expiresAt", "lastUsedAt"] as const),
  ],
  page: (env, _, limit, cursor) => keysPage(env, limit, cursor),
});

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
