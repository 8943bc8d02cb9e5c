// The integration `mm`: Oracle DMP server data transfer (upstreams/bluekai_sdt.md). Every element of `Pixels` is read;
// `PixelCount` is not trusted. Site and attributes stand in the query of `PixelUrl`, properly decoded. Pure.
import { SECOND_MS } from "../../../src/shared/clock.ts";
import { fieldOf, refusal } from "./integration.ts";
import type { Integration, Reading } from "./integration.ts";
import { attributeFault, customerFault, deliveryIdOf, idText, isSiteId, timeFault } from "./update.ts";
import type { Fault, VisitorUpdate } from "./update.ts";

const NAME = /^attributeName([0-9]{0,3})$/;

/** Name and value of each pair `attributeName<n>`, `attributeValue<n>`, or what is wrong with one. */
function pairsOf(query: URLSearchParams): [name: string, value: string][] | Fault {
  const pairs = new Map<string, string>();
  for (const [key, name] of query) {
    const suffix = NAME.exec(key)?.[1];
    if (suffix === undefined) continue;
    const value = query.get(`attributeValue${suffix}`);
    if (value === null) return { reason: "no_attribute", detail: `attributeValue${suffix} is missing.` };
    const fault = attributeFault(name, value);
    if (fault !== null) return fault;
    pairs.set(name, value);
  }
  return pairs.size > 0 ? [...pairs] : { reason: "no_attribute", detail: "The PixelUrl names no attribute." };
}

/** Epoch seconds, as a number or its digits. */
function secondsOf(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^[0-9]{1,12}$/.test(value.trim()) ? Number(value) : Number.NaN;
}

function read(pixel: unknown, nowMs: number): Reading {
  const pixelUrl = fieldOf(pixel, "PixelUrl");
  if (typeof pixelUrl !== "string" || pixelUrl === "") return refusal("no_url", "There is no PixelUrl.");
  const url = URL.parse(pixelUrl);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return refusal("bad_url", "The PixelUrl is not an absolute http(s) URL.");
  }
  const query = url.searchParams;
  const mmSiteId = query.get("mmSiteId") ?? "";
  if (!isSiteId(mmSiteId)) return refusal("no_site", "The PixelUrl names no mmSiteId that can be one.");
  const customerId = idText(fieldOf(pixel, "PartnerUuid"));
  const occurredAtMs = secondsOf(fieldOf(pixel, "UtcSeconds")) * SECOND_MS;
  const fault = customerFault(customerId) ?? timeFault(occurredAtMs, nowMs);
  if (fault !== null) return { ...fault, mmSiteId };
  const pairs = pairsOf(query);
  if (!Array.isArray(pairs)) return { ...pairs, mmSiteId };
  const deliveryId = deliveryIdOf(fieldOf(pixel, "CampaignId"));
  const updates = pairs.map(([attribute, value]): VisitorUpdate => ({
    mmSiteId,
    customerId: customerId!,
    attribute,
    value,
    occurredAtMs: Math.floor(occurredAtMs),
    deliveryId,
  }));
  return { updates };
}

/** See the head of this file. */
export const sdt: Integration = {
  name: "mm",
  elementsOf: (body) => {
    const pixels = fieldOf(body, "Pixels");
    return Array.isArray(pixels) ? pixels : null;
  },
  read,
};
