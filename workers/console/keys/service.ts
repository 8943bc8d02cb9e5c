// Makes, lists and revokes API keys. Nobody can make one that may do more than he may.
import { createKey, listKeys, revokeKey } from "../../../src/shared/auth/keys.ts";
import type { ChangedBy, KeyRow } from "../../../src/shared/auth/keys.ts";
import { grants, isKnownScope } from "../../../src/shared/auth/scopes.ts";
import { isoTime } from "../../../src/shared/clock.ts";
import { database } from "../../../src/shared/db/client.ts";
import { AppError, invalid } from "../../../src/shared/errors.ts";
import { invalidRequest } from "../../../src/shared/http/app.ts";
import { decodeCursor, pageOf } from "../../../src/shared/http/page.ts";
import type { Change } from "../change.ts";
import { cursorText } from "../schema.ts";
import { wantedKey } from "./schema.ts";
import type { KeyItem } from "./schema.ts";

const time = (ms: number | null) => (ms === null ? null : isoTime(ms));

function itemOf({ id, name, prefix, scopes, createdAt, expiresAt, lastUsedAt }: KeyRow): KeyItem {
  const times = { createdAt: isoTime(createdAt), expiresAt: time(expiresAt), lastUsedAt: time(lastUsedAt) };
  return { id, name, prefix, scopes, ...times };
}

/** Who changes, for the kernel's functions. */
export function changedBy({ actor, requestId, deps }: Change): ChangedBy {
  return { actor: actor.id, requestId, at: deps.clock() };
}

/** A page of keys, newest first. */
export async function keysPage(env: Env, limit: number, cursor: string | undefined) {
  const before = decodeCursor(cursor, cursorText);
  return pageOf((await listKeys(database(env), limit + 1, before)).map(itemOf), limit, (last) => last.id);
}

/** Makes a key; `key` in the answer is its only appearance. Throws `invalid_request` or `forbidden`. */
export async function makeKey(change: Change, given: unknown): Promise<KeyItem & { key: string }> {
  const parsed = wantedKey.safeParse(given);
  if (!parsed.success) throw invalidRequest(parsed.error);
  const { name, scopes, expiresAt } = parsed.data;
  const unknown = scopes.findIndex((scope) => !isKnownScope(scope));
  if (unknown !== -1) throw invalid(`scopes.${unknown}`, "is not a known scope");
  const beyond = scopes.find((scope) => !grants(change.actor.scopes, scope));
  if (beyond !== undefined) {
    throw new AppError("forbidden", {
      retry: false,
      detail: `This key cannot grant ${beyond}, which it lacks itself.`,
    });
  }
  const by = changedBy(change);
  const expiresAtMs = expiresAt === undefined || expiresAt === null ? null : Date.parse(expiresAt);
  if (expiresAtMs !== null && expiresAtMs <= by.at) throw invalid("expiresAt", "must be in the future");
  const wanted = { name, scopes: [...new Set(scopes)], expiresAt: expiresAtMs };
  const made = await createKey(database(change.env), wanted, by);
  return { ...itemOf(made), key: made.key };
}

/** Revokes a key: within two minutes everywhere. Throws `not_found`. */
export async function removeKey(change: Change, id: string): Promise<void> {
  await revokeKey(change.env, database(change.env), id, changedBy(change));
}
