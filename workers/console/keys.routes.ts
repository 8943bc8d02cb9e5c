// The doors of API keys. A key is answered once, when it is made; nobody can make one that may do more than he may.
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { createKey, listKeys, revokeKey } from "../../src/shared/auth/keys.ts";
import type { ChangedBy, KeyRow } from "../../src/shared/auth/keys.ts";
import { keyed } from "../../src/shared/auth/requires.ts";
import { grants, isKnownScope } from "../../src/shared/auth/scopes.ts";
import { isoTime } from "../../src/shared/clock.ts";
import { database } from "../../src/shared/db/client.ts";
import { AppError, invalid } from "../../src/shared/errors.ts";
import { newRoutes } from "../../src/shared/http/app.ts";
import { csvResponse, everyPage } from "../../src/shared/http/csv.ts";
import { MAX_LIMIT, decodeCursor, listOf, listQuery, pageOf } from "../../src/shared/http/page.ts";
import type { AppEnv } from "../../src/shared/system.ts";

const keyItem = z
  .object({
    id: z.string(),
    name: z.string(),
    prefix: z.string(),
    scopes: z.array(z.string()),
    createdAt: z.string(),
    expiresAt: z.string().nullable(),
    lastUsedAt: z.string().nullable(),
  })
  .openapi("Key");

const newKeyItem = keyItem.extend({ key: z.string().openapi({ description: "Shown this once." }) }).openapi("NewKey");

const wantedKey = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(z.string().refine(isKnownScope, "is not a known scope")).min(1).max(50),
  expiresAt: z.iso.datetime({ offset: true }).nullish(),
});

const tags = ["keys"];

const time = (ms: number | null) => (ms === null ? null : isoTime(ms));

function itemOf({ id, name, prefix, scopes, createdAt, expiresAt, lastUsedAt }: KeyRow) {
  const times = { createdAt: isoTime(createdAt), expiresAt: time(expiresAt), lastUsedAt: time(lastUsedAt) };
  return { id, name, prefix, scopes, ...times };
}

function changedBy(c: Context<AppEnv>): ChangedBy {
  return { actor: c.get("actor").id, requestId: c.get("requestId"), at: c.get("deps").clock() };
}

async function page(env: Env, limit: number, cursor: string | undefined) {
  const before = decodeCursor(cursor, z.string());
  return pageOf((await listKeys(database(env), limit + 1, before)).map(itemOf), limit, (last) => last.id);
}

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
    const { name, scopes, expiresAt } = c.req.valid("json");
    const held = c.get("actor").scopes;
    const beyond = scopes.find((scope) => !grants(held, scope));
    if (beyond !== undefined) {
      throw new AppError("forbidden", {
        retry: false,
        detail: `This key cannot grant ${beyond}, which it lacks itself.`,
      });
    }
    const by = changedBy(c);
    const expiresAtMs = expiresAt === undefined || expiresAt === null ? null : Date.parse(expiresAt);
    if (expiresAtMs !== null && expiresAtMs <= by.at) throw invalid("expiresAt", "must be in the future");
    const made = await createKey(database(c.env), { name, scopes: [...new Set(scopes)], expiresAt: expiresAtMs }, by);
    c.header("Cache-Control", "no-store");
    return c.json({ ...itemOf(made), key: made.key }, 201);
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
    return c.json(await page(c.env, limit, cursor), 200);
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
        value: (item: ReturnType<typeof itemOf>) => (name === "scopes" ? item.scopes.join(" ") : item[name]),
      }),
    );
    return csvResponse(
      columns,
      everyPage((cursor) => page(c.env, MAX_LIMIT, cursor)),
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
    await revokeKey(c.env, database(c.env), c.req.valid("param").id, changedBy(c));
    return c.body(null, 204);
  },
);
