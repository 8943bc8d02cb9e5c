// The credentials and tokens of sites, as the replaced service offered them. A token leaves by `tokenOf` alone.
import { AppError, notFound } from "../../../src/shared/errors.ts";
import { putCredential, removeCredential, testCredential } from "../../../src/shared/vault/changes.ts";
import { siteToken } from "../doors.ts";
import { changeOf } from "../service.ts";
import type { Operation } from "../service.ts";
import { isSiteId } from "../intake/update.ts";
import { shardsOf } from "../intake/service-sites.ts";
import type { Grant } from "./token-keeper.ts";

const nameOf = (mmSiteId: string) => `maxymiser:${mmSiteId}`;

/** A site's id of an address, whether it was seen or not. Throws `not_found` for what can be none. */
export function knownSite(mmSiteId: string | undefined): string {
  if (mmSiteId === undefined || !isSiteId(mmSiteId)) throw notFound("This site");
  return mmSiteId;
}

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

/** Asks Maxymiser about a site's stored credentials. One that was held goes on if it takes them. Throws `not_found`. */
export async function testSite(op: Operation, mmSiteId: string): Promise<{ ok: boolean; detail: string }> {
  const verdict = await testCredential(changeOf(op), nameOf(mmSiteId));
  if (verdict.ok && (await siteToken(op.env, mmSiteId).view()).credentials !== "ok") await tellSite(op, mmSiteId);
  return verdict;
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
