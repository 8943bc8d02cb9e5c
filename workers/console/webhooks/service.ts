// Webhooks as operators manage them: checked against what the house's systems publish, stored, shown, sent again.
import { isoTime } from "../../../src/shared/clock.ts";
import { database } from "../../../src/shared/db/client.ts";
import { inDevelopment } from "../../../src/shared/development.ts";
import { AppError, invalid, notFound } from "../../../src/shared/errors.ts";
import { invalidRequest } from "../../../src/shared/http/app.ts";
import { decodeCursor, pageOf } from "../../../src/shared/http/page.ts";
import type { Text } from "../../../src/shared/page/kit.ts";
import type { System } from "../../../src/shared/system.ts";
import { addressFault } from "../../../src/shared/webhooks/address.ts";
import { findDeliveries, listDeliveries, replayDeliveries } from "../../../src/shared/webhooks/deliveries.ts";
import type { DeliveryRow } from "../../../src/shared/webhooks/deliveries.ts";
import { enqueue } from "../../../src/shared/webhooks/queue.ts";
import {
  addWebhook,
  changeWebhook,
  countWebhooks,
  listWebhooks,
  removeWebhook,
  rotateSecret,
  setWebhookState,
  webhookById,
} from "../../../src/shared/webhooks/subscriptions.ts";
import type { CountedWebhook, Wanted } from "../../../src/shared/webhooks/subscriptions.ts";
import type { Change } from "../change.ts";
import { changedBy } from "../keys/service.ts";
import { cursorText } from "../schema.ts";
import { wantedWebhook, webhookChange } from "./schema.ts";
import type { DeliveryItem, WebhookItem } from "./schema.ts";

/** Each event becomes a delivery for each: with more, one event would be a burst. */
export const MAX_WEBHOOKS = 100;

const time = (ms: number | null) => (ms === null ? null : isoTime(ms));

function itemOf(stored: CountedWebhook): WebhookItem {
  const { restUntil: _, parkedSince: __, ...row } = stored;
  const { disabledAt, previousSecretUntil, lastAttemptAt, createdAt } = row;
  return {
    ...row,
    disabledAt: time(disabledAt),
    previousSecretUntil: time(previousSecretUntil),
    lastAttemptAt: time(lastAttemptAt),
    createdAt: isoTime(createdAt),
  };
}

function deliveryOf(stored: DeliveryRow): DeliveryItem {
  const { dueAt, lookAt: _, lastAttemptAt, endedAt, createdAt, ...row } = stored;
  return {
    ...row,
    createdAt: isoTime(createdAt),
    lastAttemptAt: time(lastAttemptAt),
    nextAttemptAt: row.state === "pending" ? isoTime(dueAt) : null,
    endedAt: time(endedAt),
  };
}

/** Every event that a system of the house publishes, in the house's order. */
export function offeredEvents(systems: readonly System[]): { type: string; says: Text }[] {
  return systems.flatMap(({ events = {} }) => Object.entries(events).map(([type, says]) => ({ type, says })));
}

/** A page of webhooks, newest first. */
export async function webhooksPage(env: Env, limit: number, cursor: string | undefined) {
  const before = decodeCursor(cursor, cursorText);
  return pageOf((await listWebhooks(database(env), limit + 1, before)).map(itemOf), limit, (last) => last.id);
}

async function known(env: Env, id: string): Promise<CountedWebhook> {
  const row = await webhookById(database(env), id);
  if (row === undefined) throw notFound("This webhook");
  return row;
}

/** One webhook. Throws `not_found`. */
export async function oneWebhook(env: Env, id: string): Promise<WebhookItem> {
  return itemOf(await known(env, id));
}

function checked({ env, systems }: Change, wanted: Wanted): Wanted {
  const fault = addressFault(wanted.url, inDevelopment(env));
  if (fault !== null) throw invalid("url", fault);
  const offered = offeredEvents(systems).map(({ type }) => type);
  const strange = wanted.events.findIndex((type) => !offered.includes(type));
  if (strange !== -1) throw invalid(`events.${strange}`, `is not an event of this house: ${offered.join(", ")}`);
  return { ...wanted, url: new URL(wanted.url).href, events: [...new Set(wanted.events)] };
}

