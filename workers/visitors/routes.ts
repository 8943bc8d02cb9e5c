// The doors that the replaced services had, with the bodies their callers read, and the operator's beside them.
import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { keyed } from "../../src/shared/auth/requires.ts";
import { isoTime } from "../../src/shared/clock.ts";
import { AppError } from "../../src/shared/errors.ts";
import { body, json } from "../../src/shared/http/answers.ts";
import { newRoutes } from "../../src/shared/http/app.ts";
import { parseJson, withBody } from "../../src/shared/http/large-body.ts";
import type { AppEnv, Routes } from "../../src/shared/system.ts";
import type { Open } from "./routes-doors.ts";
import { addViewRoutes } from "./routes-views.ts";
import * as schema from "./schema.ts";
import { openOperation } from "./service.ts";
import { forgetSite, hasCredentials, setSite, tokenOf } from "./access/service-access.ts";
import { receive } from "./intake/service-intake.ts";
import type { VisitorData } from "./store.ts";
import { integrationOf } from "./intake/intake.ts";

/** The contract's limit of this door. */
const MAX_PUSH_BYTES = 16 * 1_048_576;
/** Where an operator puts credentials in. */
const CREDENTIALS_PAGE = "/console/credentials";

const compat = { compat: true } as const;
const tags = ["visitors"];
const anyJson = body(z.unknown());
const anyAnswer = (description: string) => json(z.looseObject({}), description);
const answers = { 200: anyAnswer("Done."), 400: anyAnswer('`{status: "FAIL", message}`') };
const siteParam = z.object({ siteId: z.string().min(1).max(64) });

const push = createRoute({
  ...keyed("visitors:ingest", { compat: true, inQuery: true }),
  tags,
  method: "post",
  path: "/receive_data/{integration}",
  summary: "Takes a push of the DMP (`mm`) or of any source (`json`); 200 once it is on disk",
  description: "The body is JSON of at most 16 MiB, whatever its type says: an SDT post, or `{updates: [...]}`.",
  request: { params: z.object({ integration: z.string() }) },
  responses: answers,
});
const siteSet = createRoute({
  ...keyed("credentials:write", compat),
  tags,
  method: "post",
  path: "/site-set",
  summary: "Stores a site's credentials if Maxymiser takes them",
  request: { body: anyJson },
  responses: answers,
});
const tokenDelete = createRoute({
  ...keyed("credentials:write", compat),
  tags,
  method: "post",
  path: "/token_delete",
  summary: "Forgets a site's credentials",
  request: { body: anyJson },
  responses: answers,
});
const tokenRefresh = createRoute({
  ...keyed("visitors:token", compat),
  tags,
  method: "get",
  path: "/token_refresh/{siteId}",
  summary: "A token of the site that is good for a minute at least",
  request: { params: siteParam },
  responses: {
    200: anyAnswer("The token."),
    404: anyAnswer("No such site."),
    409: anyAnswer("Refused credentials."),
    503: anyAnswer("Maxymiser is away."),
  },
});
const check = createRoute({
  ...keyed("visitors:read", compat),
  tags,
  method: "get",
  path: "/check/{siteId}",
  summary: "Whether there are credentials for a site",
  request: { params: siteParam },
  responses: { 200: anyAnswer("There are."), 404: anyAnswer("There are none.") },
});
const auth = createRoute({
  tags,
  method: "get",
  path: "/auth",
  summary: "Leads to the console's page of credentials",
  responses: { 302: { description: "There." } },
});

const fail = (message: string) => ({ status: "FAIL" as const, message });
const ok = (message: string) => ({ status: "OK" as const, message });

/** The body as JSON whatever its type says; `invalid_json` else. */
async function bodyOf(c: Context<AppEnv>): Promise<unknown> {
  try {
    return await c.req.json<unknown>();
  } catch {
    throw new AppError("invalid_json", { retry: false, detail: "The body is not valid JSON." });
  }
}

/** All doors of visitors. */
export function visitorRoutes(data: VisitorData): Routes {
  const routes = newRoutes();
  const open: Open = (c) =>
    openOperation({
      env: c.env,
      deps: c.get("deps"),
      data,
      systems: c.get("house").systems,
      actor: c.get("actor").id,
      requestId: c.get("requestId"),
      waitUntil: (work) => c.executionCtx.waitUntil(work),
    });

  routes.openapi(push, async (c) => {
    const integration = integrationOf(c.req.valid("param").integration);
    if (integration === undefined) return c.json(fail("Invalid Integration ID"), 400);
    return await withBody(c, MAX_PUSH_BYTES, async (text) => {
      const { accepted, rejected, first } = await receive(open(c), integration, parseJson(text));
      const told = rejected.map(({ index, reason }) => ({ index, reason }));
      if (first === null) return c.json({ ...fail("Data Missing from Payload"), rejected: told }, 400);
      const { mmSiteId, customerId, deliveryId } = first;
      const echo = { site_id: mmSiteId, maxymiser_visitor_id: customerId, dmp_delivery_id: deliveryId };
      return c.json({ ...ok("accepted"), accepted, rejected: told, ...echo }, 200);
    });
  });

  routes.openapi(siteSet, async (c) => {
    const read = schema.siteSet.safeParse(await bodyOf(c));
    if (!read.success) return c.json(fail("Missing/Invalid Payload"), 400);
    const { mmSiteId, region, auth: given } = read.data;
    const { username, password, client_id: clientId, client_secret: clientSecret } = given;
    try {
      const fields = { username, password, clientId, clientSecret, ...(region === undefined ? {} : { region }) };
      await setSite(open(c), mmSiteId, fields);
    } catch (error) {
      if (error instanceof AppError) return c.json(fail(error.detail), 400);
      throw error;
    }
    return c.json({ ...ok("Credentials Set/Updated : Token Available and stored"), mmSiteId }, 200);
  });

  routes.openapi(tokenDelete, async (c) => {
    const read = schema.tokenDelete.safeParse(await bodyOf(c));
    if (!read.success) return c.json(fail("Missing/Invalid Payload"), 400);
    await forgetSite(open(c), read.data.mmSiteId);
    return c.json(ok("Any credentials against this site have been deleted"), 200);
  });

  routes.openapi(tokenRefresh, async (c) => {
    const mmSiteId = c.req.valid("param").siteId;
    const grant = await tokenOf(open(c), mmSiteId);
    c.header("Cache-Control", "no-store");
    if (grant === null) return c.json({ ...fail("Auth error : Cannot find site ID"), mmSiteId }, 404);
    if (grant.kind === "token") {
      const { token, expiresAtMs } = grant;
      return c.json({ ...ok("token returned"), token, expiresAt: isoTime(expiresAtMs), mmSiteId }, 200);
    }
    if (grant.reason === "refused") return c.json({ ...fail("Maxymiser refuses the credentials"), mmSiteId }, 409);
    c.header("Retry-After", "5");
    return c.json({ ...fail("Maxymiser gives no token at the moment"), mmSiteId }, 503);
  });

  routes.openapi(check, async (c) => {
    const mmSiteId = c.req.valid("param").siteId;
    if (!(await hasCredentials(open(c), mmSiteId))) return c.json({ ...fail("No Creds Found"), mmSiteId }, 404);
    return c.json({ ...ok("Record Found"), mmSiteId }, 200);
  });

  routes.openapi(auth, (c) => c.redirect(CREDENTIALS_PAGE, 302));

  addViewRoutes(routes, open);
  return routes;
}
