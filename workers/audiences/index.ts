// The system `audiences`: what it answers and does by the clock. No logic.
import { database } from "../../src/shared/db/client.ts";
import type { System } from "../../src/shared/system.ts";
import { audienceObjects as objects } from "./reach.ts";
import { AUDIENCE_LARGE_BODIES, AUDIENCE_PREFIXES, audienceRoutes } from "./routes.ts";
import { wakeOverdue } from "./service-sweep.ts";
import { audienceData as data } from "./store.ts";

export const audiences: System = {
  name: "audiences",
  prefixes: AUDIENCE_PREFIXES,
  largeBodies: AUDIENCE_LARGE_BODIES,
  routes: audienceRoutes({ data, objects }),
  jobs: { sweep: (env, deps) => wakeOverdue({ db: database(env), data, objects: objects(env), deps }) },
};
