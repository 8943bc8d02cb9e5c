// Makes the audit row of an operator change, to stand in the same D1 batch as the change itself.
import { newId } from "../ids.ts";
import type { Db, Statement } from "../db/client.ts";
import { audit } from "./tables.ts";

/** One operator change. `before` and `after` are what a reader may see: no secret, ever. */
export interface AuditEntry {
  /** `root`, `key:<id>`, or `job:<name>`. */
  actor: string;
  /** `<thing>.<verb>`. */
  action: string;
  subject: string;
  before?: unknown;
  after?: unknown;
  requestId?: string | null;
  /** Milliseconds. */
  at: number;
}

/** The statement that records a change. Run it together with the change, or the one may exist without the other. */
export function auditRow(db: Db, entry: AuditEntry): Statement {
  return db.insert(audit).values({
    id: newId("aud", entry.at),
    at: entry.at,
    actor: entry.actor,
    action: entry.action,
    subject: entry.subject,
    before: entry.before ?? null,
    after: entry.after ?? null,
    requestId: entry.requestId ?? null,
  });
}
