// What the customer is told of his data: requests and results, without tokens, credentials or raw ids. Pure.
import { isoTime } from "../../../src/shared/clock.ts";
import { customerIdHash } from "../customer-hash.ts";
import type { DeliveryRecord } from "../delivery/records.ts";
import type { VisitorUpdate } from "../intake/update.ts";

/** One line of the customer's log. */
export interface LogEvent {
  /** ISO 8601. */
  time: string;
  kind: "intake" | "delivery" | "credentials_set" | "credentials_deleted" | "credentials_checked" | "token_refresh";
  siteId: string | null;
  customerIdHash: string | null;
  deliveryId: string | null;
  outcome: string;
  status: string | null;
}

/** A message of the queue: events of one batch. */
export interface LogMessage {
  queue: "visitor-logs";
  events: LogEvent[];
}

/** A message has 128 KB; an event has about 250 characters. */
const EVENTS_OF_A_MESSAGE = 250;

/** An event that concerns a site, and no visitor. */
export function siteEvent(kind: LogEvent["kind"], siteId: string | null, outcome: string, nowMs: number): LogEvent {
  const none = { customerIdHash: null, deliveryId: null, status: null };
  return { time: isoTime(nowMs), kind, siteId, outcome, ...none };
}

/** What an intake took and refused: an event for each element. */
export async function intakeEvents(
  taken: readonly Pick<VisitorUpdate, "mmSiteId" | "customerId" | "deliveryId">[],
  refused: readonly { mmSiteId: string | null; reason: string }[],
  nowMs: number,
): Promise<LogEvent[]> {
  const accepted = await Promise.all(
    taken.map(async ({ mmSiteId, customerId, deliveryId }): Promise<LogEvent> => {
      const event = siteEvent("intake", mmSiteId, "accepted", nowMs);
      return { ...event, customerIdHash: await customerIdHash(customerId), deliveryId };
    }),
  );
  const rejected = refused.map(({ mmSiteId, reason }) => siteEvent("intake", mmSiteId, reason, nowMs));
  return [...accepted, ...rejected];
}

/** What became of calls to Maxymiser: an event for each delivery id, or one. */
export async function deliveryEvents(mmSiteId: string, records: readonly DeliveryRecord[]): Promise<LogEvent[]> {
  const events = await Promise.all(
    records.map(async ({ atMs, customerId, deliveryIds, outcome, status }) => {
      const event = { ...siteEvent("delivery", mmSiteId, outcome, atMs), status };
      const hash = await customerIdHash(customerId);
      const ids: readonly (string | null)[] = deliveryIds.length === 0 ? [null] : deliveryIds;
      return ids.map((deliveryId) => ({ ...event, customerIdHash: hash, deliveryId }));
    }),
  );
  return events.flat();
}

/** Platform limit of `sendBatch`: 256 KB, and a message of ours has up to 100 KB. */
const MESSAGES_AT_ONCE = 2;

/** Puts events into their queue; resolves to how many it did not take. Never rejects. */
export async function enqueueEvents(
  queue: { sendBatch(messages: { body: LogMessage }[]): Promise<unknown> },
  events: readonly LogEvent[],
): Promise<number> {
  const messages = messagesOf(events).map((body) => ({ body }));
  let lost = 0;
  for (let at = 0; at < messages.length; at += MESSAGES_AT_ONCE) {
    const some = messages.slice(at, at + MESSAGES_AT_ONCE);
    try {
      await queue.sendBatch(some);
    } catch {
      lost += some.reduce((sum, { body }) => sum + body.events.length, 0);
    }
  }
  return lost;
}

/** Messages that hold these events. */
function messagesOf(events: readonly LogEvent[]): LogMessage[] {
  const messages: LogMessage[] = [];
  for (let at = 0; at < events.length; at += EVENTS_OF_A_MESSAGE) {
    messages.push({ queue: "visitor-logs", events: events.slice(at, at + EVENTS_OF_A_MESSAGE) });
  }
  return messages;
}
