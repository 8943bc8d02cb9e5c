// The doors of upstream credentials. No answer of theirs holds a value that was put in.
import { createRoute, z } from "@hono/zod-openapi";
import { keyed } from "../../../src/shared/auth/requires.ts";
import { isoTime } from "../../../src/shared/clock.ts";
import { database } from "../../../src/shared/db/client.ts";
import { body, json } from "../../../src/shared/http/answers.ts";
import { newRoutes } from "../../../src/shared/http/app.ts";
import { addList } from "../../../src/shared/http/list.ts";
import { decodeCursor, pageOf } from "../../../src/shared/http/page.ts";
import { credentialSummaries } from "../../../src/shared/vault/credentials.ts";
import type { CredentialSummary } from "../../../src/shared/vault/credentials.ts";
import { CREDENTIAL_NAMES } from "../../../src/shared/vault/fields.ts";
import { changeOf, envOf } from "../change.ts";
import { putCredential, removeCredential, rotateCredentials, testCredential } from "./service.ts";

const credentialItem = z
  .object({
    name: z.string(),
    updatedAt: z.string(),
    keyVersion: z.string(),
    lastUsedAt: z.string().nullable(),
    lastError: z.string().nullable(),
  })
  .openapi("Credential");

const params = z.object({
  name: z
    .string()
    .min(1)
    .max(100)
    .openapi({ description: `One of ${CREDENTIAL_NAMES.join(", ")}.` }),
});

const read = keyed("credentials:read");
const write = keyed("credentials:write");
const tags = ["credentials"];

function itemOf({ name, updatedAt, keyVersion, lastUsedAt, lastError }: CredentialSummary) {
  const used = lastUsedAt === null ? null : isoTime(lastUsedAt);
  return { name, updatedAt: isoTime(updatedAt), keyVersion, lastUsedAt: used, lastError };
}

async function page(env: Env, limit: number, cursor: string | undefined) {
  const after = decodeCursor(cursor, z.string());
  const rows = await credentialSummaries(database(env), after, limit + 1);
  return pageOf(rows.map(itemOf), limit, (last) => last.name);
}

/** `/api/credentials` and below. */
export const credentialRoutes = newRoutes();

addList(credentialRoutes, envOf, {
  ...read,
  tags,
  path: "/api/credentials",
  summary: "Lists the stored credentials, never their values",
  item: credentialItem,
  answer: "A page of credentials, by name.",
  page: (env, _, limit, cursor) => page(env, limit, cursor),
});

credentialRoutes.openapi(
  createRoute({
    ...write,
    tags,
    method: "put",
    path: "/api/credentials/{name}",
    summary: "Stores a credential in place of the one before",
    request: { params, body: body(z.record(z.string(), z.unknown())) },
    responses: { 200: json(credentialItem, "Stored.") },
  }),
  async (c) => {
    const stored = await putCredential(changeOf(c), c.req.valid("param").name, c.req.valid("json"));
    return c.json(itemOf(stored), 200);
  },
);

credentialRoutes.openapi(
  createRoute({
    ...write,
    tags,
    method: "delete",
    path: "/api/credentials/{name}",
    summary: "Forgets a credential",
    request: { params },
    responses: { 204: { description: "Forgotten." } },
  }),
  async (c) => {
    await removeCredential(changeOf(c), c.req.valid("param").name);
    return c.body(null, 204);
  },
);

credentialRoutes.openapi(
  createRoute({
    ...write,
    tags,
    method: "post",
    path: "/api/credentials/rotate",
    summary: "Re-wraps all credentials under the newest master key",
    responses: {
      200: json(
        z.object({
          keyVersion: z.string(),
          rewrapped: z.array(z.string()),
          failed: z.array(z.object({ name: z.string(), reason: z.string() })),
        }),
        "What was re-wrapped, and what no present master key opens.",
      ),
    },
  }),
  async (c) => c.json(await rotateCredentials(changeOf(c)), 200),
);

credentialRoutes.openapi(
  createRoute({
    ...write,
    tags,
    method: "post",
    path: "/api/credentials/{name}/test",
    summary: "Asks the upstream whether it takes the stored credential",
    request: { params },
    responses: { 200: json(z.object({ ok: z.boolean(), detail: z.string() }), "What the upstream said.") },
  }),
  async (c) => c.json(await testCredential(changeOf(c), c.req.valid("param").name), 200),
);
