// Puts, forgets, tests and re-wraps credentials of upstreams. Values go in; only their names ever come out.
import { auditRow } from "../../../src/shared/audit/row.ts";
import { database, together } from "../../../src/shared/db/client.ts";
import type { Db, Statement } from "../../../src/shared/db/client.ts";
import { inChunks } from "../../../src/shared/db/chunk.ts";
import { AppError, notFound } from "../../../src/shared/errors.ts";
import { invalidRequest } from "../../../src/shared/http/app.ts";
import { redact } from "../../../src/shared/http/redact.ts";
import { log } from "../../../src/shared/telemetry/log.ts";
import {
  credentialSummaries,
  credentialSummary,
  deleteCredential,
  noteCredentialUse,
  openCredential,
  rotate,
  sealCredential,
} from "../../../src/shared/vault/credentials.ts";
import type { CredentialSummary, Rotation } from "../../../src/shared/vault/credentials.ts";
import { VaultError } from "../../../src/shared/vault/envelope.ts";
import {
  CREDENTIAL_NAMES,
  credentialFields,
  fieldsSchema,
  isCredentialName,
  secretsOf,
} from "../../../src/shared/vault/fields.ts";
import type { Change } from "../change.ts";

/** Statements of one D1 batch of a rotation. */
const ROTATION_BATCH = 100;

/** Stores a credential in place of the one before. Throws `not_found`, or `invalid_request` naming the fields. */
export async function putCredential(
  change: Change,
  name: string,
  given: Record<string, unknown>,
): Promise<CredentialSummary> {
  if (!isCredentialName(name)) throw notFound("This credential");
  const parsed = fieldsSchema(name).safeParse(given);
  if (!parsed.success) throw invalidRequest(parsed.error);
  const { env } = change;
  const at = change.deps.clock();
  const db = database(env);
  const before = shown(await credentialSummary(db, name));
  const { statement, keyVersion } = await sealCredential(env, db, name, parsed.data, at);
  const after = { fields: Object.keys(parsed.data), keyVersion };
  await together(db, [statement, audited(db, change, at, "credential.put", `credential:${name}`, before, after)]);
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
    audited(db, change, at, "credential.delete", `credential:${name}`, shown(known), null),
  ]);
  await tellSystems(change, name);
}

/** Asks the upstream whether it takes the stored credential. Throws `not_found`. */
export async function testCredential(change: Change, name: string): Promise<{ ok: boolean; detail: string }> {
  const { env, deps, systems } = change;
  const db = database(env);
  try {
    const opened = await openCredential(env, db, name);
    if (opened === null) throw notFound("This credential");
    const ask = systems.map((system) => system.testCredential?.[name]).find((test) => test !== undefined);
    if (ask === undefined)
      return { ok: true, detail: "It is stored and opens; this upstream has no call that asks for it." };
    const { ok, detail } = await ask(opened.fields, env, deps);
    const told = redact(detail, secretsOf(opened.fields));
    await noteCredentialUse(db, name, deps.clock(), ok ? null : told);
    return { ok, detail: told };
  } catch (error) {
    if (error instanceof VaultError) return { ok: false, detail: error.message };
    throw error;
  }
}

/** Asks the upstream about fields that are not stored yet. Throws `not_found`, `invalid_request`, or `invalid_credentials`. */
export async function checkFields(change: Change, name: string, given: Record<string, unknown>): Promise<void> {
  if (!isCredentialName(name)) throw notFound("This credential");
  const parsed = fieldsSchema(name).safeParse(given);
  if (!parsed.success) throw invalidRequest(parsed.error);
  const ask = change.systems.map((system) => system.testCredential?.[name]).find((test) => test !== undefined);
  if (ask === undefined) return;
  const { ok, detail } = await ask(parsed.data, change.env, change.deps);
  if (ok) return;
  throw new AppError("invalid_credentials", { retry: false, detail: redact(detail, secretsOf(parsed.data)) });
}

/** Everything that could be stored, with what is. A name with `<…>` stands for many. */
export async function credentialStates(env: Env): Promise<{ name: string; stored: CredentialSummary[] }[]> {
  const summaries = await credentialSummaries(database(env));
  return CREDENTIAL_NAMES.map((name) => {
    const family = name.replace(/<.*$/, "");
    const belongs = (stored: string) => (family === name ? stored === name : stored.startsWith(family));
    return { name, stored: summaries.filter((summary) => belongs(summary.name)) };
  });
}

/** The fields that a form asks for, and what is stored of that name. Throws `not_found`. */
export async function credentialForm(env: Env, name: string) {
  if (!isCredentialName(name)) throw notFound("This credential");
  return { fields: credentialFields(name), stored: await credentialSummary(database(env), name) };
}

/** Puts every data key under the newest master key, while readers go on. */
export async function rotateCredentials(change: Change): Promise<Rotation> {
  const db = database(change.env);
  const { statements, ...rotation } = await rotate(change.env, db);
  const at = change.deps.clock();
  const row = audited(db, change, at, "credential.rotate", "credentials", null, rotation);
  for (const part of inChunks<Statement>([row, ...statements], ROTATION_BATCH)) await together(db, part);
  return rotation;
}

function shown(summary: CredentialSummary | undefined) {
  return summary === undefined ? null : { keyVersion: summary.keyVersion, revision: summary.revision };
}

function audited(
  db: Db,
  { actor, requestId }: Change,
  at: number,
  action: string,
  subject: string,
  before: unknown,
  after: unknown,
): Statement {
  return auditRow(db, { actor: actor.id, requestId, at, action, subject, before, after });
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
