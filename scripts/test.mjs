// `npm test`: every check of the house, one after the other; the first that fails ends the run.
// Plain JavaScript for any Node from 20 up. Its last line is always `<n> passed, <m> failed`.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { ensureInstalled, toolEnvironment } from "./installed.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const REPORT = join(root, "node_modules", ".cache", "test-report.json");

/** The tests come last, since those of the whole system drive the built Worker. */
const STEPS = [
  ["format", "npm", "run", "--silent", "check:format"],
  ["lint", "npm", "run", "--silent", "lint"],
  ["types", "npm", "run", "--silent", "check:types"],
  ["build", "npm", "run", "--silent", "build"],
  ["bundle", "npm", "run", "--silent", "check:bundle"],
  ["tests", "vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${REPORT}`],
];

function run([name, command, ...args], env) {
  const started = performance.now();
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: ["ignore", "inherit", "inherit"],
    shell: process.platform === "win32",
  });
  if (error !== undefined) process.stderr.write(`${error.message}\n`);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  process.stdout.write(`${status === 0 ? "ok    " : "FAILED"} ${name} (${seconds} s)\n`);
  return status === 0;
}

/** How many test cases passed and failed. A file that does not load counts as one failure, and so does a missing report. */
function countCases(allWell) {
  try {
    const report = JSON.parse(readFileSync(REPORT, "utf8"));
    const unloaded = report.testResults.filter(
      ({ status, assertionResults }) => status === "failed" && !assertionResults.some((one) => one.status === "failed"),
    );
    const failed = report.numFailedTests + unloaded.length;
    return { passed: report.numPassedTests, failed: allWell ? failed : Math.max(1, failed) };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

ensureInstalled(root);
mkdirSync(dirname(REPORT), { recursive: true });
rmSync(REPORT, { force: true });
const env = { ...toolEnvironment(root), WRANGLER_LOG: "error" };
const allWell = STEPS.every((step) => run(step, env));
const { passed, failed } = countCases(allWell);
process.exitCode = allWell && failed === 0 ? 0 : 1;
process.stdout.write(`${passed} passed, ${failed} failed\n`);
