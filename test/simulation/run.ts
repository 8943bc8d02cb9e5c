// `npm run simulate`: lives many seeds of a buffer, or one with its whole story (`-- --seed N`; `-- --site N` of a site of
// visitors, whose many lives are in its test).
// `SEEDS=10000` says how many; exits 1 where a promise is broken, with the seed to replay.
import process from "node:process";
import { CoalescingBuffer } from "../../src/shared/durable/buffer.ts";
import { WakeUp } from "../../src/shared/durable/wake-up.ts";
import * as access from "../../workers/visitors/access/site-token.ts";
import { TokenKeeper } from "../../workers/visitors/access/token-keeper.ts";
import { Delivery } from "../../workers/visitors/delivery/delivery.ts";
import { live } from "./buffer-story.ts";
import { liveSite } from "./visitor-story.ts";

const flag = process.argv.indexOf("--seed");
const trial = { CoalescingBuffer, WakeUp };

if (flag > 0) {
  const { lines, broken } = await live(Number(process.argv[flag + 1]), trial, true);
  process.stdout.write(`${lines.join("\n")}\n${broken === null ? "all promises kept" : `BROKEN: ${broken}`}\n`);
  process.exit(broken === null ? 0 : 1);
}

const site = process.argv.indexOf("--site");
if (site > 0) {
  const { lines, broken } = await liveSite(Number(process.argv[site + 1]), { TokenKeeper, Delivery, access }, true);
  process.stdout.write(`${lines.join("\n")}\n${broken === null ? "all promises kept" : `BROKEN: ${broken}`}\n`);
  process.exit(broken === null ? 0 : 1);
}

const seeds = Number(process.env["SEEDS"] ?? 1_000);
const started = performance.now();
let broken = 0;
const sum = { calls: 0, changes: 0, crashes: 0 };
for (let seed = 1; seed <= seeds; seed++) {
  const ending = await live(seed, trial);
  sum.calls += ending.calls;
  sum.changes += ending.changes;
  sum.crashes += ending.crashes;
  if (ending.broken === null) continue;
  broken += 1;
  process.stdout.write(`seed ${seed}: ${ending.broken}\n        npm run simulate -- --seed ${seed}\n`);
}
const cpu = process.cpuUsage();
const seconds = ((performance.now() - started) / 1_000).toFixed(1);
const cpuSeconds = ((cpu.user + cpu.system) / 1_000_000).toFixed(1);
process.stdout.write(
  `${seeds} seeds in ${seconds} s (CPU ${cpuSeconds} s): ${sum.changes} changes, ${sum.calls} calls, ${sum.crashes} crashes; ${broken} broken\n`,
);
process.exit(broken === 0 ? 0 : 1);
