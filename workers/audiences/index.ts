// The system `audiences`: what it answers, shows and does by the clock. No logic.
import { database } from "../../src/shared/db/client.ts";
import type { System } from "../../src/shared/system.ts";
import { audiencePages } from "./desk/pages.tsx";
import { audienceFinds } from "./desk/service-find.ts";
import { audienceNeeds, audienceSetUp, audienceTile } from "./desk/service-needs.ts";
import { deskOf } from "./desk/service.ts";
import { deskData } from "./desk/store.ts";
import { audienceObjects as objects } from "./reach.ts";
import { AUDIENCE_LARGE_BODIES, AUDIENCE_PREFIXES, audienceRoutes } from "./routes.ts";
import { wakeOverdue } from "./service-sweep.ts";
import { audienceData as data } from "./store.ts";

const desk = deskOf({ data, desk: deskData, objects });

export const audiences: System = {
  name: "audiences",
  prefixes: AUDIENCE_PREFIXES,
  largeBodies: AUDIENCE_LARGE_BODIES,
  routes: audienceRoutes({ data, objects }),
  pages: audiencePages(desk),
  nav: [{ label: { en: "Audiences", pt: "Audiências" }, path: "/console/audiences", scope: "audiences:read" }],
  series: {
    keys: { metric: "segment_keys_total" },
    calls: { metric: "segment_calls_total" },
  },
  events: {
    "segment.nearly_full": {
      en: "A segment of Split has reached 95 % of the members that it can have.",
      pt: "Um segmento do Split chegou a 95 % dos membros que pode ter.",
    },
  },
  tile: (look) => audienceTile(desk, look),
  attention: (look) => audienceNeeds(desk, look),
  find: (look, id) => audienceFinds(desk, look, id),
  setUp: (look) => audienceSetUp(desk, look),
  jobs: { sweep: (env, deps) => wakeOverdue({ db: database(env), data, objects: objects(env), deps }) },
};
