// The system `visitors`: what it answers, consumes and does by the clock. No logic.
import { config } from "../../src/shared/config.ts";
import { database } from "../../src/shared/db/client.ts";
import type { CredentialTest, System } from "../../src/shared/system.ts";
import { consumeVisitors } from "./consumer.ts";
import { visitorRoutes } from "./routes.ts";
import { tellSite } from "./access/service-access.ts";
import { verdictOf } from "./maxymiser/answers.ts";
import { requestToken } from "./maxymiser/maxymiser.client.ts";
import { sweep } from "./service-sweep.ts";
import { visitorData } from "./store.ts";

const CREDENTIALS = "maxymiser:";

/** Before credentials are stored, and whenever an operator asks: the token that is given is thrown away. */
const testMaxymiser: CredentialTest = async (fields, env, deps) =>
  verdictOf(await requestToken(fields, config(env).maxymiserAuthUrl, deps));

export const visitors: System = {
  name: "visitors",
  prefixes: ["/receive_data", "/site-set", "/token_delete", "/token_refresh", "/auth", "/check", "/api/visitors"],
  largeBodies: ["/receive_data"],
  routes: visitorRoutes(visitorData),
  queues: { visitors: consumeVisitors },
  jobs: { sweep: sweep(visitorData) },
  async credentialsChanged(env, deps, name) {
    if (!name.startsWith(CREDENTIALS)) return;
    await tellSite({ env, deps, db: database(env), data: visitorData }, name.slice(CREDENTIALS.length));
  },
  testCredential: { maxymiser: testMaxymiser },
  checkCredential: { maxymiser: testMaxymiser },
};
