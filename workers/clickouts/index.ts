// The system `clickouts`: what it answers, consumes and does by the clock. No logic.
import { database } from "../../src/shared/db/client.ts";
import type { Deps, System } from "../../src/shared/system.ts";
import { consumeClickouts } from "./consumer.ts";
import { buildTable, credentialsChanged, repair } from "./publish.ts";
import { adopt } from "./published.ts";
import type { RoutingTable } from "./table.ts";
import { visitDoor } from "./visit.ts";

/** This isolate uses a table that it has just built. */
const use = (env: Env, deps: Deps) => (table: RoutingTable) => void adopt(env, table, deps.clock());

export const clickouts: System = {
  name: "clickouts",
  prefixes: ["/visit", "/rule", "/status", "/api/clickouts"],
  edge: visitDoor((env, deps) => buildTable(database(env), env, deps.clock())),
  queues: { clickouts: consumeClickouts },
  crons: { "* * * * *": ["sweep"] },
  jobs: {
    async sweep(env, deps) {
      const repaired = await repair(env, deps, use(env, deps));
      return { counts: { routesRepaired: repaired === null ? 0 : 1 }, warnings: [] };
    },
  },
  credentialsChanged: (env, deps, name) => credentialsChanged(env, deps, name, use(env, deps)),
};
