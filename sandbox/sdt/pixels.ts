// Server data transfer as JSON values, drawn by chance: posts of one or many pixels, as the DMP writes them.
// A draw must always be a post that it could send; what is in it for whom is told beside it.
import { between, pick } from "../seeded.ts";

/** One pixel as it is sent; numbers may come as strings, and fields may be missing. */
export type Pixel = Record<string, unknown>;

/** What a readable pixel says: these attributes of this customer of this site, seen at that second. */
export interface PixelFact {
  siteId: string;
  customerId: string;
  attributes: Record<string, string>;
  utcSeconds: number;
}

/** Characters that break receivers which do not decode, or decode twice. */
const AWKWARD = ["", "/", "+", "%", "?", " ", "#", "=", "&", "ção", "✓", "%2F", "日本"];
const VALUES = ["vip", "gold", "prata & ouro", "50%+", "a=b?c", "ção ✓", "x/y", "100 %25", "não"];
const CAMPAIGNS = ["204417", 204_418, "ABC123456"];
const STRING_SHARE = 0.3;
const SECOND_PAIR_SHARE = 0.2;

/** Customer ids of a shop: half are plain, the others may hold what must be encoded in a path. */
export function drawCustomerIds(count: number, random: () => number): string[] {
  return Array.from({ length: count }, (_, i) =>
    random() < 0.5 ? `cust-${i}` : `c${i}.${pick(AWKWARD, random)}${between(1, 99, random)}`,
  );
}

/** The DMP's own id of a user: base64-like, with `/` and `+`. */
function drawBkUuid(random: () => number): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return Array.from({ length: 16 }, () => letters[between(0, 63, random)]).join("");
}

/** A time as Java writes it in UTC: `Fri Nov 15 14:08:12 UTC 2019`. */
export function javaDate(seconds: number): string {
  const [, weekday, day, month, year, time] =
    /^(\w+), (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(seconds * 1000).toUTCString()) ?? [];
  return `${weekday} ${month} ${day} ${time} UTC ${year}`;
}

/** A name or value in a query, in one of the ways that are met: `%20` or `+`, upper or lower case. */
function encodedSomehow(text: string, random: () => number): string {
  const encoded = encodeURIComponent(text);
  const styles = [encoded, encoded.replaceAll("%20", "+"), encoded.replaceAll(/%../g, (hex) => hex.toLowerCase())];
  return pick(styles, random);
}

/** The attributes that a pixel may carry for a site: one, sometimes two. */
export function drawAttributes(names: readonly string[], random: () => number): Record<string, string> {
  const [first, second] = [pick(names, random), pick(names, random)];
  const attributes = { [first]: pick(VALUES, random) };
  if (second !== first && random() < SECOND_PAIR_SHARE) attributes[second] = pick(VALUES, random);
  return attributes;
}

/** The pixel that says `fact`. */
export function pixelOf(fact: PixelFact, random: () => number): Pixel {
  const { siteId, customerId, attributes, utcSeconds } = fact;
  const pairs = Object.entries(attributes).flatMap(([name, value], i) => [
    [`attributeName${i === 0 ? "" : i + 1}`, name],
    [`attributeValue${i === 0 ? "" : i + 1}`, value],
  ]);
  const query = [["mmSiteId", siteId], ...pairs]
    .map(([name, value]) => `${name}=${encodedSomehow(value ?? "", random)}`)
    .join("&");
  return {
    BkUuid: drawBkUuid(random),
    IP: "203.0.113.7",
    CampaignId: pick(CAMPAIGNS, random),
    ...(random() < 0.8 ? { Categories: [{ Id: numberOrText(1_180_042, random), Utc: utcSeconds - 60 }] } : {}),
    PartnerUuid: customerId,
    PixelUrl: `http://tags.bluekai.com/site/90012?${query}`,
    Referrer: "",
    TagUri: "/site/90010",
    SiteId: numberOrText(90_010, random),
    Timestamp: javaDate(utcSeconds),
    UtcSeconds: numberOrText(utcSeconds, random),
    // Not in any source: receivers must not mind.
    PixelId: 1,
  };
}

/** The same pixel without something that a receiver cannot do without. */
export function spoiled(pixel: Pixel, random: () => number): Pixel {
  const { PartnerUuid: _customer, ...nobody } = pixel;
  const { PixelUrl: _url, ...nowhere } = pixel;
  const url = String(pixel["PixelUrl"]);
  return pick<Pixel>(
    [
      nobody,
      { ...pixel, PartnerUuid: "" },
      nowhere,
      { ...pixel, PixelUrl: "not a url" },
      { ...pixel, PixelUrl: url.replace("mmSiteId=", "site=") },
      { ...pixel, PixelUrl: url.replaceAll("attributeName", "name") },
      { ...pixel, UtcSeconds: "soon" },
    ],
    random,
  );
}

/** The body of a post. `PixelCount` is not always right. */
export function postBody(pixels: readonly Pixel[], seconds: number, random: () => number): object {
  const count = random() < 0.05 ? pixels.length + 1 : pixels.length;
  return {
    DeliveryTime: javaDate(seconds),
    DestinationId: numberOrText(90_011, random),
    PixelCount: numberOrText(count, random),
    Pixels: pixels,
  };
}

function numberOrText(value: number, random: () => number): number | string {
  return random() < STRING_SHARE ? `${value}` : value;
}
