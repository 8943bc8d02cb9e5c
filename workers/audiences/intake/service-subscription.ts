// Subscriptions: what mParticle wishes of a segment becomes a wish on its buffer's disk. Split is not asked here.
import { invalid } from "../../../src/shared/errors.ts";
import { namingOf } from "./membership.ts";
import type { SegmentNaming } from "./membership.ts";
import { namedSegment } from "./mparticle.ts";
import type { SegmentIdentity } from "../objects.ts";
import type { AccountSettings } from "../schema.ts";
import { segmentId } from "../segment-name.ts";
import { reached, sixAtOnce } from "../service.ts";
import type { Operation } from "../service.ts";
import { identityOf, register } from "./service-intake.ts";
import { offerKey } from "../service-tenants.ts";
import type { SegmentRow } from "../store-segments.ts";

/** A subscription request, read. */
export interface Subscription {
  account: AccountSettings;
  audienceId: string;
  audienceName: string | null;
  action: "add" | "update" | "remove";
  /** As they came. */
  settings: unknown;
  previousSettings: unknown;
  atMs: number;
}

/**
 * Which segment is meant. An audience without a name in its settings keeps the one under which it is known here, also when
 * mParticle renames it: the name that is answered is the one that all later changes carry.
 */
function namingFor(wish: Subscription, rows: readonly SegmentRow[]): SegmentNaming {
  const { audienceId, audienceName, settings, previousSettings } = wish;
  const named = namedSegment(settings) ?? namedSegment(previousSettings);
  const known = rows.find(({ state }) => state !== "removed") ?? (wish.action === "add" ? undefined : rows[0]);
  const fallback = namingOf(audienceId, audienceName, null);
  if (named === null && known === undefined) {
    if (fallback === null) throw invalid("audience_name", "is needed to name the segment");
    return fallback;
  }
  const segment = named ?? known!.segment;
  const unnamed = named === null && fallback?.segment === segment;
  return { segment, audienceId, audienceName, plainName: unnamed ? fallback.plainName : null };
}

/** Makes the wish durable and tells the segment's name. Throws 503 `busy` if our own write fails, 400 if nothing names it. */
export async function subscribe(op: Operation, wish: Subscription): Promise<{ segmentName: string }> {
  const { account, audienceId, action, atMs } = wish;
  const { workspaceId, environmentId } = account;
  const rows = await op.data.segmentsOfAudience(op.db, workspaceId, environmentId, audienceId);
  const naming = namingFor(wish, rows);
  const identity = identityOf(account, naming);
  const others = action === "remove" ? rows.filter((row) => row.segment !== naming.segment) : [];
  const state = action === "remove" ? "deleted" : "active";
  const wishes = [identity, ...others.map(({ segment }) => ({ ...identity, segment, plainName: null }))];
  await Promise.all([
    offerKey(op, workspaceId, account.apiKey),
    sixAtOnce(wishes, (one) => want(op, one, state, atMs)),
  ]);
  if (action === "update") await move(op, wish, naming, rows);
  return { segmentName: naming.segment };
}

async function want(op: Operation, identity: SegmentIdentity, state: "active" | "deleted", atMs: number) {
  const { workspaceId, environmentId, segment, audienceId } = identity;
  const id = await segmentId(workspaceId, environmentId, segment);
  const { registered } = await reached("segment", () => op.objects.buffer(id).want(identity, state, atMs));
  if (!registered) await register(op, [{ id, workspaceId, environmentId, segment, audienceId }]);
}

/** A new name in the settings: what still waits under the old one goes to the new segment. The old segment is kept. */
async function move(op: Operation, wish: Subscription, naming: SegmentNaming, rows: readonly SegmentRow[]) {
  const old = namedSegment(wish.previousSettings);
  const row = old === naming.segment ? undefined : rows.find(({ segment }) => segment === old);
  if (row !== undefined) await reached("segment", () => op.objects.buffer(row.id).rename(naming.segment));
}
