// What a person can switch at Maxymiser, as control doors: API access, known attributes, passwords, tokens.
// They are not part of the API that they stand beside.
import { Hono } from "hono";
import { jsonFields } from "../json-fields.ts";
import type { MaxymiserState } from "./accounts.ts";
import type { MaxymiserTokens } from "./tokens.ts";

/**
 * `PUT /sites {site, apiAccess?, attributes?: [] | null}`, `PUT /passwords {username, password}`,
 * `PUT /tokens {seconds}` (1 to 86,400), `DELETE /tokens` (all expire), `GET /profiles?site=&customer=`.
 */
export function maxymiserSwitches(state: MaxymiserState, tokens: MaxymiserTokens): Hono {
  const app = new Hono();

  app.put("/sites", async (c) => {
    const fields = await jsonFields(c.req.raw);
    const site = state.sites.get(String(fields.get("site")));
    const [apiAccess = site?.apiAccess, attributes = site?.attributes ?? null] = [
      fields.get("apiAccess"),
      fields.get("attributes"),
    ];
    const names =
      attributes === null || (Array.isArray(attributes) && attributes.every((each) => typeof each === "string"));
    if (site === undefined || typeof apiAccess !== "boolean" || !names) {
      return c.json({ error: "needs a known site, and apiAccess or attributes" }, 400);
    }
    site.apiAccess = apiAccess;
    site.attributes = attributes === null ? undefined : (attributes as string[]);
    return c.json({ site: site.id, apiAccess, attributes });
  });

  app.put("/passwords", async (c) => {
    const fields = await jsonFields(c.req.raw);
    const login = state.logins.find(({ username }) => username === fields.get("username"));
    const password = fields.get("password");
    if (login === undefined || typeof password !== "string") {
      return c.json({ error: "needs a known username and a password" }, 400);
    }
    login.password = password;
    return c.json({ username: login.username });
  });

  app.put("/tokens", async (c) => {
    const seconds = Number((await jsonFields(c.req.raw)).get("seconds"));
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > 86_400) return c.json({ error: "needs seconds" }, 400);
    tokens.seconds = seconds;
    return c.json({ seconds });
  });

  app.delete("/tokens", (c) => {
    tokens.expire();
    return c.json({ requests: tokens.requests, minted: tokens.minted });
  });

  app.get("/profiles", (c) => {
    const profile = state.sites.get(c.req.query("site") ?? "")?.profiles.get(c.req.query("customer") ?? "");
    return profile === undefined ? c.json({ error: "no profile" }, 404) : c.json(Object.fromEntries(profile));
  });

  return app;
}
