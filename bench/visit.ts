// The promise of `/visit`, cached and recorded: what it costs over a bare 302 with the same headers.
// Rounds alternate with the control, and each is compared with its neighbour, so a busy machine slows both.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import budget from "./budget.json" with { type: "json" };
import { cpuUs } from "./cpu.ts";
import { openHouse } from "./house.ts";
import type { BenchHouse } from "./house.ts";
import { loadGenerator } from "./load.ts";
import type { LoadResult } from "./load-process.ts";
import { median, note, verdict } from "./verdict.ts";

/** Short and many: what else runs on the machine then meets both neighbours of a pair, or one pair of many. */
const ROUNDS = 15;
const ROUND_MS = 1_000;
const WARM_UP_MS = 3_000;
const PRODUCTS = 200;
const SETTLE_MS = 20_000;

type Load = ReturnType<typeof loadGenerator>;
type Round = LoadResult & { cpuUs: number | null };

const paths = Array.from(
  { length: PRODUCTS },
  (_, n) => `/visit?url=${encodeURIComponent(`https://www.casaaroeira.example/produto/mesa-${n + 100}`)}`,
);

/** Measures with the click log in the same process or elsewhere. */
export async function visitBench(logElsewhere: boolean): Promise<void> {
  const promised = logElsewhere ? budget.visit.logElsewhere : budget.visit.logInProcess;
  const where = logElsewhere ? "log elsewhere" : "log in process";
  const house = await openHouse(logElsewhere);
  const load = loadGenerator();
  try {
    await openStore(house);
    let clicks = 0;
    const visit = async (connections: number, ms: number) => {
      const round = await measured(house, load, house.visitPort, connections, ms);
      clicks += round.redirects;
      if (round.redirects !== round.answered)
        throw new Error(`${round.answered - round.redirects} answers were no redirect`);
      return round;
    };
    const control = (connections: number, ms: number) => measured(house, load, house.controlPort, connections, ms);
    await visit(16, WARM_UP_MS);
    await control(16, WARM_UP_MS);
    for (const connections of [16, 1]) {
      const bare: Round[] = [];
      const ours: Round[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const controlFirst = round % 2 === 0;
        if (controlFirst) bare.push(await control(connections, ROUND_MS));
        ours.push(await visit(connections, ROUND_MS));
        if (!controlFirst) bare.push(await control(connections, ROUND_MS));
        await house.settleLog();
      }
      const ratio = median(ours.map((round, n) => round.perSecond / bare[n]!.perSecond));
      const least = connections === 16 ? promised.throughputAt16 : promised.throughputAt1;
      const name = `visit, ${where}, ${connections} connection${connections === 1 ? "" : "s"}`;
      verdict(name, `${ratio.toFixed(2)} of the control's throughput`, `>= ${least}`, ratio >= least);
      note(`control ${line(bare)}`);
      note(`visit   ${line(ours)}`);
      if (connections === 1) {
        const addedUs = median(ours.map((round, n) => round.p50Us - bare[n]!.p50Us));
        verdict(
          `${name}, added p50`,
          `${addedUs} us`,
          `<= ${budget.visit.addedP50Us} us`,
          addedUs <= budget.visit.addedP50Us,
        );
      }
    }
    const recorded = await settled(house, clicks);
    verdict(`visit, ${where}, clicks recorded`, `${recorded} of ${clicks} answered`, "all, once", recorded === clicks);
  } finally {
    load.close();
    await house.close();
  }
}

async function measured(house: BenchHouse, load: Load, port: number, connections: number, ms: number): Promise<Round> {
  const before = cpuUs(house.runtimePid);
  const result = await load.round({ port, paths, connections, ms });
  const after = cpuUs(house.runtimePid);
  return { ...result, cpuUs: before === null || after === null ? null : (after - before) / result.answered };
}

function line(rounds: Round[]): string {
  const of = (pick: (round: Round) => number) => Math.round(median(rounds.map(pick)));
  const cpu = rounds[0]?.cpuUs === null ? "" : `, CPU ${of((round) => round.cpuUs ?? 0)} us a request`;
  return `${of((round) => round.perSecond)} a second, p50 ${of((round) => round.p50Us)} us, p99 ${of((round) => round.p99Us)} us${cpu}`;
}

/** One store with one network whose links are built here. */
async function openStore(house: BenchHouse): Promise<void> {
  const call = async (method: string, path: string, body: unknown) => {
    const headers = { Authorization: `Bearer ${house.adminToken}`, "Content-Type": "application/json" };
    const response = await fetch(`${house.origin}${path}`, { method, headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  };
  await call("PUT", "/api/credentials/awin", { publisherId: "223344", token: "bench" });
  const networks = [{ network: "awin", externalId: "17648" }];
  await call("POST", "/api/clickouts/stores", { name: "Casa Aroeira", domains: ["casaaroeira.example"], networks });
}

/** Counts the rows of the click log's own files: no door of ours stands between. */
function countClicks(house: BenchHouse): number {
  const dir = join(house.logStateDir, "v3", "do");
  let clicks = 0;
  for (const file of readdirSync(dir, { recursive: true, encoding: "utf8" })) {
    if (!/ClickLog[/\\][0-9a-f]{64}\.sqlite$/.test(file)) continue;
    const db = new DatabaseSync(join(dir, file), { readOnly: true });
    clicks += Number(db.prepare("SELECT count(*) AS n FROM click").get()?.["n"]);
    db.close();
  }
  return clicks;
}

async function settled(house: BenchHouse, expected: number): Promise<number> {
  const endsAt = Date.now() + SETTLE_MS;
  while (countClicks(house) < expected && Date.now() < endsAt) {
    await house.settleLog();
    await wait(200);
  }
  return countClicks(house);
}
