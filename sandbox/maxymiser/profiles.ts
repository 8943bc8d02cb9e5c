// Maxymiser's Customer Data door: attributes are put into a customer's profile and stay there.
// A call takes effect as a whole or not at all; ids are read from the path as it was sent.
import type { Hono } from "hono";
import type { MaxymiserSite, MaxymiserState } from "./accounts.ts";
import type { MaxymiserTokens } from "./tokens.ts";

/** Limits are not published: these are guesses. */
const MAX_ATTRIBUTES = 100;
const MAX_NAME_LENGTH = 255;
const MAX_BODY_CHARACTERS = 65_536;

/** One call that came with a valid token; `status` is its answer. `attributes` are empty if they were unreadable. */
export interface ProfilePut {
  at: number;
  siteId: string;
  customerId: string;
  attributes: Record<string, string>;
  status: 200 | 201 | 400 | 403 | 404;
}

interface Fault {
  code: string;
  message: string;
  parameter?: string;
}

/**
 * Opens `PUT /{region}/api/v1/sites/{site}/customer-profiles/{customer}` and tells every call to `note`.
 * Inferred: names that are not in the body stay; the first attributes of a customer are answered 201; 401, 404, 400.
 */
export function profileDoor(
  app: Hono,
  state: MaxymiserState,
  tokens: MaxymiserTokens,
  note: (put: Omit<ProfilePut, "at">) => void,
): void {
  app.put("/:region/api/v1/sites/:site/customer-profiles/:customer", async (c) => {
    const token = /^Bearer (.+)$/i.exec(c.req.header("Authorization") ?? "")?.[1];
    const login = token === undefined ? undefined : tokens.owner(token);
    if (login === undefined) return c.json(errors({ code: "401", message: "invalid or expired token" }), 401);
    const ids = idsOf(c.req.url);
    if (ids === undefined) return c.json(errors({ code: "400", message: "malformed path" }), 400);
    const text = await c.req.text();
    const attributes = readAttributes(text);
    const told = { ...ids, attributes: Array.isArray(attributes) ? {} : attributes };

    const site = state.sites.get(ids.siteId);
    const reached = site !== undefined && login.siteIds.includes(site.id) && login.region === site.region;
    if (!reached || c.req.param("region") !== site.region) {
      note({ ...told, status: 404 });
      return c.json(errors({ code: "404", message: "site not found" }), 404);
    }
    if (!site.apiAccess) {
      note({ ...told, status: 403 });
      return c.json(errors({ code: "403", message: "programmatic access to customer data disabled" }), 403);
    }
    const faults = Array.isArray(attributes) ? attributes : unknownNames(site, attributes);
    if (faults.length > 0 || Array.isArray(attributes)) {
      note({ ...told, status: 400 });
      return c.json(errors(...faults), 400);
    }
    const before = site.profiles.get(ids.customerId);
    const profile = new Map([...(before ?? []), ...Object.entries(attributes)]);
    site.profiles.set(ids.customerId, profile);
    const status = before === undefined ? 201 : 200;
    note({ ...told, status });
    return c.json({ customerId: ids.customerId, profile: Object.fromEntries(profile) }, status);
  });
}

function errors(...faults: Fault[]) {
  return { errors: faults };
}

/** Site and customer of a path, decoded once; nothing if its escapes are broken. */
function idsOf(url: string): { siteId: string; customerId: string } | undefined {
  const [, site, customer] = /\/sites\/([^/]+)\/customer-profiles\/([^/]+)$/.exec(new URL(url).pathname) ?? [];
  try {
    return site === undefined || customer === undefined
      ? undefined
      : { siteId: decodeURIComponent(site), customerId: decodeURIComponent(customer) };
  } catch {
    return undefined;
  }
}

/** A flat object of strings, or what is wrong with it: each bad attribute is named as the `parameter`. */
function readAttributes(text: string): Record<string, string> | Fault[] {
  if (text.length > MAX_BODY_CHARACTERS) return [{ code: "400", message: "body is too large" }];
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return [{ code: "400", message: "body is not JSON", parameter: "body" }];
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return [{ code: "400", message: "body must be an object", parameter: "body" }];
  }
  const entries = Object.entries(body as Record<string, unknown>);
  if (entries.length === 0) return [{ code: "400", message: "no attributes", parameter: "body" }];
  if (entries.length > MAX_ATTRIBUTES) return [{ code: "400", message: "too many attributes" }];
  const faults = entries
    .filter(([name, value]) => typeof value !== "string" || name === "" || name.length > MAX_NAME_LENGTH)
    .map(([name]) => ({ code: "400", message: "invalid attribute", parameter: name }));
  return faults.length > 0 ? faults : (Object.fromEntries(entries) as Record<string, string>);
}

function unknownNames({ attributes }: MaxymiserSite, given: Record<string, string>): Fault[] {
  return Object.keys(given)
    .filter((name) => attributes !== undefined && !attributes.includes(name))
    .map((name) => ({ code: "400", message: "unknown attribute", parameter: name }));
}
