// The system of the operator: keys, credentials, audit, pages, and what the house says of itself.
import { newRoutes } from "../../src/shared/http/app.ts";
import { endDeadRuns, forgetRuns } from "../../src/shared/jobs/upkeep.ts";
import { deadLetters } from "../../src/shared/queue/run-batch.ts";
import type { Job, JobResult } from "../../src/shared/jobs/job.ts";
import type { System } from "../../src/shared/system.ts";
import { consumeDelivery } from "../../src/shared/webhooks/consumer.ts";
import { forgetDelivered, wakeDeliveries } from "../../src/shared/webhooks/upkeep.ts";
import { auditRoutes } from "./audit/routes.ts";
import { credentialRoutes } from "./credentials/routes.ts";
import { consoleSweep } from "./cron.ts";
import { jobRoutes } from "./runs/routes.ts";
import { keyRoutes } from "./keys/routes.ts";
import { metaRoutes } from "./meta.routes.ts";
import { consoleFinds, consoleNeeds, consoleSetUp } from "./overview/needs.service.ts";
import { consoleNav, consolePages } from "./pages.tsx";
import { parkedRoutes } from "./parked/routes.ts";
import { rateRoutes } from "./rates.routes.ts";
import { signInRoutes } from "./sign-in/routes.ts";
import { webhookRoutes } from "./webhooks/routes.ts";

const PARTS = [
  metaRoutes,
  keyRoutes,
  credentialRoutes,
  webhookRoutes,
  auditRoutes,
  jobRoutes,
  rateRoutes,
  parkedRoutes,
  signInRoutes,
];
const routes = newRoutes();
for (const part of PARTS) routes.route("/", part);

const HOUSE_PREFIXES = ["/health", "/openapi.json", "/docs", "/metrics", "/console"];
const AREAS = ["keys", "credentials", "webhooks", "audit", "jobs", "runs", "rates", "parked", "sign-in-links"];

const sweep: Job = async (env, deps) => {
  // Each does without the others.
  const parts = await Promise.allSettled([endDeadRuns, wakeDeliveries, consoleSweep].map((part) => part(env, deps)));
  return merged(parts);
};

const retention: Job = async (env, deps) =>
  merged(await Promise.allSettled([forgetRuns, forgetDelivered].map((part) => part(env, deps))));

/** What parts of a job did; rejects with the first failure once all have ended. */
function merged(parts: readonly PromiseSettledResult<JobResult>[]): JobResult {
  const results = parts.map((part) => {
    if (part.status === "rejected") throw part.reason;
    return part.value;
  });
  const counts = Object.assign({}, ...results.map((result) => result.counts)) as JobResult["counts"];
  return { counts, warnings: results.flatMap(({ warnings }) => warnings) };
}

/** It walks the list of systems and never imports one. */
export const consoleSystem: System = {
  name: "console",
  prefixes: [...HOUSE_PREFIXES, ...AREAS.map((area) => `/api/${area}`)],
  routes,
  pages: consolePages,
  nav: consoleNav,
  attention: consoleNeeds,
  setUp: consoleSetUp,
  find: consoleFinds,
  queues: { webhooks: consumeDelivery, parked: deadLetters },
  crons: { "11 4 * * *": ["retention"] },
  jobs: { sweep, retention },
};
