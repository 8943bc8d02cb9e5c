// Subscribers in D1: added, changed, disabled, rotated, deleted, each with its audit row in the same transaction. The audit tells
// the URL's origin only: what follows it may be a receiver's own secret.
import { count, desc, eq, lt, sql } from "drizzle-orm";
import type { ChangedBy } from "../auth/keys.ts";
import { auditRow } from "../audit/row.ts";
import { DAY_MS } from "../clock.ts";
import { together } from "../db/client.ts";
import type { Db, Statement } from "../db/client.ts";
import { newId } from "../ids.ts";
import { disabling } from "./claim.ts";
import { forgetSecrets, freshSecret, keepPresent } from "./secrets.ts";
import { webhook, webhookDelivery } from "./tables.ts";

type VaultEnv = Pick<Env, "VAULT_KEYS">;

/** A subscriber as it is stored. */
export type WebhookRow = typeof webhook.$inferSelect;

/** A subscriber with what waits for it. */
export type CountedWebhook = WebhookRow & { pending: number; parked: number; parkedSince: number | null };

/** What a subscriber wants. */
export interface Wanted {
  url: string;
  events: string[];
  description: string;
}

/** After a rotation receivers have so long to take the new secret up. */
const BOTH_VALID_MS = DAY_MS;

const countedColumns = {
  id: webhook.id,
  url: webhook.url,
  description: webhook.description,
  events: webhook.events,
  state: webhook.state,
  disabledReason: webhook.disabledReason,
  disabledAt: webhook.disabledAt,
  previousSecretUntil: webhook.previousSecretUntil,
  restUntil: webhook.restUntil,
  lastAttemptAt: webhook.lastAttemptAt,
  lastError: webhook.lastError,
  createdAt: webhook.createdAt,
  // Literal states: only so do the partial indexes serve.
  pending: sql<number>`(select count(*) from webhook_delivery d where d.webhook_id = webhook.id and d.state = 'pending')`,
  parked: sql<number>`(select count(*) from webhook_delivery d where d.webhook_id = webhook.id and d.state = 'parked')`,
  parkedSince: sql<number | null>`(select min(d.ended_at) from webhook_delivery d
    where d.webhook_id = webhook.id and d.state = 'parked')`,
};

/** Subscribers, the newest first, older than `beforeId`. */
export async function listWebhooks(db: Db, limit: number, beforeId?: string): Promise<CountedWebhook[]> {
  return db
    .select(countedColumns)
    .from(webhook)
    .where(beforeId === undefined ? undefined : lt(webhook.id, beforeId))
    .orderBy(desc(webhook.id))
    .limit(limit);
}

/** One subscriber, or undefined. */
export async function webhookById(db: Db, id: string): Promise<CountedWebhook | undefined> {
  return db.select(countedColumns).from(webhook).where(eq(webhook.id, id)).get();
}

/** How many there are. */
export async function countWebhooks(db: Db): Promise<number> {
  return (await db.select({ n: count() }).from(webhook).get())?.n ?? 0;
}

function shown({ url, events, description }: Wanted) {
  return { origin: new URL(url).origin, events, description };
}

function audited(db: Db, by: ChangedBy, verb: string, id: string, before: unknown, after: unknown): Statement {
  return auditRow(db, { ...by, action: `webhook.${verb}`, subject: `webhook:${id}`, before, after });
}

/** Adds a subscriber; `secret` is the only appearance of its secret. */
export async function addWebhook(
  env: VaultEnv,
  db: Db,
  wanted: Wanted,
  by: ChangedBy,
): Promise<{ id: string; secret: string }> {
  const id = newId("whk", by.at);
  const { secret, statement } = await freshSecret(env, db, id, by.at);
  await together(db, [
    db.insert(webhook).values({ id, ...wanted, state: "active", restUntil: 0, createdAt: by.at }),
    statement,
    audited(db, by, "create", id, null, shown(wanted)),
  ]);
  return { id, secret };
}

/** Changes what a subscriber wants. */
export async function changeWebhook(db: Db, row: WebhookRow, wanted: Wanted, by: ChangedBy): Promise<void> {
  await together(db, [
    // Another receiver has other manners.
    db
      .update(webhook)
      .set({ ...wanted, ...(wanted.url === row.url ? {} : { restUntil: 0 }) })
      .where(eq(webhook.id, row.id)),
    audited(db, by, "change", row.id, shown(row), shown(wanted)),
  ]);
}

/** Disables a subscriber and sets aside what is on its way, or lets it hear again. */
export async function setWebhookState(db: Db, id: string, state: WebhookRow["state"], by: ChangedBy): Promise<void> {
  const change: Statement[] =
    state === "disabled"
      ? disabling(db, id, "operator", by.at)
      : [
          db
            .update(webhook)
            .set({ state, disabledReason: null, disabledAt: null, restUntil: 0 })
            .where(eq(webhook.id, id)),
        ];
  const verb = state === "disabled" ? "disable" : "enable";
  await together(db, [...change, audited(db, by, verb, id, null, null)]);
}

/** Gives a subscriber a new secret; the one before signs beside it for a day. */
export async function rotateSecret(
  env: VaultEnv,
  db: Db,
  id: string,
  by: ChangedBy,
): Promise<{ secret: string; previousSecretUntil: number }> {
  const previousSecretUntil = by.at + BOTH_VALID_MS;
  const kept = await keepPresent(env, db, id, by.at);
  const { secret, statement } = await freshSecret(env, db, id, by.at);
  await together(db, [
    ...kept,
    statement,
    db.update(webhook).set({ previousSecretUntil }).where(eq(webhook.id, id)),
    audited(db, by, "rotate", id, null, null),
  ]);
  return { secret, previousSecretUntil };
}

/** Forgets a subscriber, its secrets and its deliveries. */
export async function removeWebhook(db: Db, row: WebhookRow, by: ChangedBy): Promise<void> {
  await together(db, [
    db.delete(webhookDelivery).where(eq(webhookDelivery.webhookId, row.id)),
    db.delete(webhook).where(eq(webhook.id, row.id)),
    ...forgetSecrets(db, row.id),
    audited(db, by, "delete", row.id, shown(row), null),
  ]);
}
