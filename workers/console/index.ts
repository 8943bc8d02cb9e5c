// The system of the operator: keys, credentials, audit, and what the house says of itself.
import { newRoutes } from "../../src/shared/http/app.ts";
import { deadLetters } from "../../src/shared/queue/run-batch.ts";
import type { System } from "../../src/shared/system.ts";
import { auditRoutes } from "./audit.routes.ts";
import { credentialRoutes } from "./credentials.routes.ts";
import { keyRoutes } from "./keys.routes.ts";
import { tellGauges } from "./cron.ts";
import { metaRoutes } from "./meta.routes.ts";
import { rateRoutes } from "./rates.routes.ts";

const routes = newRoutes();
for (const part of [metaRoutes, keyRoutes, credentialRoutes, auditRoutes, rateRoutes]) routes.route("/", part);

/** It walks the list of systems and never imports one. */
export const consoleSystem: System = {
  name: "console",
  prefixes: ["/health", "/openapi.json", "/metrics", "/api/keys", "/api/credentials", "/api/audit", "/api/rates"],
  routes,
  queues: { parked: deadLetters },
  jobs: { sweep: tellGauges },
};
