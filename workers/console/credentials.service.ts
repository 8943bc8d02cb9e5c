// Tests and re-wraps credentials of upstreams; putting and forgetting is the vault's. Values go in; only names ever come out.
import { database, together } from "../../src/shared/db/client.ts";
import type { Statement } from "../../src/shared/db/client.ts";
import { inChunks } from "../../src/shared/db/chunk.ts";
import { notFound } from "../../src/shared/errors.ts";
import { redact } from "../../src/shared/http/redact.ts";
import { auditedCredential } from "../../src/shared/vault/changes.ts";
import type { Change } from "../../src/shared/vault/changes.ts";
import { noteCredentialUse, openCredential, rotate } from "../../src/shared/vault/credentials.ts";
import type { Rotation } from "../../src/shared/vault/credentials.ts";
import { VaultError } from "../../src/shared/vault/envelope.ts";
import { familyOf, secretsOf } from "../../src/shared/vault/fields.ts";

export type { Change } from "../../src/shared/vault/changes.ts";
export { putCredential, removeCredential } from "../../src/shared/vault/changes.ts";

/** Statements of one D1 batch of a rotation. */
const ROTATION_BATCH = 100;

/** Asks the upstream whether it takes the stored credential. Throws `not_found`. */
export async function testCredential(change: Change, name: string): Promise<{ ok: boolean; detail: string }> {
  const { env, deps, systems } = change;
  const db = database(env);
  try {
    const opened = await openCredential(env, db, name);
    if (opened === null) throw notFound("This credential");
    const family = familyOf(name);
    const ask = systems.map((system) => system.testCredential?.[family]).find((test) => test !== undefined);
    if (ask === undefined)
      return { ok: true, detail: "It is stored and opens; this upstream has no call that asks for it." };
    const { ok, detail, unsure } = await ask(opened.fields, env, deps, name);
    const told = redact(detail, secretsOf(opened.fields));
    if (unsure !== true) await noteCredentialUse(db, name, deps.clock(), ok ? null : told);
    return { ok, detail: told };
  } catch (error) {
    if (error instanceof VaultError) return { ok: false, detail: error.message };
    throw error;
  }
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
