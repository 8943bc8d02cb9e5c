// An operator of clickouts in tests: his doors behind the real root, a clock that he holds, and keys with any scopes.
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { apiKey } from "../../src/shared/auth/tables.ts";
import { hashOf, newKey } from "../../src/shared/auth/secrets.ts";
import { database } from "../../src/shared/db/client.ts";
import { createRoot } from "../../src/shared/http/root.ts";
import type { Deps } from "../../src/shared/deps.ts";
import { IMPORT_PATH } from "../../workers/clickouts/catalogue/routes-import.ts";
import { clickoutRoutes } from "../../workers/clickouts/routes.ts";
import { clickoutData } from "../../workers/clickouts/store.ts";

/** When tests of the operator's doors begin: 2026-11-21T12:00:00Z. */
export const START_MS = Date.UTC(2026, 10, 21, 12);

/** An answer with its body read. `json` is whatever the door says: tests look into it. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  json: any;
}

/** One operator. */
export interface Operator {
  deps: Deps;
  /** Moves the clock. */
  setNow(ms: number): void;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

/** Opens the doors with the root's token, or with `authorization`. `explain` echoes what it was asked. */
export function operator(authorization: string | null = `Bearer ${env.ADMIN_TOKEN}`, bindings: Env = env): Operator {
  let nowMs = START_MS;
  const deps: Deps = { clock: () => nowMs, fetch: globalThis.fetch };
  const routes = clickoutRoutes({ data: clickoutData, explain: async (_env, _deps, query) => ({ asked: query }) });
  const prefixes = ["/rule", "/status", "/api/clickouts"];
  const root = createRoot([{ name: "clickouts", prefixes, routes, largeBodies: [IMPORT_PATH] }], deps);
  return {
    deps,
    setNow: (ms) => void (nowMs = ms),
    async call(method, path, body, headers = {}) {
      const ctx = createExecutionContext();
      const init: RequestInit = {
        method,
        headers: {
          ...(authorization === null ? {} : { Authorization: authorization }),
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      };
      const response = await root.fetch(new Request(`https://sluice.test${path}`, init), bindings, ctx);
      const text = await response.text();
      await waitOnExecutionContext(ctx);
      const isJson = response.headers.get("Content-Type")?.includes("json") ?? false;
      return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : null };
    },
  };
}

/** Stores a key with these scopes. */
export async function keyWith(...scopes: string[]): Promise<string> {
  const { key, prefix } = newKey();
  await database(env)
    .insert(apiKey)
    .values({ id: prefix, name: "test", hash: await hashOf(key), prefix, scopes, createdAt: START_MS });
  return key;
}

/** Creates a store over awin and lomadee; the answer's store. */
export async function makeStore(by: Operator, name = "Casa Aroeira", domain = "casaaroeira.example") {
  const answer = await by.call("POST", "/api/clickouts/stores", {
    name,
    domains: [domain],
    networks: [
      { network: "awin", externalId: "17648" },
      { network: "lomadee", externalId: 5632 },
    ],
  });
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.json as { storeId: number; networks: { relationId: number }[]; rule: { version: number } };
}
