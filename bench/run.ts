// `npm run bench`: every promise against its budget and its control. Exits 1 where one is missed.
// Names choose a few: `npm run bench -- visit deadline bundle table`.
import process from "node:process";
import { build } from "../scripts/worker-process.ts";
import { audiencesBench } from "./audiences.ts";
import { bundleBench } from "./bundle.ts";
import { deadlineBench } from "./deadline.ts";
import { missedPromises } from "./verdict.ts";
import { pagesBench } from "./pages.ts";
import { tableBench } from "./table.ts";
import { visitBench } from "./visit.ts";
import { visitorsDeliveryBench } from "./visitors-delivery.ts";
import { visitorsIntakeBench } from "./visitors-intake.ts";

const benches: Record<string, () => Promise<void> | void> = {
  audiences: audiencesBench,
  bundle: bundleBench,
  deadline: deadlineBench,
  pages: pagesBench,
  table: tableBench,
  visit: async () => {
    await visitBench(true);
    await visitBench(false);
  },
  "visitors-intake": visitorsIntakeBench,
  "visitors-delivery": visitorsDeliveryBench,
};

const asked = process.argv.slice(2);
/** `visitors` asks for both of its benches. */
const meant = (name: string, word: string) => name === word || name.startsWith(`${word}-`);
const unknown = asked.filter((word) => !Object.keys(benches).some((name) => meant(name, word)));
if (unknown.length > 0) {
  process.stderr.write(`no such bench: ${unknown.join(", ")}; there are ${Object.keys(benches).join(", ")}\n`);
  process.exit(1);
}
build();
for (const [name, bench] of Object.entries(benches)) {
  if (asked.length === 0 || asked.some((word) => meant(name, word))) await bench();
}
process.exit(missedPromises() === 0 ? 0 : 1);
