// What operators changed, as doors and pages list it.
import { listAudit } from "../../../src/shared/audit/list.ts";
import type { AuditRow } from "../../../src/shared/audit/list.ts";
import { listKeys } from "../../../src/shared/auth/keys.ts";
import { isoTime } from "../../../src/shared/clock.ts";
import { database } from "../../../src/shared/db/client.ts";
import { decodeCursor, pageOf } from "../../../src/shared/http/page.ts";
import { cursorText } from "../schema.ts";
import type { AuditQuery, Json } from "./schema.ts";

const MAX_NAMES = 500;

function itemOf({ at, before, after, ...row }: AuditRow) {
  return { ...row, at: isoTime(at), before: before as Json, after: after as Json };
}

/** A page of changes, the newest first. */
export async function auditPage(env: Env, query: AuditQuery, limit: number, cursor: string | undefined) {
  const ms = (text: string | undefined) => (text === undefined ? undefined : Date.parse(text));
  const { actor, action, request_id: requestId, from, to } = query;
  const beforeId = decodeCursor(cursor, cursorText);
  const wanted = { actor, action, requestId, fromMs: ms(from), toMs: ms(to), beforeId };
  const rows = await listAudit(database(env), wanted, limit + 1);
  return pageOf(rows.map(itemOf), limit, (last) => last.id);
}

/** The names of the keys that act, by actor: `key:<id>`. Keys that were revoked have none. */
export async function actorNames(env: Env): Promise<ReadonlyMap<string, string>> {
  const keys = await listKeys(database(env), MAX_NAMES);
  return new Map(keys.map(({ id, name }) => [`key:${id}`, name]));
}