/** Adds a webhook; `secret` in the answer is its only appearance. Throws `invalid_request` or `webhook_limit`. */
export async function makeWebhook(change: Change, given: unknown): Promise<WebhookItem & { secret: string }> {
  const parsed = wantedWebhook.safeParse(given);
  if (!parsed.success) throw invalidRequest(parsed.error);
  const wanted = checked(change, parsed.data);
  const db = database(change.env);
  if ((await countWebhooks(db)) >= MAX_WEBHOOKS) {
    throw new AppError("webhook_limit", { retry: false, detail: `There are ${MAX_WEBHOOKS} webhooks already.` });
  }
  const { id, secret } = await addWebhook(change.env, db, wanted, changedBy(change));
  return { ...(await oneWebhook(change.env, id)), secret };
}

/** Changes a webhook; disabling parks what is on its way. Throws `not_found` or `invalid_request`. */
export async function alterWebhook(change: Change, id: string, given: unknown): Promise<WebhookItem> {
  const parsed = webhookChange.safeParse(given);
  if (!parsed.success) throw invalidRequest(parsed.error);
  const { state, ...rest } = parsed.data;
  const { env } = change;
  const row = await known(env, id);
  const { url = row.url, events = row.events, description = row.description } = rest;
  if (Object.keys(rest).length > 0) {
    // What it hears already stays, though its system may publish it no more.
    const wanted = rest.events === undefined ? { url, events: [], description } : { url, events, description };
    const { url: cleanUrl, events: kept } = checked(change, wanted);
    const clean = { url: cleanUrl, events: rest.events === undefined ? row.events : kept, description };
    await changeWebhook(database(env), row, clean, changedBy(change));
  }
  if (state !== undefined && state !== row.state) {
    await setWebhookState(database(env), id, state, changedBy(change));
  }
  return oneWebhook(env, id);
}

/** Gives a webhook a new secret; the one before is good for a day more. Throws `not_found`. */
export async function rotateWebhook(change: Change, id: string) {
  await known(change.env, id);
  const made = await rotateSecret(change.env, database(change.env), id, changedBy(change));
  return { secret: made.secret, previousSecretUntil: isoTime(made.previousSecretUntil) };
}

/** Forgets a webhook and its deliveries. Throws `not_found`. */
export async function dropWebhook(change: Change, id: string): Promise<void> {
  await removeWebhook(database(change.env), await known(change.env, id), changedBy(change));
}

/** A page of a webhook's deliveries, newest first. Throws `not_found`. */
export async function deliveriesPage(
  env: Env,
  webhookId: string,
  filter: { state?: DeliveryItem["state"] | undefined },
  limit: number,
  cursor: string | undefined,
) {
  const beforeId = decodeCursor(cursor, cursorText);
  const [rows] = await Promise.all([
    listDeliveries(database(env), { webhookId, ...filter, beforeId }, limit + 1),
    known(env, webhookId),
  ]);
  return pageOf(rows.map(deliveryOf), limit, (last) => last.id);
}

/** Sends one delivery again, from the first attempt on. Throws `not_found`, or `webhook_disabled`. */
export async function replayDelivery(change: Change, id: string): Promise<void> {
  const [row] = await findDeliveries(database(change.env), id, 1);
  if (row === undefined || row.id !== id) throw notFound("This delivery");
  const { state } = await known(change.env, row.webhookId);
  if (state === "disabled") {
    throw new AppError("webhook_disabled", { retry: false, detail: "The webhook is disabled. Enable it first." });
  }
  await replayAll(change, [id]);
}

/** Sends deliveries of active webhooks again; returns how many. Those that are about to be tried anyway are none of them. */
export async function replayAll(change: Change, ids: readonly string[]): Promise<number> {
  const again = await replayDeliveries(database(change.env), ids, changedBy(change));
  await enqueue(change.env, again);
  return again.length;
}
