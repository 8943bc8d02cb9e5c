// `npm start`: installs what is missing, then hands over to the launcher under the Node that was installed.
// Plain JavaScript for any Node from 20 up. It must never leave the launcher behind.
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { ensureInstalled, toolEnvironment } from "./installed.mjs";

const PARENT_CHECK_MS = 500;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const launcher = spawn(
  ensureInstalled(root),
  ["--disable-warning=ExperimentalWarning", "scripts/launch.ts", ...process.argv.slice(2)],
  // Detached: the terminal's Ctrl-C reaches only this process, which passes it on once.
  { cwd: root, env: toolEnvironment(root), stdio: ["ignore", "inherit", "inherit", "ipc"], detached: true },
);

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => launcher.kill("SIGTERM"));
}
// npm passes no SIGTERM on: it dies, and we see another parent.
if (process.env.npm_lifecycle_event !== undefined) {
  const { ppid } = process;
  setInterval(() => process.ppid === ppid || launcher.kill("SIGTERM"), PARENT_CHECK_MS).unref();
}
launcher.on("exit", (code) => process.exit(code ?? 1));
