// Starts the built Worker as a process group and ends it, politely or by kill -9.
// Ending the group matters: the runtime is a grandchild that would go on answering from its memory.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { toolEnvironment } from "./installed.mjs";
import { isRefused } from "./ports.ts";
import type { ServeOptions, ServeReport } from "./serve.ts";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

/** A running Worker. */
export interface WorkerProcess {
  /** `http://127.0.0.1:<port>` */
  origin: string;
  pid: number;
  /** Resolves when the process has ended by itself or by us. */
  ended: Promise<void>;
  /** Ends the group with `signal` and waits until nobody answers on the port. */
  end: (signal: "SIGKILL" | "SIGTERM") => Promise<void>;
}

/** Runs one command of wrangler; a failure throws with what it printed. */
export function wrangler(args: string[]): string {
  const { status, stdout, stderr } = spawnSync("wrangler", args, {
    cwd: ROOT,
    env: { ...toolEnvironment(ROOT), CI: "true" },
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (status !== 0) throw new Error(`wrangler ${args.join(" ")} failed:\n${stdout}${stderr}`);
  return stdout;
}

/** Bundles the Worker into `dist/`, as a deployment would. */
export function build(): void {
  wrangler(["deploy", "--dry-run", "--outdir", "dist"]);
}

/** Brings the local D1 in `stateDir` to the newest migration. */
export function migrate(stateDir: string): void {
  wrangler(["d1", "migrations", "apply", "DB", "--local", "--env=", "--persist-to", stateDir]);
}

/** Serves `dist/` on loopback; resolves when it answers. `onOutput` gets what the Worker and its process print. */
export async function startWorker(options: ServeOptions, onOutput: (text: string) => void): Promise<WorkerProcess> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "scripts/serve.ts"], {
    cwd: ROOT,
    env: toolEnvironment(ROOT),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", onOutput);
  }
  const ended = once(child, "exit").then(() => undefined);
  const ready = new Promise<void>((resolve, reject) => {
    child.on("message", (report: ServeReport) => {
      if (report.kind === "log") onOutput(`${report.line}\n`);
      else if (report.kind === "ready") resolve();
      else reject(new Error(report.message));
    });
    void ended.then(() => reject(new Error("the Worker's process ended before it was ready")));
  });
  const pid = child.pid ?? 0;
  child.send(options);
  const end = async (signal: "SIGKILL" | "SIGTERM") => {
    endGroup(pid, signal);
    await ended;
    if (signal === "SIGTERM") endGroup(pid, "SIGKILL");
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while (!(await isRefused(options.port))) {
      if (Date.now() > deadline) throw new Error(`somebody still answers on port ${options.port}`);
      await wait(20);
    }
  };
  try {
    await Promise.race([
      ready,
      wait(START_TIMEOUT_MS, undefined, { ref: false }).then(() =>
        Promise.reject(new Error("the Worker did not start in time")),
      ),
    ]);
  } catch (error) {
    endGroup(pid, "SIGKILL");
    throw error;
  }
  return { origin: `http://127.0.0.1:${options.port}`, pid, ended, end };
}

/** Signals a whole process group; one that is gone already is fine. */
export function endGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // nobody is left in it
  }
}
