// The integration `json`: `{updates: [{mmSiteId, customerId, attributes: {name: value}, occurredAt}]}`, for any push source,
// since the DMP behind `mm` is at its end. Pure.
import { fieldOf, refusal } from "./integration.ts";
import type { Integration, Reading } from "./integration.ts";
import { attributeFault, customerFault, idText, isSiteId, timeFault } from "./update.ts";
import type { Fault, VisitorUpdate } from "./update.ts";

/** ISO 8601 with its offset: without one, nobody knows which instant is meant. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/** More than this in one element is no visitor's profile. */
const MAX_ATTRIBUTES = 1_000;

/** Maxymiser's values are texts; numbers and truth values have one form as such. */
function valueText(value: unknown): string | null {
  if (typeof value === "string") return value.toWellFormed();
  return typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value)) ? String(value) : null;
}

function pairsOf(attributes: unknown): [name: string, value: string][] | Fault {
  const fault = (detail: string): Fault => ({ reason: "no_attribute", detail });
  if (typeof attributes !== "object" || attributes === null || Array.isArray(attributes)) {
    return fault("`attributes` is not an object.");
  }
  const given = Object.entries(attributes as Record<string, unknown>);
  if (given.length === 0) return fault("`attributes` is empty.");
  if (given.length > MAX_ATTRIBUTES) return fault(`There are over ${MAX_ATTRIBUTES} attributes.`);
  const pairs: [string, string][] = [];
  for (const [name, raw] of given) {
    const value = valueText(raw);
    if (value === null) return fault("A value is neither text, number nor truth value.");
    const wrong = attributeFault(name, value);
    if (wrong !== null) return wrong;
    pairs.push([name, value]);
  }
  return pairs;
}

function read(element: unknown, nowMs: number): Reading {
  const mmSiteId = idText(fieldOf(element, "mmSiteId")) ?? "";
  if (!isSiteId(mmSiteId)) return refusal("no_site", "`mmSiteId` is not a site id.");
  const customerId = idText(fieldOf(element, "customerId"));
  const occurredAt = fieldOf(element, "occurredAt");
  const readable = typeof occurredAt === "string" && INSTANT.test(occurredAt);
  const occurredAtMs = readable ? Date.parse(occurredAt) : Number.NaN;
  const fault = customerFault(customerId) ?? timeFault(occurredAtMs, nowMs);
  if (fault !== null) return { ...fault, mmSiteId };
  const pairs = pairsOf(fieldOf(element, "attributes"));
  if (!Array.isArray(pairs)) return { ...pairs, mmSiteId };
  const updates = pairs.map(([attribute, value]): VisitorUpdate => ({
    mmSiteId,
    customerId: customerId!,
    attribute,
    value,
    occurredAtMs,
    deliveryId: null,
  }));
  return { updates };
}

/** See the head of this file. */
export const json: Integration = {
  name: "json",
  elementsOf: (body) => {
    const updates = fieldOf(body, "updates");
    return Array.isArray(updates) ? updates : null;
  },
  read,
};
