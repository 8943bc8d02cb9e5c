// The credentials and tokens of sites, as the replaced service offered them. A token leaves by `tokenOf` alone.
import { AppError } from "../../../src/shared/errors.ts";
import { putCredential, removeCredential } from "../../../src/shared/vault/changes.ts";
import { siteToken } from "../doors.ts";
import { changeOf } from "../service.ts";
import type { Operation } from "../service.ts";
import { shardsOf } from "../intake/service-sites.ts";
import type { Grant } from "./token-keeper.ts";

const nameOf = (mmSiteId: string) => `maxymiser:${mmSiteId}`;

/** Stores a site's credentials, if Maxymiser takes them. Throws what `putCredential` throws. */
export async function setSite(op: Operation, mmSiteId: string, fields: Record<string, unknown>): Promise<void> {
  await putCredential(changeOf(op), nameOf(mmSiteId), fields);
}

/** Forgets a site's credentials; false if there were none. */
export async function forgetSite(op: Operation, mmSiteId: string): Promise<boolean> {
  try {
    await removeCredential(changeOf(op), nameOf(mmSiteId));
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === "not_found") return false;
    throw error;
  }
}

/** Whether there are credentials for a site. */
export async function hasCredentials(op: Operation, mmSiteId: string): Promise<boolean> {
  return (await op.data.credentialRevision(op.db, mmSiteId)) > 0;
}

/** The site's token; null if there are no credentials. */
export async function tokenOf(op: Operation, mmSiteId: string): Promise<Grant | null> {
  if (!(await hasCredentials(op, mmSiteId))) return null;
  const grant = await siteToken(op.env, mmSiteId).grant({ purpose: "show" });
  return grant.kind === "hold" && grant.reason === "missing" ? null : grant;
}

/** Tells a site's object of its newest credentials, and remembers that it knows. Their revision is negative once deleted. */
export async function tellSite(
  op: Pick<Operation, "env" | "deps" | "db" | "data">,
  mmSiteId: string,
): Promise<{ revision: number }> {
  // A site that was never pushed to is first seen here; its shards are fixed now.
  await shardsOf(op, [mmSiteId]);
  const revision = await op.data.credentialRevision(op.db, mmSiteId);
  await siteToken(op.env, mmSiteId).credentialsChanged();
  await op.data.noteTold(op.db, mmSiteId, revision);
  return { revision };
}
