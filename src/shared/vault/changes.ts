// Puts, tests and forgets credentials of upstreams: checked, sealed, audited, told to the systems. Values go in and never come out.
import { auditRow } from "../audit/row.ts";
import { database, together } from "../db/client.ts";
import type { Db, Statement } from "../db/client.ts";
import { AppError, notFound } from "../errors.ts";
import { invalidRequest } from "../http/app.ts";
import { redact } from "../http/redact.ts";
import type { Change } from "../system.ts";
import { log } from "../telemetry/log.ts";
import {
  credentialSummary,
  deleteCredential,
  noteCredentialUse,
  openCredential,
  sealCredential,
} from "./credentials.ts";
import type { CredentialSummary } from "./credentials.ts";
import { VaultError } from "./envelope.ts";
import { familyOf, fieldsSchema, isCredentialName, secretsOf } from "./fields.ts";

/**
 * Stores a credential in place of the one before. Where `askFirst` or its system wants the upstream asked first, a refusal
 * stores nothing. Throws `not_found`, `invalid_request` naming the fields, `invalid_credentials` with the upstream's words, or
 * `busy`.
 */
export async function putCredential(
  change: Change,
  name: string,
  given: Record<string, unknown>,
  askFirst = false,
): Promise<CredentialSummary> {
  if (!isCredentialName(name)) throw notFound("This credential");
  const parsed = fieldsSchema(name).safeParse(given);
  if (!parsed.success) throw invalidRequest(parsed.error);
  await check(change, name, parsed.data, askFirst);
  const { env } = change;
  const at = change.deps.clock();
  const db = database(env);
  const before = shown(await credentialSummary(db, name));
  const { statement, keyVersion } = await sealCredential(env, db, name, parsed.data, at);
  const after = { fields: Object.keys(parsed.data), keyVersion };
  await together(db, [statement, auditedCredential(db, change, at, "put", `credential:${name}`, before, after)]);
  await tellSystems(change, name);
  const stored = await credentialSummary(db, name);
  if (stored === undefined) throw notFound("This credential");
  return stored;
}

/** Forgets a credential. Throws `not_found`. */
export async function removeCredential(change: Change, name: string): Promise<void> {
  const at = change.deps.clock();
  const db = database(change.env);
  const known = await credentialSummary(db, name);
  if (known === undefined) throw notFound("This credential");
  await together(db, [
    deleteCredential(db, name, at),
    auditedCredential(db, change, at, "delete", `credential:${name}`, shown(known), null),
  ]);
  await tellSystems(change, name);
}

/** Asks the upstream whether it takes the stored credential. Throws `not_found`. */
export async function testCredential(change: Change, name: string): Promise<{ ok: boolean; detail: string }> {
  const { env, deps } = change;
  const db = database(env);
  try {
    const opened = await openCredential(env, db, name);
    if (opened === null) throw notFound("This credential");
    const verdict = await verdictOf(change, name, opened.fields);
    if (verdict === null)
      return { ok: true, detail: "It is stored and opens; this upstream has no call that asks for it." };
    const { ok, detail, unsure } = verdict;
    if (unsure !== true) await noteCredentialUse(db, name, deps.clock(), ok ? null : detail);
    return { ok, detail };
  } catch (error) {
    if (error instanceof VaultError) return { ok: false, detail: error.message };
    throw error;
  }
}

/** The audit row `credential.<verb>`. */
export function auditedCredential(
  db: Db,
  { actor, requestId }: Pick<Change, "actor" | "requestId">,
  at: number,
  verb: "put" | "delete" | "rotate",
  subject: string,
  before: unknown,
  after: unknown,
): Statement {
  return auditRow(db, { actor: actor.id, requestId, at, action: `credential.${verb}`, subject, before, after });
}

/** What the upstream says of these fields, without their secrets; null where no system has a call that asks. */
async function verdictOf({ systems, env, deps }: Change, name: string, fields: Record<string, string>) {
  const ask = systems.map((system) => system.testCredential?.[familyOf(name)]).find((test) => test !== undefined);
  if (ask === undefined) return null;
  const verdict = await ask(fields, env, deps, name);
  return { ...verdict, detail: redact(verdict.detail, secretsOf(fields)) };
}

async function check(change: Change, name: string, fields: Record<string, string>, askFirst: boolean): Promise<void> {
  const family = familyOf(name);
  const always = change.systems.some((system) => system.asksBeforeStoring && system.testCredential?.[family]);
  const verdict = askFirst || always ? await verdictOf(change, name, fields) : null;
  if (verdict === null || verdict.ok) return;
  const { detail, unsure } = verdict;
  if (unsure !== true) throw new AppError("invalid_credentials", { retry: false, detail });
  throw new AppError("busy", { retry: true, detail, headers: { "Retry-After": "30" } });
}

function shown(summary: CredentialSummary | undefined) {
  return summary === undefined ? null : { keyVersion: summary.keyVersion, revision: summary.revision };
}

/** The change is made already: what a system cannot do now, its sweep does. */
async function tellSystems({ systems, env, deps }: Change, name: string): Promise<void> {
  for (const system of systems) {
    try {
      await system.credentialsChanged?.(env, deps, name);
    } catch (error) {
      log("credentials_change_unheard", { level: "error", system: system.name, name, error });
    }
  }
}
