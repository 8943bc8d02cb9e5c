// What every verb of the operator is given, and what every change does afterwards: it publishes the routing table.
import type { Deps } from "../../src/shared/deps.ts";
import { AppError } from "../../src/shared/errors.ts";
import type { AuditEntry } from "../../src/shared/audit/row.ts";
import { database } from "../../src/shared/db/client.ts";
import type { Db } from "../../src/shared/db/client.ts";
import { log } from "../../src/shared/telemetry/log.ts";
import { publish } from "./catalogue/publish.ts";
import { adopt } from "./redirect/published.ts";
import type { ClickoutData } from "./store.ts";

/** One request of an operator. */
export interface Operation {
  env: Env;
  deps: Deps;
  db: Db;
  data: ClickoutData;
  /** `root` or `key:<id>`. */
  actor: string;
  requestId: string;
}

/** Opens one request's session of D1 and says who asks. */
export function openOperation(request: Omit<Operation, "db">): Operation {
  return { ...request, db: database(request.env) };
}

/** How often a change that another overtook is decided anew. Each round is one writer who got through. */
const MAX_ROUNDS = 12;

/**
 * Makes a change that is decided upon what was read: `decide` reads, decides and writes. Where another was faster it does so
 * again, in a session of its own, since only the first query of a session is sure to see the other's change.
 */
export async function untilMade<T>(op: Operation, decide: (op: Operation) => Promise<T>): Promise<T> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    try {
      return await decide(round === 0 ? op : { ...op, db: database(op.env) });
    } catch (error) {
      if (op.data.lossOf(error) === null) throw error;
    }
  }
  throw new AppError("busy", {
    retry: true,
    detail: "Others keep changing this at the same time. Nothing was changed.",
    headers: { "Retry-After": "1" },
  });
}

/** The audit row of a change. */
export function audited(op: Operation, action: string, subject: string, before: unknown, after: unknown): AuditEntry {
  return { actor: op.actor, action, subject, before, after, requestId: op.requestId, at: op.deps.clock() };
}

/**
 * Publishes what was changed; this isolate uses it at once. The change stands in D1 whatever happens here: a failure is logged
 * and the sweep repairs it within a minute.
 */
export async function announce(op: Operation): Promise<void> {
  try {
    await publish(op.env, op.deps, (table) => adopt(op.env, table, op.deps.clock()));
  } catch (error) {
    log("publish_failed", { level: "error", requestId: op.requestId, error });
  }
}
