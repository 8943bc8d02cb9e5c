// The system `clickouts`: what it answers, consumes and does by the clock. No logic.
import { database } from "../../src/shared/db/client.ts";
import type { Deps } from "../../src/shared/deps.ts";
import type { System } from "../../src/shared/system.ts";
import { compile } from "./redirect/compiled.ts";
import { consumeClickouts } from "./clicks/consumer.ts";
import { retention } from "./clicks/service-retention.ts";
import { transactionsJob } from "./earnings/service-poll.ts";
import { programmesJob } from "./earnings/service-programmes.ts";
import { explain } from "./redirect/explain.ts";
import { credentialTests } from "./networks/credential-tests.ts";
import { reportClients } from "./networks/reports.client.ts";
import { buildTable, credentialsChanged, publish, repair } from "./catalogue/publish.ts";
import { IMPORT_PATH } from "./catalogue/routes-import.ts";
import { adopt, basesOf, loadTable } from "./redirect/published.ts";
import { clickoutPages } from "./desk/pages.tsx";
import { deskOf } from "./desk/service.ts";
import type { DeskDoors } from "./desk/service.ts";
import { clickoutFinds } from "./desk/service-find.ts";
import { clickoutNeeds, clickoutSetUp, clickoutTile } from "./desk/service-needs.ts";
import { deskData } from "./desk/store.ts";
import { clickoutRoutes } from "./routes.ts";
import { clickoutData } from "./store.ts";
import type { RoutingTable } from "./redirect/table.ts";
import { visitDoor } from "./redirect/visit.ts";

const rebuild = (env: Env, deps: Deps, atMs = deps.clock()) => buildTable(database(env), env, atMs);

/** This isolate uses a table that it has just built. */
const use = (env: Env, deps: Deps) => (table: RoutingTable) => void adopt(env, table, deps.clock());

/** The table of now is the one that visits here use; that of another time is built from the history in D1. */
async function tableAt(env: Env, deps: Deps, atMs: number | undefined) {
  if (atMs === undefined) return await loadTable(env, deps, rebuild);
  return compile(await rebuild(env, deps, atMs), basesOf(env));
}

const polling = { clients: reportClients, wait: (ms: number) => scheduler.wait(ms) };

const doors: DeskDoors = {
  data: clickoutData,
  desk: deskData,
  explain: async (env, deps, query) => explain(env, deps, await tableAt(env, deps, query.atMs), query),
};
const desk = deskOf(doors);

export const clickouts: System = {
  name: "clickouts",
  prefixes: ["/visit", "/rule", "/status", "/api/clickouts"],
  largeBodies: [IMPORT_PATH],
  edge: visitDoor(rebuild),
  routes: clickoutRoutes(doors),
  pages: clickoutPages(desk),
  nav: [{ label: { en: "Clickouts", pt: "Cliques de saída" }, path: "/console/clickouts", scope: "clickouts:read" }],
  series: { clicks: { metric: "visit_total", by: "outcome" } },
  tile: clickoutTile,
  attention: (look) => clickoutNeeds(desk, look),
  find: (look, id) => clickoutFinds(desk, look, id),
  setUp: (look) => clickoutSetUp(desk, look),
  queues: { clickouts: consumeClickouts },
  crons: { "* * * * *": ["sweep"], "7 * * * *": ["transactions"], "11 4 * * *": ["programmes", "retention"] },
  jobs: {
    transactions: transactionsJob(polling),
    programmes: programmesJob({ ...polling, publish: (env, deps) => publish(env, deps, use(env, deps)) }),
    retention,
    async sweep(env, deps) {
      const repaired = await repair(env, deps, use(env, deps));
      return { counts: { routesRepaired: repaired === null ? 0 : 1 }, warnings: [] };
    },
  },
  credentialsChanged: (env, deps, name) => credentialsChanged(env, deps, name, use(env, deps)),
  testCredential: credentialTests,
};
