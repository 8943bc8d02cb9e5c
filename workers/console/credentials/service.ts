// Shows and re-wraps credentials of upstreams; putting, testing and forgetting is the vault's. Values go in; only names come out.
import { database, together } from "../../../src/shared/db/client.ts";
import type { Statement } from "../../../src/shared/db/client.ts";
import { inChunks } from "../../../src/shared/db/chunk.ts";
import { notFound } from "../../../src/shared/errors.ts";
import { auditedCredential } from "../../../src/shared/vault/changes.ts";
import { credentialSummaries, credentialSummary, rotate } from "../../../src/shared/vault/credentials.ts";
import type { CredentialSummary, Rotation } from "../../../src/shared/vault/credentials.ts";
import { CREDENTIAL_NAMES, credentialFields, isCredentialName } from "../../../src/shared/vault/fields.ts";
import type { Change } from "../change.ts";

export { putCredential, removeCredential, testCredential } from "../../../src/shared/vault/changes.ts";

/** Statements of one D1 batch of a rotation. */
const ROTATION_BATCH = 100;

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
  const row = auditedCredential(db, change, at, "rotate", "credentials", null, rotation);
  for (const part of inChunks<Statement>([row, ...statements], ROTATION_BATCH)) await together(db, part);
  return rotation;
}
