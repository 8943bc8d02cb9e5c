// The system `visitors`: what it answers, consumes and does by the clock, put together.
import { config } from "../../src/shared/config.ts";
import { database } from "../../src/shared/db/client.ts";
import type { CredentialTest, System } from "../../src/shared/system.ts";
import { tellSite } from "./access/service-access.ts";
import { consumeVisitors } from "./consumer.ts";
import { consumeLogs } from "./customer-log/consumer.ts";
import { siteEvent } from "./customer-log/events.ts";
import { postEvents } from "./customer-log/log-endpoint.client.ts";
import { enqueue, wantsLog } from "./customer-log/service-collect.ts";
import { verdictOf } from "./maxymiser/answers.ts";
import { requestToken } from "./maxymiser/maxymiser.client.ts";
import { visitorPages } from "./desk/pages.tsx";
import { visitorFinds } from "./desk/service-find.ts";
import { visitorNeeds, visitorSetUp, visitorTile } from "./desk/service-needs.ts";
import { deskOf } from "./desk/service.ts";
import { visitorRoutes } from "./routes.ts";
import { sweep } from "./service-sweep.ts";
import { visitorData } from "./store.ts";

const CREDENTIALS = "maxymiser:";

const siteOf = (name: string) => name.slice(CREDENTIALS.length);

/** Before credentials are stored, and whenever an operator asks: the token that is given is thrown away. */
const testMaxymiser: CredentialTest = async (fields, env, deps, name) => {
  const answer = await requestToken(fields, config(env).maxymiserAuthUrl, deps);
  const event = siteEvent(
    "credentials_checked",
    siteOf(name),
    answer.kind === "token" ? "ok" : answer.kind,
    deps.clock(),
  );
  if (wantsLog(env)) await enqueue(env, [event]);
  return verdictOf(answer);
};

const desk = deskOf(visitorData);

export const visitors: System = {
  name: "visitors",
  prefixes: ["/receive_data", "/site-set", "/token_delete", "/token_refresh", "/auth", "/check", "/api/visitors"],
  largeBodies: ["/receive_data"],
  routes: visitorRoutes(visitorData),
  pages: visitorPages(desk),
  nav: [{ label: { en: "Visitors", pt: "Visitantes" }, path: "/console/visitors", scope: "visitors:read" }],
  series: {
    delivered: { metric: "visitor_delivery_delay_seconds" },
    waiting: { metric: "visitor_pending" },
  },
  tile: (look) => visitorTile(desk, look),
  attention: (look) => visitorNeeds(desk, look),
  find: (look, id) => visitorFinds(desk, look, id),
  setUp: (look) => visitorSetUp(desk, look),
  queues: { visitors: consumeVisitors, "visitor-logs": consumeLogs(postEvents) },
  jobs: { sweep: sweep(visitorData) },
  async credentialsChanged(env, deps, name) {
    if (!name.startsWith(CREDENTIALS)) return;
    const site = siteOf(name);
    const { revision } = await tellSite({ env, deps, db: database(env), data: visitorData }, site);
    const kind = revision > 0 ? "credentials_set" : "credentials_deleted";
    if (wantsLog(env)) await enqueue(env, [siteEvent(kind, site, "ok", deps.clock())]);
  },
  testCredential: { maxymiser: testMaxymiser },
  asksBeforeStoring: true,
};
