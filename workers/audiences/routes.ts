// All doors of audiences: parse, call the verb, answer.
import { newRoutes } from "../../src/shared/http/app.ts";
import type { Routes } from "../../src/shared/system.ts";
import { addCompatRoutes } from "./intake/routes-compat.ts";
import type { AudienceDoors, Open } from "./routes-doors.ts";
import { addIntakeRoutes } from "./intake/routes-intake.ts";
import { addSegmentRoutes } from "./routes-segments.ts";
import { addTenantRoutes } from "./routes-tenants.ts";
import { openOperation } from "./service.ts";

/** The paths under which they stand. */
export const AUDIENCE_PREFIXES = ["/mparticle", "/audiences", "/ping", "/uptime", "/cache", "/api/audiences"] as const;

/** Doors whose bodies may be large. */
export const AUDIENCE_LARGE_BODIES = ["/mparticle", "/audiences"] as const;

/** Builds the doors over these data and objects. */
export function audienceRoutes({ data, objects }: AudienceDoors): Routes {
  const routes = newRoutes();
  const open: Open = (c) =>
    openOperation({
      env: c.env,
      deps: c.get("deps"),
      data,
      objects: objects(c.env),
      waitUntil: (work) => c.executionCtx.waitUntil(work),
      actor: c.get("actor").id,
      requestId: c.get("requestId"),
    });
  addIntakeRoutes(routes, open);
  addCompatRoutes(routes, open);
  addSegmentRoutes(routes, open);
  addTenantRoutes(routes, open);
  return routes;
}
