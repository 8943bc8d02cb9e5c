// Brings back clicks that reached only the log: reads log lines from a file, posts what they hold. Safe to run twice.
// node scripts/replay-clickouts.ts worker.log   (SLUICE_URL, SLUICE_KEY with the scope clickouts:write)
import { createReadStream } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";

const PER_CALL = 5;
const [file] = process.argv.slice(2);
const url = process.env["SLUICE_URL"] ?? "http://127.0.0.1:8787";
const key = process.env["SLUICE_KEY"];

if (file === undefined || key === undefined) {
  process.stderr.write("Usage: SLUICE_URL=https://… SLUICE_KEY=slk_… node scripts/replay-clickouts.ts worker.log\n");
  process.exit(1);
}

/** The hand-over that a line holds; log viewers may put their own text before the JSON. */
function handoverOf(line: string): unknown {
  if (!line.includes("clickouts_handed_to_log")) return undefined;
  const start = line.indexOf("{");
  return (JSON.parse(line.slice(start)) as { handover?: unknown }).handover;
}

async function post(handovers: unknown[]): Promise<number> {
  const response = await fetch(`${url}/api/clickouts/visits/replay`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify({ handovers }),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return ((await response.json()) as { clicks: number }).clicks;
}

let waiting: unknown[] = [];
let clicks = 0;
for await (const line of createInterface({ input: createReadStream(file) })) {
  const handover = handoverOf(line);
  if (handover === undefined) continue;
  waiting.push(handover);
  if (waiting.length < PER_CALL) continue;
  clicks += await post(waiting);
  waiting = [];
}
if (waiting.length > 0) clicks += await post(waiting);
process.stdout.write(`${clicks} clicks handed over.\n`);
