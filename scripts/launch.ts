// The local house: simulators, the built Worker with its databases on disk, the demo company, a cron and some traffic.
// It must never leave a process behind, and never print a secret.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { sandboxVars } from "../sandbox/apps.ts";
import { configuredCrons, isDue } from "./crons.ts";
import { greeting } from "./greeting.ts";
import { localSecrets } from "./local-secrets.ts";
import { isFree } from "./ports.ts";
import { makeIngestKey, seed } from "./seed.ts";
import { seedPast } from "./seed-past.ts";
import { signInLink } from "./sign-in-link.ts";
import { build, endGroup, migrate, ROOT, startWorker } from "./worker-process.ts";
import type { WorkerProcess } from "./worker-process.ts";

const port = Number(process.env["PORT"] ?? 8787);
const sandboxPort = Number(process.env["SANDBOX_PORT"] ?? 8788);
const empty = process.argv.includes("--empty");
const stateDir = join(ROOT, ".sluice", empty ? "empty" : "demo");
const CRON_MS = 60_000;
const HOURLY = "7 * * * *";

const children: ChildProcess[] = [];
let worker: WorkerProcess | undefined;
let stopping = false;

async function stop(code: number): Promise<never> {
  stopping = true;
  for (const child of children) if (child.pid !== undefined) endGroup(child.pid, "SIGTERM");
  await worker?.end("SIGTERM").catch(() => undefined);
  process.exit(code);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop(0));
// The one who started us is gone, however that happened.
process.on("disconnect", () => void stop(0));

function fail(message: string): Promise<never> {
  process.stderr.write(`${message}\n`);
  return stop(1);
}

/** One of the sandbox's own programs; the house falls with it, except with the traffic. */
function startProgram(file: string, env: Record<string, string>, needed: boolean): void {
  const child = spawn(process.execPath, ["--import", "./scripts/with-parent.mjs", file], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    detached: true,
  });
  child.once("exit", () => {
    if (!stopping && needed) void fail(`${file} ended.`);
  });
  children.push(child);
}

/** Lets the Worker do what a cron starts. A failure is in its log. */
async function fire(origin: string, cron: string): Promise<void> {
  const query = new URLSearchParams({ cron });
  await fetch(`${origin}/cdn-cgi/handler/scheduled?${query.toString()}`).catch(() => undefined);
}

async function start(): Promise<void> {
  for (const [name, taken] of [
    ["PORT", port],
    ["SANDBOX_PORT", sandboxPort],
  ] as const) {
    if (!(await isFree(taken))) {
      await fail(`Port ${taken} is taken. Choose another: ${name}=${taken + 10} npm start`);
    }
  }
  if (empty) rmSync(stateDir, { recursive: true, force: true });
  mkdirSync(stateDir, { recursive: true });
  const secrets = localSecrets();
  process.stdout.write("Building …\n");
  build();
  migrate(stateDir);

  const sandboxOrigin = `http://127.0.0.1:${sandboxPort}`;
  const sales = empty ? {} : { SANDBOX_LEDGER_FILE: join(stateDir, "sales.jsonl") };
  startProgram("sandbox/server.ts", { SANDBOX_PORT: String(sandboxPort), ...sales }, true);
  const logFile = join(stateDir, "worker.log");
  const log = createWriteStream(logFile, { flags: "a" });
  const vars = sandboxVars(sandboxOrigin);
  worker = await startWorker({ port, stateDir, vars, secrets }, (text) => log.write(text));
  void worker.ended.then(() => (stopping ? undefined : fail(`The Worker ended; its log is ${logFile}`)));
  const { origin } = worker;

  // The key of the demo's sources; where it lies, the demo company is in.
  const keyFile = join(stateDir, "ingest-key");
  if (!empty && !existsSync(keyFile)) {
    process.stdout.write("Seeding the demo company …\n");
    const adminToken = secrets["ADMIN_TOKEN"] ?? "";
    await seed(origin, adminToken);
    await seedPast(origin, adminToken, sandboxOrigin);
    writeFileSync(keyFile, await makeIngestKey(origin, adminToken), { mode: 0o600 });
  }
  if (!empty) {
    const key = readFileSync(keyFile, "utf8");
    const env = { SLUICE_URL: origin, SANDBOX_URL: sandboxOrigin, SLUICE_INGEST_KEY: key };
    startProgram("sandbox/traffic.ts", env, false);
  }
  const crons = configuredCrons();
  // A tick of each minute; a timer that is late by less than a minute misses none.
  setInterval(() => {
    const now = new Date();
    for (const cron of crons.filter((each) => isDue(each, now))) void fire(origin, cron);
  }, CRON_MS);
  // The demo's past is to be seen at once, not at the next full hour.
  if (!empty) void fire(origin, HOURLY);
  const link = await signInLink(origin, secrets["ADMIN_TOKEN"] ?? "");
  process.stdout.write(greeting({ link, origin, sandboxOrigin, logFile, empty }));
}

start().catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));
